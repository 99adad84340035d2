import type { JsonObject } from "../../core/json.ts";
import { escapedField, labelField, type Labelled, labelNames } from "./label_fields.ts";

/** The panels of a figure that shows several entries of its inputs: the last label goes across, the others down. */
export interface Grid {
  readonly down: Side | null;
  readonly across: Side;
}

/** One direction in which panels stand side by side: a panel for each combination of some labels. */
export interface Side {
  /** The field of the data that says in which panel a row is. */
  readonly field: string;
  /** What `field` holds, in the order of the panels. */
  readonly values: readonly (string | number | boolean)[];
  /** The fields that rows of an entry have: each label, and the combination of several. */
  readonly fieldsOf: (entry: Labelled) => JsonObject;
}

/**
 * The grid of some entries; null where there is but one, without labels.
 * @param taken fields that the data have besides
 */
export function gridOf(entries: readonly Labelled[], taken: readonly string[]): Grid | null {
  const names = labelNames(entries);
  if (names.length === 0) return null;
  const down = names.length === 1 ? null : sideOf(names.slice(0, -1), entries, taken);
  return { down, across: sideOf(names.slice(-1), entries, taken) };
}

/** All entries in one direction; null where there is but one, without labels. */
export function stackOf(entries: readonly Labelled[], taken: readonly string[]): Side | null {
  const names = labelNames(entries);
  return names.length === 0 ? null : sideOf(names, entries, taken);
}

/** How many panels there are across. */
export function columnsOf(grid: Grid | null): number {
  return grid === null ? 1 : grid.across.values.length;
}

/** The fields of an entry's rows that say in which panel they are. */
export function panelFields(grid: Grid | null, entry: Labelled): JsonObject {
  return { ...grid?.down?.fieldsOf(entry), ...grid?.across.fieldsOf(entry) };
}

/** The names of these fields. */
export function panelFieldNames(grid: Grid | null): string[] {
  return Object.keys(panelFields(grid, { labels: {} }));
}

/** What a facet's `row` or `column` says: `top` false leaves the names to the panels above. */
export function sideFacet(side: Side, at: "row" | "column", { top = true } = {}): JsonObject {
  const named = side.values.some((value) => typeof value !== "string");
  const labelExpr = named ? `"${side.field} " + datum.value` : `split(datum.value, "${SEPARATOR}")`;
  return {
    field: escapedField(side.field),
    type: "nominal",
    sort: side.values,
    title: null,
    header: top ? { labelExpr, ...at === "row" && ON_THE_RIGHT } : { labels: false },
  };
}

/** Beside the last panel of the row, unturned. Vega moves them by their own width, so it is "right" that makes them begin together. */
const ON_THE_RIGHT: JsonObject = { labelOrient: "right", labelAngle: 0, labelAlign: "right" };

/** The room that the names of the rows take, in characters. */
export function longestName(side: Side | null): number {
  const names = (side?.values ?? []).flatMap((value) => String(value).split(SEPARATOR));
  return names.reduce((longest, name) => Math.max(longest, name.length), 0);
}

/** Between the labels of a combination; in a header each has a line. */
const SEPARATOR = ", ";

/** What an entry has for a label that only others have. Not an empty text, of which Vega-Lite makes no panel. */
const MISSING = "–";

function sideOf(names: readonly string[], entries: readonly Labelled[], taken: readonly string[]): Side {
  const columns = names.map((name) => labelField(name, taken));
  const field = columns.join(" and ");
  const fieldsOf = ({ labels }: Labelled): JsonObject => {
    const values = names.map((name) => labels[name] === "" ? '""' : labels[name] ?? MISSING);
    const words = values.map((value, i) =>
      typeof value === "string" && value !== MISSING ? value : `${columns[i]} ${value}`
    );
    return {
      ...Object.fromEntries(values.map((value, i) => [columns[i]!, value])),
      ...names.length > 1 && { [field]: words.join(SEPARATOR) },
    };
  };
  const values = new Set(entries.map((entry) => fieldsOf(entry)[field] as Side["values"][number]));
  return { field, values: [...values], fieldsOf };
}
