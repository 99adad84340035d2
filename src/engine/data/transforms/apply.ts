import type { Dataset, ImageShape, SplitArrays, Transforms } from "../../../artifacts/dataset.ts";
import { drawKey } from "../../../core/random/keyed.ts";
import { elementCount } from "../../../core/shape.ts";
import type { SourceArrays } from "../sources.ts";
import { chosen, placesOf, takeExamples } from "./choose.ts";
import { grayscale } from "./grayscale.ts";
import { withNoise } from "./label_noise.ts";
import { type Normalization, normalizationOf } from "./normalize.ts";
import { resize } from "./resize.ts";

/** The arrays of a data set, and what a model sees of their bytes. */
export interface OpenDataset extends SourceArrays {
  readonly validation?: SplitArrays;
  readonly normalization: Normalization;
}

/**
 * What a data set makes of the arrays of its source, transform by transform in the order of {@link Transforms}. Arrays that
 * nothing touches are those of the source.
 */
export function applyTransforms(dataset: Dataset, source: SourceArrays): OpenDataset {
  const { from, transforms } = dataset.derived ?? { from: dataset, transforms: {} };
  const splits = chooseExamples(source, transforms, elementCount(from.shape), dataset.classes.length);
  const train = withNoisyLabels(splits.train, transforms, dataset.classes.length);
  const changed = (split: SplitArrays) => changeImages(split, transforms, from.shape);
  const trainedOn = changed(train);
  return {
    train: trainedOn,
    test: changed(splits.test),
    ...(splits.validation && { validation: changed(splits.validation) }),
    normalization: normalizationOf(transforms.normalize ?? "unit", trainedOn.images, dataset.shape[2]),
  };
}

type Splits = Omit<OpenDataset, "normalization">;

function chooseExamples(
  { train, test }: SourceArrays,
  { subset, test_subset, validation, fraction }: Transforms,
  pixels: number,
  classes: number,
): Splits {
  const tested = test_subset && chosen(test.labels, classes, test_subset, "test_subset");
  const used = subset && chosen(train.labels, classes, subset, "subset");
  const all = used ? takeExamples(train, placesOf(used, 1), pixels) : train;
  const held = validation && chosen(all.labels, classes, validation, "validation");
  const rest = held ? takeExamples(all, placesOf(held, 0), pixels) : all;
  const few = fraction && chosen(rest.labels, classes, fraction, "fraction");
  return {
    train: few ? takeExamples(rest, placesOf(few, 1), pixels) : rest,
    test: tested ? takeExamples(test, placesOf(tested, 1), pixels) : test,
    ...(held && { validation: takeExamples(all, placesOf(held, 1), pixels) }),
  };
}

function withNoisyLabels(split: SplitArrays, { label_noise }: Transforms, classes: number): SplitArrays {
  if (label_noise === undefined) return split;
  const { count, seed } = label_noise;
  const key = drawKey({ record: "label_noise/1", seed });
  return { ...split, labels: withNoise(split.labels, classes, count, key) };
}

function changeImages(
  { images, labels }: SplitArrays,
  transforms: Transforms,
  shape: ImageShape,
): SplitArrays {
  const [height, width, channels] = shape;
  const seen = transforms.grayscale ? grayscale(images) : images;
  const seenChannels = transforms.grayscale ? 1 : channels;
  if (transforms.resize === undefined) return { images: seen, labels };
  return { images: resize(seen, [height, width, seenChannels], transforms.resize), labels };
}
