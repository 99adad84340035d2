import type { FromSchema } from "json-schema-to-ts";

const stageNames = {
  type: "array",
  items: { type: "string" },
  minItems: 1,
} as const;

export const plotSchema = {
  type: "object",
  description:
    "Draws a figure, a named one or a Vega-Lite spec of one's own: the spec with its data, SVG and PNG",
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
    spec: {
      type: "object",
      description:
        "A Vega-Lite spec of one's own, instead of figure. Its data are tables of the stages that this plot names: " +
        "{ name: STAGE.TABLE }; beside its own columns a table has those of the axes that are gathered, `instance`, " +
        "and `id`, by which tables of models can be joined",
      examples: [{
        data: { name: "trained.epochs" },
        mark: "line",
        encoding: { x: { field: "epoch" }, y: { aggregate: "mean", field: "test_accuracy" } },
      }],
    },
    override: {
      type: "object",
      description:
        "A part of a Vega-Lite spec that is laid over a named figure: maps merge, other values replace, null removes. " +
        "It can name these fields. convergence: member, epoch, train_loss, test_accuracy. weight-statistics: " +
        "position, and the statistics that are shown. weight-distribution: position, x, density, low, high. In each " +
        "group, where models are grouped, and what tells several inputs apart: stage, and the axes that are gathered",
      examples: [{ config: { axis: { grid: false } } }],
    },
    population: {
      description:
        "The stage whose trained models are drawn, or several in a list: each has panels of its own",
      anyOf: [{ type: "string" }, stageNames],
      examples: ["trained", ["mlps-trained", "cnns-trained"]],
    },
    groups: {
      description:
        "The stage that grouped these models; in a list the n-th groups belong to the n-th population",
      anyOf: [{ type: "string" }, stageNames],
      examples: ["quality", ["mlps-quality", "cnns-quality"]],
    },
    analysis: {
      description: "The stage that measured the weights, or several in a list: each has panels of its own",
      anyOf: [{ type: "string" }, stageNames],
      examples: ["weights", ["mlps-weights", "cnns-weights"]],
    },
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
export type FigureName = NonNullable<PlotConfig["figure"]>;
export type Phase = NonNullable<PlotConfig["phase"]>;
export type Statistic = NonNullable<PlotConfig["statistics"]>[number];
export type Normalization = NonNullable<PlotConfig["normalization"]>;
