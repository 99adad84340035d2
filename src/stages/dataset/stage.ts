import { type Dataset, datasetArtifact } from "../../artifacts/dataset.ts";
import { ok } from "../../core/result.ts";
import type { PlanKind } from "../../core/stage_kind.ts";
import { type SourceName, SOURCES } from "../../engine/data/sources.ts";
import { type DatasetConfig, datasetSchema } from "./schema.ts";

export const dataset: PlanKind<DatasetConfig, Record<string, never>, Dataset> = {
  name: "dataset",
  version: 1,
  description: datasetSchema.description,
  contract: "plan",
  schema: datasetSchema,
  inputs: {},
  output: datasetArtifact,
  plan: ({ source }) => ok(SOURCES[source].dataset),
  prepare: async ({ source }, context) => {
    const { fetchFiles } = await import("../../engine/data/files.ts");
    await fetchFiles(SOURCES[source as SourceName], context);
  },
};
