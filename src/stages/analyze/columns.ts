import type { Column } from "../../core/table.ts";
import type { Measure } from "./schema.ts";
import type { Statistics } from "./statistics.ts";

/** The numbers in a row of table `statistics`. */
export const STATISTICS: readonly [name: keyof Statistics, description: string][] = [
  ["count", "Number of values in the tensor"],
  ["fan_in", "Inputs of a unit of the kernel; null for others"],
  ["mean", "Mean of the values"],
  ["std", "Population standard deviation"],
  ["min", "Smallest value"],
  ["max", "Largest value"],
  ["skewness", "Third central moment over the second to the power of 1.5"],
  ["excess_kurtosis", "Fourth central moment over the square of the second, less 3"],
  ["q01", "Quantile 0.01, linearly interpolated"],
  ["q05", "Quantile 0.05, linearly interpolated"],
  ["q25", "Quantile 0.25, linearly interpolated"],
  ["q50", "Median"],
  ["q75", "Quantile 0.75, linearly interpolated"],
  ["q95", "Quantile 0.95, linearly interpolated"],
  ["q99", "Quantile 0.99, linearly interpolated"],
  ["l1", "Sum of the absolute values"],
  ["l2", "Square root of the sum of the squares"],
  ["sparsity", "Share of the values that are smaller than 0.001 in size"],
  ["std_times_sqrt_fan_in", "Standard deviation times the square root of the fan-in"],
];

/** The columns of the table that each measure makes. */
export const COLUMNS: Readonly<Record<Measure, readonly Column[]>> = {
  statistics: [
    { name: "member", type: "nominal", description: "Id of the member in its sample" },
    { name: "group", type: "nominal", description: "Label of the member; all where members are not grouped" },
    { name: "tensor", type: "nominal", description: "Name of the tensor in its network" },
    { name: "layer", type: "ordinal", description: "Layer of the tensor, counted from 1; sorts the tensors" },
    { name: "position", type: "ordinal", description: "first, hidden or last; the only layer is last" },
    { name: "role", type: "nominal", description: "kernel, bias, scale or embedding" },
    { name: "phase", type: "nominal", description: "init, final, or difference: final less init" },
    ...STATISTICS.map(([name, description]): Column => ({ name, type: "quantitative", description })),
    { name: "reason", type: "nominal", description: "Why values of this row are null" },
  ],
  distribution: [
    {
      name: "group",
      type: "nominal",
      description: "Label of the members; all where members are not grouped",
    },
    { name: "position", type: "ordinal", description: "Layers averaged: first, hidden or last" },
    { name: "role", type: "nominal", description: "Tensors averaged: kernel, bias, scale or embedding" },
    { name: "phase", type: "nominal", description: "init or final weights" },
    { name: "normalization", type: "nominal", description: "z_score, max_abs or fan_in" },
    {
      name: "estimate",
      type: "nominal",
      description: "histogram or kde (Gaussian kernels, Scott's bandwidth)",
    },
    {
      name: "x",
      type: "quantitative",
      description: "Normalized weight: centre of the bin, or point of the grid",
    },
    { name: "density", type: "quantitative", description: "Mean of the tensors' densities at x" },
    {
      name: "density_sd",
      type: "quantitative",
      description: "Population standard deviation of the tensors' densities at x; null for one tensor",
    },
    { name: "n", type: "quantitative", description: "Number of tensors averaged" },
    {
      name: "reason",
      type: "nominal",
      description: "Why no tensor has a density: then x and density are null",
    },
  ],
};
