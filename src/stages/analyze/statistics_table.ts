import type { Json } from "../../core/json.ts";
import type { Table } from "../../core/table.ts";
import { COLUMNS, STATISTICS } from "./columns.ts";
import { PHASES, type TensorMeasures } from "./measure.ts";

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
    return { columns: COLUMNS.statistics, rows: this.#rows };
  }
}
