import type { FromSchema } from "json-schema-to-ts";
import { sourceSchema } from "./source_schema.ts";

const seed = {
  type: "integer",
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "Decides which; with equal settings the same ones every time",
  default: 0,
  neutral: 0,
  examples: [1],
} as const;

const count = { type: "integer", minimum: 1, description: "How many", examples: [5000] } as const;

const share = {
  type: "number",
  exclusiveMinimum: 0,
  maximum: 1,
  description: "Which share of them; rounded to whole examples",
  examples: [0.1],
} as const;

const subset = {
  anyOf: [
    {
      type: "integer",
      minimum: 1,
      description: "A count of examples, drawn with seed 0; each class keeps its share",
    },
    {
      type: "object",
      description: "The first ones, in the order of the source",
      required: ["first"],
      additionalProperties: false,
      properties: { first: { ...count, examples: [20_000] } },
    },
    {
      type: "object",
      description: "Drawn ones; a larger count keeps those of a smaller one",
      required: ["count"],
      additionalProperties: false,
      properties: {
        count,
        seed,
        stratified: {
          type: "boolean",
          description: "Whether each class keeps its share, as far as whole examples allow",
          default: true,
          neutral: true,
          examples: [false],
        },
      },
    },
  ],
} as const;

export const datasetSchema = {
  type: "object",
  description: "Provides a labelled set of images with a training and a test split",
  required: ["source"],
  additionalProperties: false,
  properties: {
    source: sourceSchema,
    subset: {
      description: "Takes a part of the training split. Default: all",
      examples: [20_000, { first: 10_000 }, { count: 20_000, seed: 1 }],
      ...subset,
    },
    test_subset: {
      description: "Takes a part of the test split. Default: all",
      examples: [2000, { first: 1000 }],
      ...subset,
    },
    validation: {
      description:
        "Takes examples out of the training split, as a third split for early stopping; each class " +
        "keeps its share. A number below 1 is a share",
      default: 0,
      neutral: 0,
      examples: [5000, 0.1, { share: 0.1, seed: 1 }],
      anyOf: [
        { type: "integer", minimum: 1, description: "A count of examples, drawn with seed 0" },
        {
          type: "number",
          minimum: 0,
          exclusiveMaximum: 1,
          description:
            "A share of them, drawn with seed 0 (0: there is no such split); from 1 on it is a count",
        },
        {
          type: "object",
          description: "A count of examples",
          required: ["count"],
          additionalProperties: false,
          properties: { count, seed },
        },
        {
          type: "object",
          description: "A share of them",
          required: ["share"],
          additionalProperties: false,
          properties: { share, seed },
        },
      ],
    },
    fraction: {
      description: "Trains on this share of what is left of the training split; each class keeps its share",
      default: 1,
      neutral: 1,
      examples: [0.1, { share: 0.1, seed: 1 }],
      anyOf: [
        { type: "number", exclusiveMinimum: 0, maximum: 1, description: "A share, drawn with seed 0" },
        {
          type: "object",
          description: "Drawn with a seed of its own",
          required: ["share"],
          additionalProperties: false,
          properties: { share, seed },
        },
      ],
    },
    label_noise: {
      description:
        "Gives this share of the training labels another class, each of the others as likely; test " +
        "and validation labels stay",
      default: 0,
      neutral: 0,
      examples: [0.2, { share: 0.2, seed: 1 }],
      anyOf: [
        { type: "number", minimum: 0, maximum: 1, description: "A share, drawn with seed 0" },
        {
          type: "object",
          description: "Drawn with a seed of its own",
          required: ["share"],
          additionalProperties: false,
          properties: { share, seed },
        },
      ],
    },
    grayscale: {
      type: "boolean",
      description: "Makes colour images grey: their luma by ITU-R BT.601, rounded. Grey images stay",
      default: false,
      neutral: false,
      examples: [true],
    },
    resize: {
      description:
        "The size of the images: by area averaging where they shrink, bilinear where they grow. Default: " +
        "as they are",
      examples: [14, [28, 32]],
      anyOf: [
        { type: "integer", minimum: 1, maximum: 1024, description: "Height and width" },
        {
          type: "array",
          description: "Height, then width",
          items: { type: "integer", minimum: 1, maximum: 1024 },
          minItems: 2,
          maxItems: 2,
        },
      ],
    },
    normalize: {
      enum: ["unit", "standard"],
      description:
        "What models see of pixels. unit: 0 to 1. standard: each channel with mean 0 and standard " +
        "deviation 1 over the images that are trained on",
      default: "unit",
      neutral: "unit",
      examples: ["standard"],
    },
  },
} as const;

export type DatasetConfig = FromSchema<typeof datasetSchema>;
