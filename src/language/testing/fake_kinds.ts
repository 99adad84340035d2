/** Small stage kinds for tests of the language and of the compiler. */
import type { Problem } from "../../core/diagnostic.ts";
import type { JsonObject } from "../../core/json.ts";
import { fail, ok } from "../../core/result.ts";
import type { ItemsKind, PlanKind, StageKind, WholeKind } from "../../core/stage_kind.ts";

/** A setting that is an integer or a domain of integers. */
const widthSchema: JsonObject = {
  description: "Units of a layer",
  anyOf: [
    { type: "integer", minimum: 1 },
    {
      type: "object",
      required: ["choice"],
      additionalProperties: false,
      properties: {
        choice: {
          type: "array",
          minItems: 1,
          items: { type: "integer", minimum: 1 },
          description: "One of these",
        },
        weights: { type: "array", items: { type: "number" }, description: "How often each is taken" },
      },
    },
    {
      type: "object",
      required: ["int_uniform"],
      additionalProperties: false,
      properties: {
        int_uniform: {
          type: "array",
          minItems: 2,
          maxItems: 2,
          items: { type: "integer" },
          description: "Lowest and highest",
        },
      },
    },
  ],
};

interface Data {
  readonly source: string;
}

const data: PlanKind<{ source: string }, Record<never, never>, Data> = {
  contract: "plan",
  name: "data",
  version: 1,
  description: "A data set",
  schema: {
    type: "object",
    required: ["source"],
    additionalProperties: false,
    properties: {
      source: { enum: ["mnist", "cifar-10"], description: "Where it comes from" },
      limit: {
        type: "integer",
        minimum: 1,
        maximum: 60000,
        description: "How many images",
        default: 100,
        neutral: 100,
      },
    },
  },
  inputs: {},
  output: { name: "data" },
  plan: ({ source }) => ok({ source }),
};

const architectureSchema: JsonObject = {
  description: "Form of the networks",
  oneOf: [
    {
      type: "object",
      required: ["kind", "width"],
      additionalProperties: false,
      properties: {
        kind: { const: "mlp", description: "Dense layers" },
        width: widthSchema,
        activation: {
          enum: ["relu", "tanh"],
          description: "Non-linearity",
          default: "relu",
          neutral: "relu",
        },
      },
    },
    {
      type: "object",
      required: ["kind", "channels"],
      additionalProperties: false,
      properties: {
        kind: { const: "cnn", description: "Convolutions" },
        channels: widthSchema,
        pool: { type: "boolean", description: "Max pooling", default: true, neutral: true },
      },
    },
  ],
};

interface Space {
  readonly data: Data;
  readonly architecture: JsonObject;
}

const space: PlanKind<{ data: string; architecture: JsonObject }, { data: Data }, Space> = {
  contract: "plan",
  name: "space",
  version: 1,
  description: "A family of networks",
  schema: {
    type: "object",
    required: ["data", "architecture"],
    additionalProperties: false,
    properties: {
      data: { type: "string", description: "The stage whose data the networks learn" },
      architecture: architectureSchema,
    },
  },
  inputs: { data: { artifact: "data" } },
  output: { name: "space" },
  plan: ({ architecture }, inputs) => {
    const width = architecture["width"];
    if (typeof width !== "number" || width <= 1000) return ok({ data: inputs.data, architecture });
    const at: Problem["at"] = ["architecture", "width"];
    return fail([{
      code: "too-wide",
      message: `Cannot build networks of width ${width}`,
      at,
      help: "at most 1000",
    }]);
  },
};

const training: ItemsKind<
  { space: string; epochs: number },
  { space: Space },
  JsonObject,
  JsonObject,
  unknown
> = {
  contract: "items",
  place: "head",
  noun: "model",
  name: "training",
  version: 3,
  description: "Trains a network for each seed",
  schema: {
    type: "object",
    required: ["space"],
    additionalProperties: false,
    properties: {
      space: { type: "string", description: "The stage whose networks are trained" },
      epochs: { type: "integer", minimum: 1, description: "Passes over the data", default: 5 },
      rate: { type: "number", exclusiveMinimum: 0, description: "Step size", default: 0.001, neutral: 0.001 },
    },
  },
  inputs: { space: { artifact: "space" } },
  output: { name: "models" },
  check: ({ epochs }) =>
    epochs > 1000 ? [{ code: "too-long", message: `Cannot train for ${epochs} epochs`, at: ["epochs"] }] : [],
  list: ({ epochs }, { space }) =>
    [1, 2].map((seed) => {
      const identity = { record: "fake-model/1", epochs, seed, architecture: space.architecture };
      return { id: String(seed), identity, affinity: "", cost: epochs, work: {} };
    }),
  load: () => Promise.reject(new Error("not run here")),
  collect: () => Promise.reject(new Error("not run here")),
};

const summary: WholeKind<{ models: string | readonly string[]; title: string }> = {
  contract: "whole",
  name: "summary",
  version: 1,
  description: "Sums up models",
  schema: {
    type: "object",
    required: ["models"],
    additionalProperties: false,
    properties: {
      models: {
        anyOf: [{ type: "string" }, { type: "array", minItems: 1, items: { type: "string" } }],
        description: "The stages whose models are summed up",
      },
      like: { type: "string", description: "A summary to compare with" },
      beside: {
        anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
        description: "Summaries that stand beside the models, one for each",
      },
      title: {
        type: "string",
        minLength: 1,
        description: "Its first line",
        default: "Summary",
        neutral: "Summary",
      },
    },
  },
  inputs: {
    models: { artifact: "models", list: true },
    like: { artifact: "summary", optional: true },
    beside: { artifact: "summary", optional: true, list: true },
  },
  output: { name: "summary" },
  normalize: (config) => ({ ...config, title: config.title.trim() }),
  load: () => Promise.reject(new Error("not run here")),
};

export const fakeKinds: readonly StageKind[] = [data, space, training, summary];
