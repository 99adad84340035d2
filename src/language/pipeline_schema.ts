import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";

/** Names of pipelines and of stages. */
export const NAME_PATTERN = "^[a-z][a-z0-9_-]*$";
export const NAME_RULE = 'a name has lower-case letters, digits, "-" and "_", and starts with a letter';
const MAX_STAGES = 10_000;

/** Shape of a pipeline file. Of a stage it says only that it has a known kind: see {@link stageSchema}. */
export function pipelineSchema(kinds: readonly StageKind[]): JsonObject {
  return {
    type: "object",
    description:
      "A pipeline of weft: stages that make data sets, populations of networks, measures and figures",
    required: ["weft", "stages"],
    additionalProperties: false,
    patternProperties: { "^x-": { description: "Ignored: a home for YAML anchors" } },
    properties: {
      weft: { const: 1, description: "Version of the language", examples: [1] },
      name: {
        type: "string",
        pattern: NAME_PATTERN,
        maxLength: 100,
        description: "Name of the pipeline and of its folder under outputs; by default the name of the file",
        examples: ["widths"],
      },
      description: {
        type: "string",
        description: "What the pipeline is for",
        default: "",
        examples: ["MLPs on MNIST"],
      },
      stages: {
        type: "object",
        description: "The stages by name, in any order",
        minProperties: 1,
        maxProperties: MAX_STAGES,
        propertyNames: { pattern: NAME_PATTERN, maxLength: 100, description: NAME_RULE },
        additionalProperties: {
          type: "object",
          required: ["kind"],
          properties: {
            kind: {
              enum: kinds.map(({ name }) => name),
              description: "What the stage does; decides its other settings",
            },
          },
        },
      },
    },
  };
}

/** Shape of a stage of one kind: the kind's own schema and the setting `kind`. */
export function stageSchema(kind: StageKind): JsonObject {
  const { properties, required } = kind.schema;
  return {
    ...kind.schema,
    required: ["kind", ...(Array.isArray(required) ? required : [])],
    properties: {
      kind: { const: kind.name, description: kind.description },
      ...(isJsonObject(properties) ? properties : {}),
    },
  };
}
