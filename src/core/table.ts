import type { Json } from "./json.ts";

/** A column of a table: what a row holds under this name. `type` is Vega-Lite's word for how it is drawn. */
export interface Column {
  readonly name: string;
  readonly type: "quantitative" | "nominal" | "ordinal";
  readonly description: string;
  /** All values that it can have, where a rule says so: the labels of groups. */
  readonly values?: readonly string[];
  /** Of a metric: which of its values are the better ones. */
  readonly better?: "high" | "low";
}

/** Stands among declared columns for those that are not known, since a stage that decides them has a mistake. */
export const OTHER_COLUMNS: Column = {
  name: "*",
  type: "nominal",
  description: "Columns that are not known",
};

/**
 * A tidy table: one observation a row. A missing value is null, never NaN or -1. Rows may be made as they are read, for
 * there may be millions, and are then made again when they are read again.
 */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: Iterable<readonly Json[]>;
}

/** The rows as objects, as Vega-Lite and most readers want them. */
export function rowObjects(table: Table): Record<string, Json>[] {
  return Array.from(
    table.rows,
    (row) => Object.fromEntries(table.columns.map(({ name }, i) => [name, row[i] ?? null])),
  );
}
