import type { TrainingSettings } from "../artifacts/settings.ts";
import { permutation } from "../core/random/arrays.ts";
import { log } from "../core/random/elementary.ts";
import { stream } from "../core/random/keyed.ts";
import { fillWords } from "../core/random/philox.ts";
import { otherClass } from "./data/transforms/label_noise.ts";

/** What a member trains on. */
export interface Examples {
  /** Indices of the examples that are used; undefined: all of them. */
  readonly used: Int32Array | undefined;
  /** Of all examples of the split, with the noise; undefined: as the data set has them. */
  readonly labels: Int32Array | undefined;
  /** In nats: the loss of the best guess that does not look at the image, on the targets that are trained on. */
  readonly labelEntropy: number;
}

type ExampleSettings = Pick<TrainingSettings, "fraction" | "label_noise" | "label_smoothing">;

/** How many of `count` examples a training takes. */
export function usedCount({ fraction = 1 }: ExampleSettings, count: number): number {
  return Math.round(fraction * count);
}

/**
 * Chooses the examples of a training, then those whose labels become another class, each other class being equally
 * probable. Both choices are the beginnings of random orders: of one seed, a smaller share is part of a larger one.
 * @param labels int32 [count], those of the training split, each in [0, classes)
 * @param seed 16 hexadecimal digits
 */
export function examplesOf(
  labels: Int32Array,
  classes: number,
  settings: ExampleSettings,
  seed: string,
): Examples {
  const { fraction = 1, label_noise = 0, label_smoothing = 0 } = settings;
  const count = usedCount(settings, labels.length);
  const used = fraction < 1
    ? permutation(labels.length, stream(seed, "fraction"), 0).subarray(0, count)
    : undefined;
  const noisy = label_noise > 0 ? withNoise(labels, classes, used, label_noise, seed) : undefined;
  const counts = countClasses(noisy ?? labels, classes, used);
  return { used, labels: noisy, labelEntropy: targetEntropy(counts, label_smoothing) };
}

/** A copy of the labels in which the given share of the used ones, rounded to whole examples, is another class. */
function withNoise(
  labels: Int32Array,
  classes: number,
  used: Int32Array | undefined,
  share: number,
  seed: string,
): Int32Array {
  const count = used?.length ?? labels.length;
  const order = permutation(count, stream(seed, "label noise"), 0).subarray(0, Math.round(share * count));
  const words = new Uint32Array(labels.length);
  fillWords(words, stream(seed, "label noise classes"));
  const noisy = labels.slice();
  for (const place of order) {
    const example = used ? used[place]! : place;
    noisy[example] = otherClass(labels[example]!, classes, words[example]!);
  }
  return noisy;
}

function countClasses(labels: Int32Array, classes: number, used: Int32Array | undefined): number[] {
  const counts = Array<number>(classes).fill(0);
  const count = used?.length ?? labels.length;
  for (let i = 0; i < count; i++) counts[labels[used ? used[i]! : i]!]!++;
  return counts;
}

/** Entropy of the mean target: each class's share of the labels, smoothed as they are. */
function targetEntropy(counts: readonly number[], smoothing: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const shares = counts.map((count) => (1 - smoothing) * (count / total) + smoothing / counts.length);
  return shares.reduce((sum, share) => share > 0 ? sum - share * log(share) : sum, 0);
}
