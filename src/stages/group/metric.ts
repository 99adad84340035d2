import { METRICS } from "../../artifacts/population.ts";
import { quote, suggestion } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { InputOutlooks } from "../../core/stage_kind.ts";
import { OTHER_COLUMNS } from "../../core/table.ts";
import type { GroupConfig } from "./schema.ts";

/** Whether `by` is a metric that training records, judged by the columns that the population declares. */
export function checkMetric({ by, population }: GroupConfig, inputs: InputOutlooks): Problem[] {
  const columns = inputs["population"]?.[0]?.tables()["members"];
  if (columns === undefined || (ofSplit(by) && columns.includes(OTHER_COLUMNS))) return [];
  const metrics = columns.filter(({ better }) => better !== undefined).map(({ name }) => name);
  if (metrics.includes(by)) return [];
  const found = columns.some(({ name }) => name === by)
    ? "this column is no metric: none of its values is better than another"
    : ofSplit(by)
    ? "the data set has no validation split"
    : "training records no such metric";
  return [{
    code: "unknown-metric",
    message: `Cannot group the models of stage ${quote(population)} by ${quote(by)}: ${found}`,
    at: ["by"],
    help: ofSplit(by)
      ? 'add "validation: 0.1" to the stage of kind dataset, which takes a tenth of its training images out'
      : suggestion(by, metrics, "metrics"),
  }];
}

/** Whether it is a metric of a split that a data set may lack. */
function ofSplit(metric: string): boolean {
  return METRICS.some(({ column, split }) => column.name === metric && split !== undefined);
}
