import { assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { fillWords, philox } from "./philox.ts";

Deno.test("philox() gives the known answers of Random123 for philox4x32-10", () => {
  const known: [string, string][] = [
    ["00000000 00000000 00000000 00000000 00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
    ["ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"],
    ["243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"],
  ];
  for (const [input, output] of known) {
    const [c0, c1, c2, c3, k0, k1] = hexWords(input) as [number, number, number, number, number, number];
    assertEquals([...philox([c0, c1, c2, c3], { k0, k1 })], hexWords(output));
  }
});

Deno.test("philox() equals ten rounds computed with 64-bit integers", () => {
  const word = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(fc.property(fc.tuple(word, word, word, word), word, word, (counter, k0, k1) => {
    assertEquals([...philox(counter, { k0, k1 })], philoxByBigInt(counter, k0, k1));
  }));
});

Deno.test("fillWords() writes the words of block after block, and a shorter array gets the same start", () => {
  const key = { k0: 7, k1: 9 };
  const words = new Uint32Array(11);
  fillWords(words, key, 3);
  assertEquals([...words.subarray(4, 8)], [...philox([1, 0, 3, 0], key)]);
  assertEquals([...words.subarray(8)], [...philox([2, 0, 3, 0], key).subarray(0, 3)]);
  const fewer = new Uint32Array(5);
  fillWords(fewer, key, 3);
  assertEquals([...fewer], [...words.subarray(0, 5)]);
});

Deno.test("fillWords() writes other words for another lane or key", () => {
  const of = (k0: number, lane: number) => {
    const words = new Uint32Array(4);
    fillWords(words, { k0, k1: 0 }, lane);
    return [...words];
  };
  assertNotEquals(of(1, 0), of(1, 1));
  assertNotEquals(of(1, 0), of(2, 0));
});

function hexWords(text: string): number[] {
  return text.split(" ").map((word) => parseInt(word, 16));
}

function philoxByBigInt(counter: readonly number[], k0: number, k1: number): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let key0 = BigInt(k0), key1 = BigInt(k1);
  const mask = 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const p0 = c0 * 0xd2511f53n, p1 = c2 * 0xcd9e8d57n;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ key0, p1 & mask, (p0 >> 32n) ^ c3 ^ key1, p0 & mask];
    key0 = (key0 + 0x9e3779b9n) & mask;
    key1 = (key1 + 0xbb67ae85n) & mask;
  }
  return [c0, c1, c2, c3].map(Number);
}
