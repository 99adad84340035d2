import type { ArtifactType } from "../core/stage_kind.ts";
import type { Dataset } from "./dataset.ts";
import type { MemberSettings } from "./settings.ts";

/** An ordered list of fully specified trainings on one data set. */
export interface Sample {
  readonly dataset: Dataset;
  readonly members: readonly Member[];
}

export interface Member {
  /** Unique in the sample and stable when it grows: "7", and "7.2" for a second replicate; in a grid "1f0c93ab". */
  readonly id: string;
  /** Which draw it is, from 1; in a grid 48 bits of the digest of the values that make the point. */
  readonly index: number;
  readonly replicate: number;
  /** The case of the family that it was drawn from; null where the family has none. */
  readonly case: string | null;
  /** 64 bits as 16 hexadecimal digits; decides initial weights and the order of the batches. */
  readonly seed: string;
  readonly settings: MemberSettings;
}

export const sampleArtifact: ArtifactType<Sample> = { name: "sample" };
