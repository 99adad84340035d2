import type { Dataset } from "../../artifacts/dataset.ts";
import { type Family, familyArtifact } from "../../artifacts/family.ts";
import type { PlanKind } from "../../core/stage_kind.ts";
import { checkFamily } from "./check.ts";
import { declareFamily, normalizeFamily, outlineFamily } from "./run.ts";
import { type FamilyConfig, familySchema } from "./schema.ts";

export const family: PlanKind<FamilyConfig, { dataset: Dataset }, Family> = {
  name: "family",
  version: 1,
  description:
    "Declares a family of networks and trainings; any setting may be a domain, from which members are drawn",
  contract: "plan",
  schema: familySchema,
  inputs: { dataset: { artifact: "dataset" } },
  output: familyArtifact,
  normalize: normalizeFamily,
  check: checkFamily,
  plan: (config, { dataset }) => declareFamily(config, dataset),
  outline: outlineFamily,
};
