import type { FromSchema } from "json-schema-to-ts";

export const MEASURES = ["statistics", "distribution"] as const;
export type Measure = typeof MEASURES[number];

export const analyzeSchema = {
  type: "object",
  description: "Measures the weights of a population's models and puts the numbers into tidy tables",
  required: ["population"],
  additionalProperties: false,
  properties: {
    population: {
      type: "string",
      description: "The stage whose trained models are measured",
      examples: ["trained"],
    },
    groups: {
      type: "string",
      description: "The stage that grouped these models; without it all models are one group, named all",
      examples: ["quality"],
    },
    measures: {
      type: "array",
      description:
        "statistics: moments, quantiles and norms of each tensor, at the start, at the end, and of what changed. " +
        "distribution: histograms and density estimates of normalized weights, averaged over a group",
      items: { enum: ["statistics", "distribution"] },
      minItems: 1,
      uniqueItems: true,
      default: ["statistics", "distribution"],
      neutral: ["statistics", "distribution"],
      examples: [["statistics"]],
    },
    without: {
      type: "array",
      description: "Labels of groups that are left out of the tables; of no effect without groups",
      items: { type: "string", minLength: 1 },
      uniqueItems: true,
      default: ["non", "diverged"],
      neutral: ["non", "diverged"],
      examples: [[], ["diverged"]],
    },
  },
} as const;

export type AnalyzeConfig = FromSchema<typeof analyzeSchema>;
