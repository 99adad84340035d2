import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Examples, examplesOf, usedCount } from "./examples.ts";

const SEED = "00000000000000a5";
const share = fc.double({ min: 0, max: 1, noNaN: true });
const cases = fc.record({
  labels: fc.array(fc.nat(4), { minLength: 1, maxLength: 60 }).map((labels) => Int32Array.from(labels)),
  fraction: fc.double({ min: 0.05, max: 1, noNaN: true }),
  label_noise: share,
  seed: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((seed) => seed.toString(16).padStart(16, "0")),
});

Deno.test("examplesOf() gives exactly the share of the used examples another class, and no other example", () => {
  fc.assert(fc.property(cases, ({ labels, seed, ...settings }) => {
    const examples = examplesOf(labels, 5, settings, seed);
    const used = usedOf(examples, labels);
    assertEquals(used.length, Math.round(settings.fraction * labels.length));
    assertEquals(used.length, usedCount(settings, labels.length));
    assertEquals(new Set(used).size, used.length);
    const noisy = changedOf(examples, labels);
    assertEquals(noisy.length, Math.round(settings.label_noise * used.length));
    assert(noisy.every((example) => used.includes(example)));
    assert((examples.labels ?? labels).every((label) => label >= 0 && label < 5));
  }));
});

Deno.test("examplesOf() of a smaller fraction or less noise gives a part of the larger one's, with the same classes", () => {
  fc.assert(fc.property(cases, share, ({ labels, seed, ...settings }, shrunk) => {
    const [fraction, noise] = [settings.fraction, settings.label_noise];
    const all = usedOf(examplesOf(labels, 5, { fraction }, seed), labels);
    const part = usedOf(examplesOf(labels, 5, { fraction: shrunk * fraction }, seed), labels);
    assert(part.every((example) => all.includes(example)));
    const more = examplesOf(labels, 5, { fraction, label_noise: noise }, seed);
    const less = examplesOf(labels, 5, { fraction, label_noise: shrunk * noise }, seed);
    for (const example of changedOf(less, labels)) assertEquals(less.labels![example], more.labels![example]);
  }));
});

Deno.test("examplesOf() without noise and fraction takes all examples and the labels as they are", () => {
  const labels = Int32Array.from([0, 1, 1, 0]);
  const { used, labels: noisy } = examplesOf(labels, 2, { fraction: 1, label_noise: 0 }, SEED);
  assertEquals([used, noisy], [undefined, undefined]);
});

Deno.test("examplesOf() draws the other classes with equal probability, and each example alike", () => {
  const labels = new Int32Array(60_000).fill(3);
  const { labels: noisy } = examplesOf(labels, 10, { label_noise: 0.5 }, SEED);
  const counts = Array.from({ length: 10 }, (_, label) => noisy!.filter((other) => other === label).length);
  assertEquals(counts[3], 30_000);
  const expected = 30_000 / 9;
  const chiSquare = counts.reduce(
    (sum, n, label) => label === 3 ? sum : sum + (n - expected) ** 2 / expected,
    0,
  );
  assert(chiSquare < 26.1, `${chiSquare}: above the 99.9 % quantile of 8 degrees of freedom`);
  const inFirstHalf = noisy!.subarray(0, 30_000).filter((label) => label !== 3).length;
  assertAlmostEquals(inFirstHalf, 15_000, 4 * Math.sqrt(60_000 / 16));
});

Deno.test("examplesOf() draws others for another seed", () => {
  const labels = new Int32Array(1000);
  const [one, other] = [SEED, "00000000000000a6"].map((seed) =>
    examplesOf(labels, 2, { fraction: 0.5, label_noise: 0.5 }, seed)
  );
  assert(String(one!.used) !== String(other!.used));
  assert(String(one!.labels) !== String(other!.labels));
});

Deno.test("labelEntropy is the loss of the best constant guess on the targets that are trained on", () => {
  fc.assert(fc.property(cases, share, ({ labels, seed, ...settings }, label_smoothing) => {
    const examples = examplesOf(labels, 5, { ...settings, label_smoothing }, seed);
    const used = usedOf(examples, labels).map((example) => (examples.labels ?? labels)[example]!);
    const target = [0, 1, 2, 3, 4].map((label) =>
      (1 - label_smoothing) * used.filter((other) => other === label).length / used.length +
      label_smoothing / 5
    );
    const entropy = target.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0);
    if (used.length > 0) assertAlmostEquals(examples.labelEntropy, entropy, 1e-12);
  }));
  assertAlmostEquals(
    examplesOf(Int32Array.from([0, 1, 2, 3]), 4, {}, SEED).labelEntropy,
    Math.log(4),
    1e-15,
  );
});

function usedOf({ used }: Examples, labels: Int32Array): number[] {
  return used ? [...used] : [...labels.keys()];
}

/** The examples whose labels are others. */
function changedOf({ labels: noisy }: Examples, labels: Int32Array): number[] {
  return [...labels.keys()].filter((example) => noisy !== undefined && noisy[example] !== labels[example]);
}
