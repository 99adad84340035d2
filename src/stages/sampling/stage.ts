import type { Family } from "../../artifacts/family.ts";
import { type Sample, sampleArtifact } from "../../artifacts/sample.ts";
import type { PlanKind } from "../../core/stage_kind.ts";
import { checkSampling, drawMembers, sampleSize } from "./run.ts";
import { type SamplingConfig, samplingSchema } from "./schema.ts";

export const sampling: PlanKind<SamplingConfig, { family: Family }, Sample> = {
  name: "sampling",
  version: 1,
  description: samplingSchema.description,
  contract: "plan",
  schema: samplingSchema,
  inputs: { family: { artifact: "family" } },
  output: sampleArtifact,
  check: checkSampling,
  size: (config, { family }) => sampleSize(family, config),
  plan: (config, { family }) => drawMembers(family, config),
};
