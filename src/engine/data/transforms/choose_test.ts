import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { DrawnChoice } from "../../../artifacts/dataset.ts";
import { chosen, placesOf, takeExamples } from "./choose.ts";
import { withNoise } from "./label_noise.ts";

const CLASSES = 5;
const labelled = fc.uint8Array({ min: 0, max: CLASSES - 1, minLength: 1, maxLength: 60 });
const seed = fc.nat();

Deno.test("chosen() takes exactly as many as it should, the same ones each time", () => {
  const choice = fc.record({
    stratified: fc.boolean(),
    seed,
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(fc.property(labelled, choice, (labels, { stratified, seed, share }) => {
    const choice = { count: Math.round(share * labels.length), seed, stratified };
    const taken = chosen(labels, CLASSES, choice, "subset");
    assertEquals(sum(taken), choice.count);
    assertEquals(chosen(labels, CLASSES, choice, "subset"), taken);
  }));
});

Deno.test("chosen() of a larger count has all of a smaller one", () => {
  fc.assert(fc.property(labelled, seed, fc.boolean(), (labels, seed, stratified) => {
    let before = new Uint8Array(labels.length);
    for (let count = 1; count <= labels.length; count++) {
      const taken = chosen(labels, CLASSES, { count, seed, stratified }, "fraction");
      assert(before.every((was, i) => !was || taken[i] === 1));
      before = taken as typeof before;
    }
  }));
});

Deno.test("chosen() shares a stratified count by Sainte-Laguë: no exchange between two classes is nearer to their shares", () => {
  fc.assert(fc.property(labelled, seed, fc.double({ min: 0, max: 1, noNaN: true }), (labels, seed, share) => {
    const count = Math.round(share * labels.length);
    const taken = chosen(labels, CLASSES, { count, seed, stratified: true }, "subset");
    const all = countsOf(labels);
    const own = countsOf(labels.filter((_, i) => taken[i] === 1));
    for (const [c, n] of all.entries()) {
      for (const [d, m] of all.entries()) {
        // The last one taken of c comes no later than the first one left of d.
        if (own[c]! > 0 && own[d]! < m) assert((own[c]! - 0.5) * m <= (own[d]! + 0.5) * n);
      }
    }
  }));
});

Deno.test("chosen() gives each example of a class the same chance, and other ones for another seed or purpose", () => {
  const labels = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
  const times = new Float64Array(40);
  const draws = 4000;
  for (let seed = 0; seed < draws; seed++) {
    chosen(labels, 2, { count: 10, seed, stratified: true }, "subset").forEach((taken, i) =>
      times[i]! += taken
    );
  }
  // Binomial(4000, 1/4) has a standard deviation of 27.4: 5 of them.
  assert(times.every((count) => Math.abs(count - draws / 4) < 137), `${times}`);
  const choice: DrawnChoice = { count: 20, seed: 1, stratified: false };
  const taken = chosen(labels, 2, choice, "subset");
  assertNotEquals(chosen(labels, 2, { ...choice, seed: 2 }, "subset"), taken);
  assertNotEquals(chosen(labels, 2, choice, "validation"), taken);
});

Deno.test("chosen() first takes the first ones, and takeExamples() keeps their order", () => {
  const labels = Uint8Array.of(3, 1, 4, 1);
  const images = Uint8Array.of(30, 31, 10, 11, 40, 41, 12, 13);
  assertEquals(chosen(labels, CLASSES, { first: 3 }, "subset"), Uint8Array.of(1, 1, 1, 0));
  const mask = Uint8Array.of(0, 1, 0, 1);
  assertEquals(takeExamples({ images, labels }, placesOf(mask, 1), 2), {
    images: Uint8Array.of(10, 11, 12, 13),
    labels: Uint8Array.of(1, 1),
  });
  assertEquals(placesOf(mask, 0), Int32Array.of(0, 2));
});

Deno.test("withNoise() changes exactly as many labels, each to another class, and more noise adds to less", () => {
  fc.assert(fc.property(labelled, fc.nat(), fc.infiniteStream(fc.nat()), (labels, k0, randoms) => {
    const key = { k0: k0 >>> 0, k1: 1 };
    const count = randoms.next().value % (labels.length + 1);
    const noisy = withNoise(labels, CLASSES, count, key);
    assertEquals(labels.filter((label, i) => label !== noisy[i]).length, count);
    assert(noisy.every((label) => label < CLASSES));
    const more = withNoise(labels, CLASSES, labels.length, key);
    assert(noisy.every((label, i) => label === labels[i] || label === more[i]));
  }));
});

Deno.test("withNoise() gives each other class the same chance", () => {
  const labels = new Uint8Array(40_000).fill(2);
  const counts = countsOf(withNoise(labels, CLASSES, labels.length, { k0: 7, k1: 8 }));
  assertEquals(counts[2], 0);
  // Binomial(40000, 1/4) has a standard deviation of 87: 5 of them.
  for (const c of [0, 1, 3, 4]) assert(Math.abs(counts[c]! - 10_000) < 435, `${counts}`);
});

function sum(values: Uint8Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function countsOf(labels: Uint8Array): number[] {
  return Array.from({ length: CLASSES }, (_, c) => labels.filter((label) => label === c).length);
}
