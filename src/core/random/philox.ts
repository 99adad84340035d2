/** A 64-bit Philox key: two 32-bit words. */
export interface PhiloxKey {
  readonly k0: number;
  readonly k1: number;
}

/**
 * Philox 4x32-10: one block of four random words for a counter, a pure function of counter and key.
 * @param counter four 32-bit words
 * @see Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3 (SC 2011), section 3.3
 */
export function philox(counter: readonly [number, number, number, number], key: PhiloxKey): Uint32Array {
  const block = new Uint32Array(4);
  writeBlock(block, 0, ...counter, key);
  return block;
}

/**
 * Fills `words` with the words of the blocks 0, 1, 2, ... of a key: word i is word i mod 4 of the block with the
 * counter [floor(i / 4), 0, lane, 0]. A shorter array gets the start of a longer one.
 * @param lane 32 bits; each lane of a key is a sequence of its own
 * @throws {RangeError} If the array asks for more than 2^32 blocks
 */
export function fillWords(words: Uint32Array, key: PhiloxKey, lane = 0): void {
  if (words.length > 2 ** 34) {
    throw new RangeError(`Cannot fill ${words.length} words: a lane has ${2 ** 34} of them`);
  }
  const blocks = words.length >>> 2;
  for (let block = 0; block < blocks; block++) writeBlock(words, 4 * block, block, 0, lane, 0, key);
  if (words.length % 4 !== 0) {
    words.set(philox([blocks, 0, lane, 0], key).subarray(0, words.length % 4), 4 * blocks);
  }
}

/**
 * Ten rounds, written out in 16-bit halves since JavaScript has no high half of a 32-bit product (Warren,
 * Hacker's Delight, 8-2). It is one function because calls and tuples here cost more than the arithmetic.
 */
function writeBlock(
  words: Uint32Array,
  at: number,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  { k0, k1 }: PhiloxKey,
): void {
  for (let round = 0; round < 10; round++) {
    const low0 = c0 & 0xffff, high0 = c0 >>> 16;
    const carry0 = (Math.imul(high0, 0x1f53) + (Math.imul(low0, 0x1f53) >>> 16)) | 0;
    const middle0 = (Math.imul(low0, 0xd251) + (carry0 & 0xffff)) | 0;
    const upper0 = (Math.imul(high0, 0xd251) + (carry0 >>> 16) + (middle0 >>> 16)) | 0;
    const low2 = c2 & 0xffff, high2 = c2 >>> 16;
    const carry2 = (Math.imul(high2, 0x8d57) + (Math.imul(low2, 0x8d57) >>> 16)) | 0;
    const middle2 = (Math.imul(low2, 0xcd9e) + (carry2 & 0xffff)) | 0;
    const upper2 = (Math.imul(high2, 0xcd9e) + (carry2 >>> 16) + (middle2 >>> 16)) | 0;
    const next1 = Math.imul(c2, 0xcd9e8d57), next3 = Math.imul(c0, 0xd2511f53);
    c0 = upper2 ^ c1 ^ k0;
    c2 = upper0 ^ c3 ^ k1;
    c1 = next1;
    c3 = next3;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  words[at] = c0;
  words[at + 1] = c1;
  words[at + 2] = c2;
  words[at + 3] = c3;
}
