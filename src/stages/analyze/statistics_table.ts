import type { Json } from "../../core/json.ts";
import type { Column, Table } from "../../core/table.ts";
import { PHASES, type TensorMeasures } from "./measure.ts";
import type { Statistics } from "./statistics.ts";

const STATISTICS: readonly [name: keyof Statistics, description: string][] = [
  ["count", "Number of values in the tensor"],
  ["fan_in", "Inputs of a unit of the kernel; null for a bias"],
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

const COLUMNS: readonly Column[] = [
  { name: "member", type: "nominal", description: "Id of the member in its sample" },
  { name: "group", type: "nominal", description: "Label of the member; all where members are not grouped" },
  { name: "tensor", type: "nominal", description: "Name of the tensor in its network" },
  { name: "layer", type: "ordinal", description: "Layer of the tensor, counted from 1" },
  { name: "position", type: "ordinal", description: "first, hidden or last; the only layer is last" },
  { name: "role", type: "nominal", description: "kernel or bias" },
  { name: "phase", type: "nominal", description: "init, final, or difference: final less init" },
  ...STATISTICS.map(([name, description]): Column => ({ name, type: "quantitative", description })),
  { name: "reason", type: "nominal", description: "Why values of this row are null" },
];

/** Table `statistics`: a row a member, tensor and phase. */
export class StatisticsTable {
  readonly #rows: Json[][] = [];

  add(member: string, group: string, tensors: readonly TensorMeasures[]): void {
    for (const { name, layer, position, role, statistics } of tensors) {
      for (const phase of PHASES) {
        const values = statistics![phase];
        const numbers = STATISTICS.map(([column]) => values[column]);
        this.#rows.push([member, group, name, layer, position, role, phase, ...numbers, values.reason]);
      }
    }
  }

  build(): Table {
    return { columns: COLUMNS, rows: this.#rows };
  }
}
