import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { fillNormal, fillTruncatedNormal, fillUniform, permutation, TRUNCATED_NORMAL_STD } from "./arrays.ts";
import { stream } from "./keyed.ts";

const key = stream("0123456789abcdef", "test");

Deno.test("permutation() holds each of 0, ..., n - 1 once", () => {
  fc.assert(fc.property(fc.nat(500), fc.nat(), (n, epoch) => {
    assertEquals(
      [...permutation(n, key, epoch)].sort((a, b) => a - b),
      Array.from({ length: n }, (_, i) => i),
    );
  }));
});

Deno.test("permutation() gives all orders of four things the same share", () => {
  const counts = new Map<string, number>();
  for (let epoch = 0; epoch < 24_000; epoch++) {
    const order = permutation(4, key, epoch).join();
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assertEquals(counts.size, 24);
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert(chiSquare < 49.7, `${chiSquare}`); // 23 degrees of freedom, level 0.001
});

Deno.test("permutation() gives one order for a key and an epoch, for ever", () => {
  assertEquals([...permutation(10, key, 1)], [7, 0, 1, 3, 8, 5, 6, 4, 2, 9]);
  assertNotEquals(permutation(10, key, 1), permutation(10, key, 2));
});

Deno.test("fillNormal() gives the moments and the tails of a standard normal", () => {
  const values = filled(200_000, (array) => fillNormal(array, key));
  assertMoments(values, 0, 1);
  assertAlmostEquals(values.filter((x) => Math.abs(x) > 1.959964).length / values.length, 0.05, 0.002);
  assertAlmostEquals(values.reduce((sum, x) => sum + x ** 4, 0) / values.length, 3, 0.1);
});

Deno.test("fillTruncatedNormal() stays within two standard deviations and has TRUNCATED_NORMAL_STD", () => {
  const values = filled(200_000, (array) => fillTruncatedNormal(array, key));
  assert(values.every((x) => Math.abs(x) <= 2));
  assertMoments(values, 0, TRUNCATED_NORMAL_STD);
});

Deno.test("fillUniform() stays within its bounds with the moments of a uniform number", () => {
  const values = filled(200_000, (array) => fillUniform(array, -3, 5, key));
  assert(values.every((x) => x >= -3 && x <= 5));
  assertMoments(values, 1, 8 / Math.sqrt(12));
});

Deno.test("fillNormal() gives a shorter array the start of a longer one, for ever the same", () => {
  const long = filled(9, (array) => fillNormal(array, key));
  assertEquals(filled(5, (array) => fillNormal(array, key)), long.subarray(0, 5));
  const known = [-0.20647521317005157, -0.5033620595932007, 0.8813757300376892, -0.9200747609138489];
  assertEquals([...long.subarray(0, 4)], known);
});

function filled(length: number, fill: (array: Float32Array) => void): Float32Array {
  const array = new Float32Array(length);
  fill(array);
  return array;
}

function assertMoments(values: Float32Array, mean: number, std: number) {
  const average = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - average) ** 2, 0) / values.length;
  assertAlmostEquals(average, mean, 4 * std / Math.sqrt(values.length));
  assertAlmostEquals(Math.sqrt(variance), std, 0.01 * std);
}
