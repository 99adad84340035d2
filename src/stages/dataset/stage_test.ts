import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Dataset, Transforms } from "../../artifacts/dataset.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { JsonObject } from "../../core/json.ts";
import { SOURCE_NAMES, SOURCES } from "../../engine/data/sources.ts";
import type { DatasetConfig } from "./schema.ts";
import { dataset } from "./stage.ts";
import { planTransforms } from "./transforms.ts";

Deno.test("dataset.plan() describes every source as it is where no setting changes it", () => {
  for (const source of SOURCE_NAMES) assertEquals(planned({ source }), SOURCES[source].dataset);
});

Deno.test("dataset.plan() knows counts, shape and digests of what is made of a source before any file is here", () => {
  const { splits, shape } = planned({
    source: "cifar-10",
    subset: 20_000,
    validation: 0.1,
    fraction: 0.25,
    test_subset: { first: 1000 },
    grayscale: true,
    resize: [28, 14],
  });
  assertEquals(shape, [28, 14, 1]);
  assertEquals([splits.train.count, splits.validation!.count, splits.test.count], [4500, 2000, 1000]);
  const digests = Object.values(splits).map(({ digest }) => digest);
  assertEquals(new Set(digests).size, 3);
});

Deno.test("dataset.plan() writes shares as counts, and short forms in full", () => {
  const cases: [JsonObject, Transforms][] = [
    [{ subset: 10 }, { subset: { count: 10, seed: 0, stratified: true } }],
    [{ subset: { first: 10 } }, { subset: { first: 10 } }],
    [
      { test_subset: { count: 9, seed: 3, stratified: false } },
      { test_subset: { count: 9, seed: 3, stratified: false } },
    ],
    [{ validation: 5000 }, { validation: { count: 5000, seed: 0, stratified: true } }],
    [{ validation: { share: 0.5, seed: 2 } }, { validation: { count: 30_000, seed: 2, stratified: true } }],
    [{ fraction: 0.1 }, { fraction: { count: 6000, seed: 0, stratified: true } }],
    [{ validation: 10_000, fraction: { share: 0.1, seed: 1 } }, {
      validation: { count: 10_000, seed: 0, stratified: true },
      fraction: { count: 5000, seed: 1, stratified: true },
    }],
    [{ subset: { first: 1000 }, label_noise: 0.0126 }, {
      subset: { first: 1000 },
      label_noise: { count: 13, seed: 0 },
    }],
    [{ resize: 14 }, { resize: [14, 14] }],
    [{ normalize: "standard" }, { normalize: "standard" }],
  ];
  for (const [settings, transforms] of cases) {
    assertEquals(planned({ source: "mnist", ...settings }).derived?.transforms, transforms);
  }
});

Deno.test("dataset.plan() leaves out what would change nothing, so that equal data are described equally", () => {
  const idle: JsonObject[] = [
    { subset: 60_000 },
    { subset: { first: 60_000 }, test_subset: { count: 10_000, seed: 5, stratified: true } },
    { validation: 0, fraction: 1, label_noise: 0, grayscale: false, normalize: "unit" },
    { label_noise: 1e-6 },
    { grayscale: true, resize: [28, 28] },
  ];
  for (const settings of idle) assertEquals(planned({ source: "mnist", ...settings }), SOURCES.mnist.dataset);
});

Deno.test("dataset.plan() tells all mistakes at once, each at its key", () => {
  const cases: [JsonObject, string[]][] = [
    [{ subset: 60_001 }, ["subset: Cannot take 60001 examples of the training split: it has 60000"]],
    [{ subset: { first: 70_000 }, test_subset: { count: 20_000, seed: 0, stratified: true } }, [
      "subset.first: Cannot take 70000 examples of the training split: it has 60000",
      "test_subset.count: Cannot take 20000 examples of the test split: it has 10000",
    ]],
    [{ subset: 100, validation: 100 }, [
      "validation: Cannot take 100 of the 100 training examples for validation: none is left to train on",
    ]],
    [{ subset: 100, validation: { share: 0.001, seed: 0 } }, [
      "validation.share: Cannot take a share of 0.001 of the 100 training examples for validation: that is none",
    ]],
    [{ subset: 100, fraction: { share: 0.001, seed: 0 } }, [
      "fraction.share: Cannot train on a share of 0.001 of 100 examples: that is none",
    ]],
  ];
  for (const [settings, expected] of cases) {
    assertEquals(problems(settings).map(({ at, message }) => `${at.join(".")}: ${message}`), expected);
  }
});

Deno.test("planTransforms() refuses luma of other channels than three, and noise where there is but one class", () => {
  const source = { ...SOURCES["mnist-10k"].dataset, shape: [2, 2, 4] as const, classes: ["only"] };
  const result = planTransforms(
    config({ source: "mnist", grayscale: true, label_noise: { share: 1, seed: 0 } }),
    source,
  );
  const problems = result.ok ? [] : result.error;
  assertEquals(problems.map(({ at, message }) => `${at.join(".")}: ${message}`), [
    "label_noise.share: Cannot give 8004 labels another class: there is but one",
    "grayscale: Cannot make images of 4 channels grey: luma is a mean of three, red, green and blue",
  ]);
});

Deno.test("dataset.plan() gives splits that together are no more than the source, or says why not", () => {
  const size = fc.oneof(
    fc.integer({ min: 1, max: 12_000 }),
    fc.double({ min: 1e-5, max: 0.99999, noNaN: true }),
  );
  const settings = fc.record({
    subset: fc.integer({ min: 1, max: 8004 }),
    validation: size,
    fraction: fc.double({ min: 1e-5, max: 1, noNaN: true }),
    label_noise: fc.double({ min: 0, max: 1, noNaN: true }),
  }, { requiredKeys: [] });
  fc.assert(fc.property(settings, (settings) => {
    const result = dataset.plan(config({ source: "mnist-10k", ...settings as JsonObject }), {});
    if (!result.ok) return assert(result.error.every(({ at }) => at[0]! in settings));
    const { splits: { train, validation }, derived } = result.value;
    const available = settings.subset ?? 8004;
    assert(train.count >= 1 && train.count + (validation?.count ?? 0) <= available);
    assert((derived?.transforms.label_noise?.count ?? 0) <= train.count);
    assertEquals((settings.validation ?? 0) > 0, validation !== undefined);
  }));
});

Deno.test("dataset.prepare() has nothing to do for data that comes with weft", async () => {
  const progress = () => {
    throw new Error("something is downloaded");
  };
  const { signal } = new AbortController();
  await dataset.prepare!(planned({ source: "mnist-10k" }), { signal, progress, warn: progress });
});

function planned(settings: JsonObject): Dataset {
  const result = dataset.plan(config(settings), {});
  if (!result.ok) throw new Error(result.error[0]!.message);
  return result.value;
}

function problems(settings: JsonObject): readonly Problem[] {
  const result = dataset.plan(config({ source: "mnist", ...settings }), {});
  return result.ok ? [] : result.error;
}

/** Settings with the defaults of the others. */
function config(settings: JsonObject): DatasetConfig {
  const usual = { validation: 0, fraction: 1, label_noise: 0, grayscale: false, normalize: "unit" };
  return { ...usual, ...settings } as unknown as DatasetConfig;
}
