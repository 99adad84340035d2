import type { FromSchema } from "json-schema-to-ts";

/**
 * A member is `non` where its final train loss is above the entropy of the labels less `eps`, and no drop
 * reached `delta`.
 */
export const NON_DEFAULT = { eps: 0.01, delta: 0.05 } as const;

const labelsSchema = {
  type: "array",
  description:
    "Names of the groups from worst to best, one more than bounds. Default: low, high or low, mid, high",
  items: { type: "string", minLength: 1 },
  minItems: 2,
  examples: [["low", "mid", "high"]],
} as const;

export const groupSchema = {
  type: "object",
  description: "Labels each model of a population by how well it turned out",
  required: ["population"],
  additionalProperties: false,
  properties: {
    population: {
      type: "string",
      description: "The stage whose trained models are grouped",
      examples: ["trained"],
    },
    by: {
      type: "string",
      description:
        "The metric that is split: a column of the population's table `members` that has better and " +
        "worse values, of the final weights unless its name says best. A low loss is a good one",
      default: "test_accuracy",
      neutral: "test_accuracy",
      examples: ["test_accuracy", "best_test_accuracy", "train_accuracy", "test_loss", "validation_loss"],
    },
    rule: {
      description: "How the metric is split; a model at a bound belongs to the better group",
      default: "tertiles",
      neutral: "tertiles",
      examples: ["tertiles", { thresholds: [0.5, 0.9] }, { quantiles: [0.1], labels: ["worst", "others"] }],
      anyOf: [
        { const: "tertiles", description: "Three groups of equal size: low, mid, high" },
        {
          type: "object",
          description: "Fixed bounds",
          required: ["thresholds"],
          additionalProperties: false,
          properties: {
            thresholds: {
              type: "array",
              description: "Values of the metric, ascending",
              items: { type: "number" },
              minItems: 1,
              examples: [[0.5, 0.9]],
            },
            labels: labelsSchema,
          },
        },
        {
          type: "object",
          description: "Bounds at quantiles of the models that are neither diverged nor non",
          required: ["quantiles"],
          additionalProperties: false,
          properties: {
            quantiles: {
              type: "array",
              description: "Shares of the models counted from the worst, ascending",
              items: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
              minItems: 1,
              examples: [[0.25, 0.75]],
            },
            labels: labelsSchema,
          },
        },
      ],
    },
    non: {
      description:
        "When a model counts as one that never began to learn, labelled non; false: there is no such group",
      default: NON_DEFAULT,
      neutral: NON_DEFAULT,
      examples: [false, { eps: 0.02, delta: 0.1 }],
      anyOf: [
        { const: false },
        {
          type: "object",
          additionalProperties: false,
          properties: {
            eps: {
              type: "number",
              description:
                "The final train loss is above the entropy of the labels trained on less this, in nats",
              minimum: 0,
              default: NON_DEFAULT.eps,
              neutral: NON_DEFAULT.eps,
              examples: [0.01],
            },
            delta: {
              type: "number",
              description: "The train loss has never fallen by as much as this over the epochs, in nats",
              exclusiveMinimum: 0,
              default: NON_DEFAULT.delta,
              neutral: NON_DEFAULT.delta,
              examples: [0.05],
            },
          },
        },
      ],
    },
  },
} as const;

export type GroupConfig = FromSchema<typeof groupSchema>;
