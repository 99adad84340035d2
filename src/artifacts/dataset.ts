import type { ArtifactType } from "../core/stage_kind.ts";
import type { Digest } from "../core/digest.ts";

/** A labelled image data set, described: its arrays are opened where they are needed. */
export interface Dataset {
  /** How to open it: a source that `engine/data/sources.ts` knows. */
  readonly source: string;
  /** Height, width, channels of an image; values are uint8. */
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly classes: readonly string[];
  readonly splits: { readonly train: Split; readonly test: Split };
}

export interface Split {
  readonly count: number;
  /**
   * What its arrays are known by: their SHA-256, images uint8 [count, height, width, channels], then labels uint8 [count];
   * or that of its files, where they are known by digests of their own.
   */
  readonly digest: Digest;
  /** How many examples each class has. */
  readonly classCounts: readonly number[];
}

/** The decoded arrays of one split: row-major images, and a label for each. */
export interface SplitArrays {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export const datasetArtifact: ArtifactType<Dataset> = { name: "dataset" };

/** Entropy of a split's labels in nats: the loss of the best guess that does not look at the image. */
export function labelEntropy(split: Split): number {
  return split.classCounts.filter((n) => n > 0)
    .reduce((sum, n) => sum - (n / split.count) * Math.log(n / split.count), 0);
}
