import type {
  Choice,
  Dataset,
  ImageShape,
  SourceDataset,
  Split,
  Transforms,
} from "../../../artifacts/dataset.ts";
import type { Digest } from "../../../core/digest.ts";
import { derivedSplitIdentity } from "../../../core/identity.ts";
import type { Json, JsonObject } from "../../../core/json.ts";

/** Raise one when what its transform makes of equal arrays changes: a test pins what each makes. */
const TRANSFORM_VERSIONS: Readonly<Record<keyof Transforms, number>> = {
  subset: 1,
  test_subset: 1,
  validation: 1,
  fraction: 1,
  label_noise: 1,
  grayscale: 1,
  resize: 1,
  normalize: 1,
};

/** What decides which examples each split has, and what is done to every image; noise is on training labels alone. */
const EXAMPLES = {
  train: ["subset", "validation", "fraction"],
  validation: ["subset", "validation"],
  test: ["test_subset"],
} as const;
const IMAGES = ["grayscale", "resize", "normalize"] as const;

/**
 * A data set that is made of another one, described: everything is known before any array is there.
 * @param transforms that change something, with counts that the splits have
 */
export function derive(from: SourceDataset, transforms: Transforms): Dataset {
  if (Object.keys(transforms).length === 0) return from;
  const counts = countsOf(from.splits, transforms);
  const split = (name: keyof typeof EXAMPLES): Split => ({
    count: counts[name],
    digest: digestOf(name, from, transforms),
  });
  return {
    source: from.source,
    classes: from.classes,
    shape: shapeOf(from.shape, transforms),
    splits: {
      train: split("train"),
      test: split("test"),
      ...(transforms.validation && { validation: split("validation") }),
    },
    derived: { from: { shape: from.shape, splits: from.splits }, transforms },
  };
}

export function countOf(choice: Choice): number {
  return "first" in choice ? choice.first : choice.count;
}

function countsOf(
  { train, test }: SourceDataset["splits"],
  { subset, test_subset, validation, fraction }: Transforms,
): Record<"train" | "test" | "validation", number> {
  const all = subset ? countOf(subset) : train.count;
  const held = validation?.count ?? 0;
  return {
    train: fraction?.count ?? all - held,
    validation: held,
    test: test_subset ? countOf(test_subset) : test.count,
  };
}

function shapeOf([height, width, channels]: ImageShape, { grayscale, resize }: Transforms): ImageShape {
  const [newHeight, newWidth] = resize ?? [height, width];
  return [newHeight, newWidth, grayscale ? 1 : channels];
}

/** The source's own digest where nothing touches the split. */
function digestOf(
  split: keyof typeof EXAMPLES,
  { shape: [height, width], splits: { train, test } }: SourceDataset,
  transforms: Transforms,
): Digest {
  const source = split === "test" ? test.digest : train.digest;
  const own = decided([
    ...EXAMPLES[split],
    ...(split === "train" ? ["label_noise"] as const : []),
    ...IMAGES,
  ]);
  if (Object.keys(own).length === 0) return source;
  const isRelative = split !== "train" && transforms.normalize === "standard";
  const statistics = { source: train.digest, transforms: decided([...EXAMPLES.train, ...IMAGES]) };
  return derivedSplitIdentity({ split, source, transforms: own, ...(isRelative && { statistics }) });

  function decided(names: readonly (keyof Transforms)[]): JsonObject {
    const there = names.filter((name) => transforms[name] !== undefined);
    return Object.fromEntries(
      there.map((name) => [name, { version: TRANSFORM_VERSIONS[name], settings: settingsOf(name) }]),
    );
  }

  /** Equal bytes in rows of another length are resized to other images. */
  function settingsOf(name: keyof Transforms): Json {
    return name === "resize" ? { from: [height, width], to: transforms.resize! } : transforms[name] as Json;
  }
}
