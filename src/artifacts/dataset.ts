import type { ArtifactType } from "../core/stage_kind.ts";
import type { Digest } from "../core/digest.ts";

/** A labelled image data set, described: its arrays are opened where they are needed. */
export interface Dataset extends SourceDataset {
  readonly splits: { readonly train: Split; readonly test: Split; readonly validation?: Split };
  /** What is made of the source's arrays; absent where they are used as they are. */
  readonly derived?: Derivation;
}

/** A data set as its source has it. */
export interface SourceDataset {
  /** How to open it: a source that `engine/data/sources.ts` knows. */
  readonly source: string;
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  readonly splits: { readonly train: Split; readonly test: Split };
}

/** Values are uint8. */
export type ImageShape = readonly [height: number, width: number, channels: number];

export interface Split {
  readonly count: number;
  /**
   * What its arrays are known by: their SHA-256, images uint8 [count, height, width, channels], then labels uint8 [count];
   * or that of its files, where they are known by digests of their own; or, where it is derived, what it is derived from
   * and how.
   */
  readonly digest: Digest;
}

/** How the arrays of a data set come from those of its source. */
export interface Derivation {
  readonly from: Pick<SourceDataset, "shape" | "splits">;
  readonly transforms: Transforms;
}

/** Done in this order. What is absent is not done; what is there changes something. */
export interface Transforms {
  /** Of the training split. */
  readonly subset?: Choice;
  readonly test_subset?: Choice;
  /** Is taken out of what is left of the training split, which keeps the others. */
  readonly validation?: DrawnChoice;
  /** Of what is then left. */
  readonly fraction?: DrawnChoice;
  /** How many training labels become another class. */
  readonly label_noise?: { readonly count: number; readonly seed: number };
  readonly grayscale?: true;
  readonly resize?: readonly [height: number, width: number];
  /** Instead of pixels in [0, 1]: each channel with mean 0 and standard deviation 1 over the training split. */
  readonly normalize?: "standard";
}

/** Which examples of a split: the first ones, or drawn ones. */
export type Choice = { readonly first: number } | DrawnChoice;

export interface DrawnChoice {
  readonly count: number;
  readonly seed: number;
  /** Each class keeps its share, as far as whole examples allow. */
  readonly stratified: boolean;
}

/** The decoded arrays of one split: row-major images, and a label for each. */
export interface SplitArrays {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export const datasetArtifact: ArtifactType<Dataset> = { name: "dataset" };
