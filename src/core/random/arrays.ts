import { normalQuantile } from "./elementary.ts";
import { fillWords, type PhiloxKey } from "./philox.ts";

/**
 * A random order of 0, ..., n - 1, all equally probable: Fisher and Yates, from the end.
 * @param epoch the n-th permutation of the key, e.g. the order of the examples in an epoch
 * @returns int32 [n]
 * @see Knuth, The Art of Computer Programming 2, 3.4.2, algorithm P
 */
export function permutation(n: number, key: PhiloxKey, epoch: number): Int32Array {
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) order[i] = i; // Int32Array.from takes as long as all the rest
  let words = new Uint32Array(n);
  fillWords(words, key, epoch);
  let next = 0;
  for (let left = n; left > 1; left--) {
    let word: number;
    do {
      if (next === words.length) { // words were rejected: the same words again, and more of them
        words = new Uint32Array(2 * next);
        fillWords(words, key, epoch);
      }
      word = words[next++]!;
    } while (isBiased(word, left));
    const other = word % left;
    const last = order[left - 1]!;
    order[left - 1] = order[other]!;
    order[other] = last;
  }
  return order;
}

/** Fills with uniform numbers in [low, high], one word each. */
export function fillUniform(values: Float32Array, low: number, high: number, key: PhiloxKey): void {
  fillFromUnit(values, key, (u) => low + (high - low) * u);
}

/** Fills with standard normal numbers, one word each: at most 6.4 from 0. */
export function fillNormal(values: Float32Array, key: PhiloxKey): void {
  fillFromUnit(values, key, normalQuantile);
}

/** Standard deviation of a standard normal number on the condition that it lies in [-2, 2]. */
export const TRUNCATED_NORMAL_STD = 0.8796256610342398;

/** Fills with standard normal numbers on the condition that they lie in [-2, 2], one word each. */
export function fillTruncatedNormal(values: Float32Array, key: PhiloxKey): void {
  const below = 0.022750131948179207; // probability of a number below -2
  fillFromUnit(values, key, (u) => normalQuantile(below + (1 - 2 * below) * u));
}

/** Value i is the transform of word i as a number in (0, 1). */
function fillFromUnit(values: Float32Array, key: PhiloxKey, transform: (u: number) => number): void {
  const words = new Uint32Array(values.length);
  fillWords(words, key);
  for (let i = 0; i < words.length; i++) values[i] = transform((words[i]! + 0.5) * 2 ** -32);
}

/** Whether a word is among the last 2^32 mod n, which would favour the small remainders. */
function isBiased(word: number, n: number): boolean {
  return word >= 2 ** 32 - n && word >= 2 ** 32 - 2 ** 32 % n;
}
