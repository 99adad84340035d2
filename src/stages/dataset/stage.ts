import { type Dataset, datasetArtifact, type SourceDataset } from "../../artifacts/dataset.ts";
import { ok } from "../../core/result.ts";
import type { FilesRead } from "../../core/own_files.ts";
import type { PlanKind } from "../../core/stage_kind.ts";
import { OWN, type OwnFacts } from "../../engine/data/own/facts.ts";
import { requestOf } from "../../engine/data/own/source.ts";
import { type SourceName, SOURCES } from "../../engine/data/sources.ts";
import { derive } from "../../engine/data/transforms/derive.ts";
import { type DatasetConfig, datasetSchema } from "./schema.ts";
import { planTransforms } from "./transforms.ts";

export const dataset: PlanKind<DatasetConfig, Record<string, never>, Dataset, OwnFacts> = {
  name: "dataset",
  version: 1,
  description: datasetSchema.description,
  contract: "plan",
  schema: datasetSchema,
  inputs: {},
  output: datasetArtifact,
  files: {
    request: ({ source }) => typeof source === "string" ? undefined : requestOf(source),
    load: async () => (await import("../../engine/data/own/read.ts")).lookUp,
  },
  plan: (config, _inputs, facts) => {
    const source = sourceOf(config, facts);
    const transforms = planTransforms(config, source);
    return transforms.ok ? ok(derive(source, transforms.value)) : transforms;
  },
  prepare: async (dataset, context) => {
    if (dataset.source === OWN) return await noteFiles(dataset, context.files!);
    const { fetchFiles } = await import("../../engine/data/files.ts");
    await fetchFiles(SOURCES[dataset.source as SourceName], context);
  },
};

function sourceOf({ source }: DatasetConfig, facts: OwnFacts | undefined): SourceDataset {
  return typeof source === "string" ? SOURCES[source].dataset : { source: OWN, ...facts! };
}

async function noteFiles(dataset: Dataset, files: FilesRead): Promise<void> {
  const { notePlace } = await import("../../engine/data/own/places.ts");
  await notePlace(dataset.derived?.from ?? dataset, files);
}
