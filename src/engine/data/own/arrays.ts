import type { ImageShape, SplitArrays } from "../../../artifacts/dataset.ts";

/** The images and labels of one split of the user's own data, and the files that they are from. */
export interface OwnSplit extends SplitArrays {
  readonly shape: ImageShape;
  /** As messages name them; equal where one file holds both. */
  readonly files: { readonly images: string; readonly labels: string };
}

/** Images of one file: uint8 [count, height, width, channels]. */
export interface OwnImages {
  readonly count: number;
  readonly shape: ImageShape;
  readonly values: Uint8Array;
}

/** A data set of the user's own, decoded. */
export interface OwnData {
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  readonly train: SplitArrays;
  readonly test: SplitArrays;
}

/** One after the other, copied. */
export function joinedBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
