import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { budgetSchema, limitsSchema, resourcesSchema } from "./limits_schema.ts";
import { NAME_PATTERN, NAME_RULE } from "./name_rule.ts";

/** A text, a number, true or false; or a map with a name and further fields. */
const axisValueSchema: JsonObject = {
  description: "A value of the axis: a scalar, or a map with a name and fields that stages use",
  examples: ["mnist", 3, { name: "cifar-10", patch: 8 }],
  anyOf: [
    { type: ["string", "number", "boolean"] },
    {
      type: "object",
      required: ["name"],
      properties: {
        name: {
          type: ["string", "number", "boolean"],
          description: "Names the value in instances, files and tables",
          examples: ["cifar-10"],
        },
      },
    },
  ],
};

const paramsSchema: JsonObject = {
  type: "object",
  description:
    "Values that stages use as ${{ params.NAME }}, and that --set NAME=VALUE or --params FILE replace: texts, numbers, " +
    "lists or maps. null: not given",
  propertyNames: { pattern: NAME_PATTERN, maxLength: 100, description: NAME_RULE },
  examples: [{ models: 60 }],
};

const matrixSchema: JsonObject = {
  type: "object",
  description:
    "Axes by name, each with its values. A stage that uses ${{ matrix.AXIS }}, or reads a stage that does, is there once " +
    "for each value",
  minProperties: 1,
  propertyNames: { pattern: NAME_PATTERN, maxLength: 100, description: NAME_RULE },
  examples: [{ data: ["mnist", { name: "cifar-10", subset: 20000 }] }],
  properties: {
    exclude: {
      type: "array",
      description: "Combinations that are left out: maps from axes to the name of a value or a list of names",
      examples: [[{ data: "cifar-10", model: "dnn" }]],
      items: {
        type: "object",
        minProperties: 1,
        additionalProperties: {
          anyOf: [
            { type: ["string", "number", "boolean"] },
            { type: "array", minItems: 1, items: { type: ["string", "number", "boolean"] } },
          ],
        },
      },
    },
    include: {
      type: "array",
      description:
        "Combinations beside the product of the axes: maps from every axis to the name of a value, or to a new one",
      examples: [[{ data: { name: "fashion-mnist" }, model: "dnn" }]],
      items: { type: "object", minProperties: 1, additionalProperties: axisValueSchema },
    },
  },
  additionalProperties: {
    type: "array",
    description: "Values of an axis",
    minItems: 1,
    items: axisValueSchema,
    examples: [["mnist", { name: "cifar-10", subset: 20000 }]],
  },
};

const importsSchema: JsonObject = {
  type: "object",
  description: "Other pipeline files by name, whose stages can be read as NAME.STAGE",
  propertyNames: { pattern: NAME_PATTERN, maxLength: 100, description: NAME_RULE },
  examples: [{ dnn: "./dnn.yaml" }],
  additionalProperties: {
    description: "A path from this file's folder; or a map with the path and values for the file's params",
    examples: ["./dnn.yaml", { file: "./dnn.yaml", params: { models: 10 } }],
    anyOf: [
      { type: "string", minLength: 1 },
      {
        type: "object",
        required: ["file"],
        additionalProperties: false,
        properties: {
          file: {
            type: "string",
            minLength: 1,
            description: "Path of the file from this file's folder",
            examples: ["./dnn.yaml"],
          },
          params: {
            type: "object",
            description: "Values that take the place of its params",
            examples: [{ models: 10 }],
          },
        },
      },
    ],
  },
};

/** The setting of every kind that has inputs for lists. */
const gatherSchema: JsonObject = {
  type: "array",
  description:
    "Axes of the matrix that this stage takes together: it is there once for all their values, and each input that has " +
    "such an axis becomes the list over it",
  minItems: 1,
  uniqueItems: true,
  items: { type: "string", pattern: NAME_PATTERN },
  examples: [["data"]],
};

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
      params: paramsSchema,
      matrix: matrixSchema,
      imports: importsSchema,
      resources: resourcesSchema,
      budget: budgetSchema,
      stages: {
        type: "object",
        description: "The stages by name, in any order",
        minProperties: 1,
        propertyNames: { pattern: NAME_PATTERN, maxLength: 100, description: NAME_RULE },
        additionalProperties: {
          type: "object",
          required: ["kind"],
          properties: {
            kind: {
              enum: kinds.map(({ name }) => name),
              description: "What the stage does; decides its other settings",
              examples: kinds.slice(0, 1).map(({ name }) => name),
            },
          },
        },
      },
    },
  };
}

/**
 * Shape of a stage of one kind: the kind's own schema and the settings that kinds have in common.
 * @throws {Error} If the kind has a setting of its own that is called like one of these
 */
export function stageSchema(kind: StageKind): JsonObject {
  const { required } = kind.schema;
  const own = isJsonObject(kind.schema["properties"]) ? kind.schema["properties"] : {};
  const clash = COMMON_SETTINGS.find((name) => Object.hasOwn(own, name));
  if (clash !== undefined) {
    throw new Error(`Cannot use kind "${kind.name}": its setting "${clash}" is called like one of all kinds`);
  }
  return {
    ...kind.schema,
    required: ["kind", ...(Array.isArray(required) ? required : [])],
    properties: {
      kind: { const: kind.name, description: kind.description },
      ...own,
      ...(canGather(kind) ? { gather: gatherSchema } : {}),
      ...(canLimit(kind) ? limitsSchema.properties : {}),
    },
  };
}

/** Settings that a kind cannot have of its own. */
const COMMON_SETTINGS = ["kind", "gather", ...Object.keys(limitsSchema.properties)];

/** Whether stages of a kind may gather an axis: some input of it takes a list. */
export function canGather({ inputs }: StageKind): boolean {
  return Object.values(inputs).some(({ list }) => list === true);
}

/** Whether stages of a kind run, so that it can be said how. */
export function canLimit({ contract }: StageKind): boolean {
  return contract !== "plan";
}
