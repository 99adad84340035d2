import type { JsonObject } from "../core/json.ts";
import type { ArtifactType } from "../core/stage_kind.ts";
import type { Conditions } from "./conditions.ts";
import type { Dataset } from "./dataset.ts";

/** A declared space of trainings: a tree of settings in which any node may be a domain. */
export interface Family {
  readonly dataset: Dataset;
  /** Like MemberSettings, but any node may be a domain (`{ choice: [...] }`, `{ log_uniform: [a, b] }`, ...). */
  readonly space: JsonObject;
  /** Named shares of the draws, each with a space of its own, which takes the place of `space`. Empty: all draws are alike. */
  readonly cases: readonly {
    readonly name: string;
    readonly weight: number;
    readonly space: JsonObject;
  }[];
  /** Combinations that are never drawn. */
  readonly exclude: readonly Conditions[];
  /** Other settings are drawn for what cannot be built; without it a sampling refuses to draw such. */
  readonly impossible?: "skip";
}

export const familyArtifact: ArtifactType<Family> = { name: "family" };
