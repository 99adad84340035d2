import { assert, assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import type { SourceDataset, Transforms } from "../../../artifacts/dataset.ts";
import { sha256 } from "../../../core/digest.ts";
import { splitIdentity } from "../../../core/identity.ts";
import type { SourceArrays } from "../sources.ts";
import { applyTransforms } from "./apply.ts";
import { countOf, derive } from "./derive.ts";

const SHAPE = [4, 6, 3] as const;
const ARRAYS: SourceArrays = { train: split(60, 1), test: split(20, 2) };
const SOURCE: SourceDataset = {
  source: "made",
  shape: SHAPE,
  classes: ["a", "b", "c"],
  splits: {
    train: { count: 60, digest: splitIdentity(ARRAYS.train) },
    test: { count: 20, digest: splitIdentity(ARRAYS.test) },
  },
};

/** One of each, small enough to stand beside all others. */
const EACH: Required<Transforms> = {
  subset: { count: 50, seed: 1, stratified: true },
  test_subset: { first: 15 },
  validation: { count: 10, seed: 2, stratified: true },
  fraction: { count: 30, seed: 3, stratified: true },
  label_noise: { count: 6, seed: 4 },
  grayscale: true,
  resize: [2, 9],
  normalize: "standard",
};
const NAMES = Object.keys(EACH) as (keyof Transforms)[];
const some = fc.subarray(NAMES).map(only);

Deno.test("derive() foretells the counts and the shape of what applyTransforms() makes", () => {
  fc.assert(fc.property(some, (transforms) => {
    const dataset = derive(SOURCE, transforms);
    const { train, test, validation } = applyTransforms(dataset, ARRAYS);
    const pixels = dataset.shape.reduce((product, size) => product * size, 1);
    for (const [name, arrays] of Object.entries({ train, test, validation })) {
      const described = dataset.splits[name as keyof typeof dataset.splits];
      assertEquals(arrays?.labels.length, described?.count, name);
      assertEquals(arrays?.images.length, described && described.count * pixels, name);
    }
  }));
});

Deno.test("derive() gives two splits one digest only if they are made of the same bytes in the same way", () => {
  const arraysBy = new Map<string, string>();
  for (const transforms of subsetsOf(NAMES).map(only)) {
    const dataset = derive(SOURCE, transforms);
    const open = applyTransforms(dataset, ARRAYS);
    for (const name of ["train", "test", "validation"] as const) {
      const described = dataset.splits[name];
      if (described === undefined) continue;
      const made = splitIdentity(open[name]!) + JSON.stringify(open.normalization);
      assertEquals(arraysBy.get(described.digest) ?? made, made, `${name} of ${JSON.stringify(transforms)}`);
      arraysBy.set(described.digest, made);
    }
  }
});

Deno.test("derive() leaves the digest of a split that nothing touches, and describes no change as the source", () => {
  assertEquals(derive(SOURCE, {}), SOURCE);
  const { train, test } = SOURCE.splits;
  assertEquals(derive(SOURCE, only(["test_subset"])).splits.train, train);
  assertEquals(
    derive(SOURCE, only(["subset", "validation", "fraction", "label_noise"])).splits.test,
    test,
  );
});

Deno.test("derive() changes the digest of each split exactly with what touches it", () => {
  const touches: Readonly<Record<keyof Transforms, readonly string[]>> = {
    subset: ["train", "validation", "test"], // the test images by the statistics alone
    test_subset: ["test"],
    validation: ["train", "validation", "test"],
    fraction: ["train", "validation", "test"],
    label_noise: ["train"],
    grayscale: ["train", "validation", "test"],
    resize: ["train", "validation", "test"],
    normalize: ["train", "validation", "test"],
  };
  const other: Required<Transforms> = {
    ...EACH,
    subset: { count: 50, seed: 9, stratified: true },
    test_subset: { first: 14 },
    validation: { count: 10, seed: 9, stratified: true },
    fraction: { count: 30, seed: 9, stratified: true },
    label_noise: { count: 6, seed: 9 },
    resize: [9, 2],
  };
  const before = derive(SOURCE, EACH).splits;
  for (const name of NAMES) {
    const isSwitch = name === "grayscale" || name === "normalize";
    const changed = isSwitch ? without(EACH, name) : { ...EACH, [name]: other[name] };
    const after = derive(SOURCE, changed).splits;
    const moved = (["train", "validation", "test"] as const).filter((split) =>
      before[split]!.digest !== after[split]!.digest
    );
    assertEquals(moved.toSorted(), touches[name].toSorted(), name);
  }
});

Deno.test("derive() tells images apart that are resized from equal bytes in rows of another length", () => {
  const [height, width, channels] = SHAPE;
  const turned = { ...SOURCE, shape: [width, height, channels] as const };
  const [before, after] = [SOURCE, turned].map((source) => derive(source, only(["resize"])));
  assertEquals(before!.shape, after!.shape);
  for (const split of ["train", "test"] as const) {
    assertNotEquals(before!.splits[split].digest, after!.splits[split].digest);
  }
});

Deno.test("derive() of pixels in [0, 1] keeps the test split's digest whatever is trained on", () => {
  const images = only(["grayscale", "resize"]);
  const { test } = derive(SOURCE, images).splits;
  assertNotEquals(test.digest, SOURCE.splits.test.digest);
  const trained = only(["subset", "validation", "fraction", "label_noise"]);
  assertEquals(derive(SOURCE, { ...images, ...trained }).splits.test, test);
});

Deno.test("applyTransforms() takes validation examples out of the subset, and leaves the others to train on", () => {
  const { subset, validation } = EACH;
  const open = applyTransforms(derive(SOURCE, { subset, validation }), ARRAYS);
  const together = applyTransforms(derive(SOURCE, { subset }), ARRAYS).train;
  assertEquals(countOf(subset) - validation.count, open.train.labels.length);
  assertEquals(
    [...imagesOf(open.train), ...imagesOf(open.validation!)].sort(),
    imagesOf(together).sort(),
  );
});

Deno.test("applyTransforms() changes labels of training images alone, and only as many as it should", () => {
  const transforms = only(["validation", "label_noise"]);
  const clean = applyTransforms(derive(SOURCE, without(transforms, "label_noise")), ARRAYS);
  const noisy = applyTransforms(derive(SOURCE, transforms), ARRAYS);
  assertEquals([noisy.test, noisy.validation], [clean.test, clean.validation]);
  assertEquals(noisy.train.images, clean.train.images);
  const changed = noisy.train.labels.filter((label, i) => label !== clean.train.labels[i]);
  assertEquals(changed.length, EACH.label_noise.count);
});

Deno.test("applyTransforms() takes the statistics of the images that are trained on, as they are then", () => {
  const { train, normalization } = applyTransforms(derive(SOURCE, EACH), ARRAYS);
  const mean = train.images.reduce((sum, byte) => sum + byte, 0) / train.images.length;
  assert(Math.abs(normalization.mean[0]! - mean) < 1e-9);
  assertEquals(normalization.mean.length, 1); // grey
});

/**
 * For each transform the digest that a training split is known by, and that of its arrays. Where the second moves, the
 * meaning of stored results has changed: raise the transform's version, and the first moves, too.
 */
const PINNED: Readonly<Record<string, readonly [derived: string, made: string]>> = {
  subset: [
    "3ea5809d5bd707597725c8ad17c18ffee7fbda656e24a4e94b92712b11821565",
    "8c0ab6561068052ea6fb6efd014ce2f6c961f2bd2d24ab726c5fa8ad5904595b",
  ],
  validation: [
    "a11469a9f88ddd9d8a46c3c5a6dc273444bb6089fc443e58c417a793375a5bf8",
    "0571b5929ee98b15ed14650e4953baa91d0f1ed3481f36fedfe11e90dcd3b123",
  ],
  fraction: [
    "30d587f07a9b26b9576d9aacc503d04803d89abbcc6d0ff0f513e6f05ad49bdf",
    "f87b6135ecd10c4a4c804666fec1e3ddaa2cedbd98e98e25c688b4b622e10295",
  ],
  label_noise: [
    "0ab062d0dc2947a9570238299bb6539bb4bfff56d788940f833e2e2369089d33",
    "c9da94946b4e62261f7bfcc42928e87d759edc0938c609b353e9da6a25d2f948",
  ],
  grayscale: [
    "a6aa0c2c2197aa3b8c1657822bf539369662ae0611ea507432e546b71015ff9b",
    "23d7f1407c6a932e723bc1f2dc73138f41ef03f25d2630719b741c9ca3df2df6",
  ],
  resize: [
    "814ccd48c2d139c6004a013beaff4efde885efc20ac4220c72521f4e6be45766",
    "1dd292da72a06d425f79d3fa3ffb30c8eed3c9964721399f28ae5f17d95d7f78",
  ],
  normalize: [
    "b1924a5823b543a7c799852addefa05df632a2c15ab671cb8f21be35cfcae4bb",
    "94b66d736ed9e7dc3dc14a796c881d7d7629eabaeba532ff1a6b89f7abb5424a",
  ],
};

for (const name of NAMES.filter((name) => name !== "test_subset")) {
  Deno.test(`the version of ${name} stands for what it makes`, () => {
    const dataset = derive(SOURCE, only([name]));
    const { train, normalization } = applyTransforms(dataset, ARRAYS);
    const statistics = sha256(JSON.stringify(normalization));
    const made = name === "normalize" ? statistics : splitIdentity(train);
    assertEquals([dataset.splits.train.digest as string, made as string], PINNED[name]);
  });
}

function only(names: readonly (keyof Transforms)[]): Transforms {
  return Object.fromEntries(names.map((name) => [name, EACH[name]]));
}

function without(transforms: Transforms, name: keyof Transforms): Transforms {
  return Object.fromEntries(Object.entries(transforms).filter(([own]) => own !== name));
}

function subsetsOf<Value>(values: readonly Value[]): Value[][] {
  return values.reduce<Value[][]>((sets, value) => [...sets, ...sets.map((set) => [...set, value])], [[]]);
}

/** Made images with labels, no two images the same. */
function split(count: number, salt: number) {
  const bytes = count * SHAPE[0] * SHAPE[1] * SHAPE[2];
  const images = Uint8Array.from({ length: bytes }, (_, i) => (7919 * i + salt * (i * i % 251)) % 256);
  return { images, labels: Uint8Array.from({ length: count }, (_, i) => (i * i + salt) % 7 % 3) };
}

function imagesOf({ images, labels }: { images: Uint8Array; labels: Uint8Array }): string[] {
  const size = images.length / labels.length;
  return Array.from(labels, (label, i) => `${label}:${images.slice(i * size, (i + 1) * size)}`);
}
