import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { pipelineSchema, stageSchema } from "./pipeline_schema.ts";

const DRAFT = "http://json-schema.org/draft-07/schema#";

/** The files of `schemas/` by name, as editors read them: one for pipelines, one for the stages of each kind. */
export function publishedSchemas(kinds: readonly StageKind[]): Map<string, string> {
  const schemas: [string, JsonObject][] = [
    ["pipeline.schema.json", publishedPipeline(kinds)],
    ...kinds.map((kind): [string, JsonObject] => [`${kind.name}.schema.json`, publishedStage(kind)]),
  ];
  return new Map(schemas.map(([name, schema]) => [name, `${JSON.stringify(schema, null, 2)}\n`]));
}

function publishedStage(kind: StageKind): JsonObject {
  return { $schema: DRAFT, title: `Stage of kind ${kind.name}`, ...plain(stageSchema(kind)) };
}

/** One file that needs no other, since editors resolve references between files differently. */
function publishedPipeline(kinds: readonly StageKind[]): JsonObject {
  const schema = plain(pipelineSchema(kinds));
  const properties = schema["properties"] as JsonObject;
  const stages = properties["stages"] as JsonObject;
  const anyStage = stages["additionalProperties"] as JsonObject;
  const byKind = kinds.map(({ name }) => ({
    if: { properties: { kind: { const: name } }, required: ["kind"] },
    then: { $ref: `#/definitions/${name}` },
  }));
  return {
    $schema: DRAFT,
    title: "Pipeline of weft",
    ...schema,
    properties: {
      ...properties,
      stages: { ...stages, additionalProperties: { ...anyStage, allOf: byKind } },
    },
    definitions: Object.fromEntries(kinds.map((kind) => [kind.name, plain(stageSchema(kind))])),
  };
}

/** Without `neutral`, which is the business of identities and which strict readers do not know. */
function plain(schema: JsonObject): JsonObject {
  const entries = Object.entries(schema).filter(([key]) => key !== "neutral");
  return Object.fromEntries(entries.map(([key, value]) => [key, plainValue(value)]));
}

function plainValue(value: Json): Json {
  if (Array.isArray(value)) return value.map(plainValue);
  return isJsonObject(value) ? plain(value) : value;
}
