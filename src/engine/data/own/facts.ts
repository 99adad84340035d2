import type { ImageShape, SourceDataset, SplitArrays } from "../../../artifacts/dataset.ts";
import { splitIdentity } from "../../../core/identity.ts";
import type { OwnData } from "./arrays.ts";

/** What a data set of the user's own is called as a source: it is known by the digests of its splits, not by its files. */
export const OWN = "own";

/** What a plan must know of a data set of the user's own: plain data. */
export interface OwnFacts {
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  readonly splits: SourceDataset["splits"];
}

export function factsOf({ shape, classes, train, test }: OwnData): OwnFacts {
  return { shape, classes, splits: { train: describe(train), test: describe(test) } };
}

function describe(arrays: SplitArrays): SourceDataset["splits"]["train"] {
  return { count: arrays.labels.length, digest: splitIdentity(arrays) };
}
