import type { FromSchema } from "json-schema-to-ts";

export const plotSchema = {
  type: "object",
  description: "Draws a figure: a Vega-Lite spec with its data, and SVG and PNG made from it",
  required: ["figure"],
  additionalProperties: false,
  properties: {
    figure: {
      enum: ["convergence", "weight-statistics", "weight-distribution"],
      description:
        "What is drawn. convergence: loss and accuracy of each model over the epochs, with means of the groups " +
        "(population, groups). weight-statistics: moments and norms of kernels by group and layer (analysis). " +
        "weight-distribution: densities of normalized weights by group and layer (analysis)",
      examples: ["convergence"],
    },
    population: {
      type: "string",
      description: "The stage whose trained models are drawn",
      examples: ["trained"],
    },
    groups: { type: "string", description: "The stage that grouped these models", examples: ["quality"] },
    analysis: { type: "string", description: "The stage that measured the weights", examples: ["weights"] },
    title: {
      type: "string",
      description: "Title of the figure; by default it says what is drawn",
      minLength: 1,
      examples: ["How MLPs of 5 to 200 units learn MNIST"],
    },
    phase: {
      enum: ["init", "final", "difference"],
      description:
        "Weights at the start, at the end, or the difference of the two, which weight-statistics alone knows. " +
        "Default: final",
      examples: ["init"],
    },
    statistics: {
      type: "array",
      description: "What weight-statistics shows, a row each. Default: std, skewness, excess_kurtosis",
      items: {
        enum: [
          "mean",
          "std",
          "std_times_sqrt_fan_in",
          "skewness",
          "excess_kurtosis",
          "min",
          "max",
          "l1",
          "l2",
          "sparsity",
        ],
      },
      minItems: 1,
      uniqueItems: true,
      examples: [["std_times_sqrt_fan_in", "excess_kurtosis"]],
    },
    normalization: {
      enum: ["z_score", "max_abs", "fan_in"],
      description:
        "How weight-distribution makes the weights of kernels comparable: (w - mean) / std, w / max |w|, or " +
        "w sqrt(fan-in). Default: z_score",
      examples: ["fan_in"],
    },
  },
} as const;

export type PlotConfig = FromSchema<typeof plotSchema>;
export type FigureName = PlotConfig["figure"];
export type Phase = NonNullable<PlotConfig["phase"]>;
export type Statistic = NonNullable<PlotConfig["statistics"]>[number];
export type Normalization = NonNullable<PlotConfig["normalization"]>;
