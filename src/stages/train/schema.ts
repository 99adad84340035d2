import type { FromSchema } from "json-schema-to-ts";
import { STOP_METRICS } from "../../engine/stopping.ts";

export const trainSchema = {
  type: "object",
  description: "Trains every member of a sample, and records its weights and a row per epoch",
  required: ["sample", "epochs"],
  additionalProperties: false,
  properties: {
    sample: {
      type: "string",
      description: "The stage whose members are trained",
      examples: ["draw"],
    },
    epochs: {
      type: "integer",
      minimum: 1,
      maximum: 100_000,
      description: "How many times each member goes through the training split, at most",
      examples: [10],
    },
    stop: {
      type: "object",
      description:
        "Ends the training of a member early where a metric improves no more; without it none ends so",
      required: ["patience"],
      additionalProperties: false,
      examples: [{ patience: 5 }, { by: "validation_accuracy", patience: 5, restore: "best" }],
      properties: {
        by: {
          enum: STOP_METRICS,
          description: "The metric that is watched: losses fall and accuracies rise as they improve",
          default: "validation_loss",
          neutral: "validation_loss",
          examples: ["validation_loss"],
        },
        patience: {
          type: "integer",
          minimum: 1,
          description: "How many epochs in a row without an improvement end the training",
          examples: [5],
        },
        min_delta: {
          type: "number",
          minimum: 0,
          description: "Only what is better than the best so far by more than this is an improvement",
          default: 0,
          neutral: 0,
          examples: [0.001],
        },
        restore: {
          enum: ["best", "last"],
          description: "Which weights are the final ones. best: those after the last epoch that brought an " +
            "improvement, also where the training went through all its epochs. last: those that it ended with",
          default: "last",
          neutral: "last",
          examples: ["best"],
        },
      },
    },
    record: {
      description:
        "The epochs after which the weights are recorded, besides those at the start and at the end",
      examples: [[1, 5], { every: 10 }],
      anyOf: [
        {
          type: "array",
          description: "Numbers of epochs, counted from 1",
          items: { type: "integer", minimum: 1 },
          minItems: 1,
          uniqueItems: true,
        },
        {
          type: "object",
          description: "Every so many epochs",
          required: ["every"],
          additionalProperties: false,
          properties: {
            every: {
              type: "integer",
              minimum: 1,
              description: "How many epochs lie between two that are recorded",
              examples: [10],
            },
          },
        },
      ],
    },
  },
} as const;

export type TrainConfig = FromSchema<typeof trainSchema>;
