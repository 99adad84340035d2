import type { Labels } from "../../core/stage_kind.ts";

/** Something that is drawn beside others, and what tells it apart from them. */
export interface Labelled {
  readonly labels: Labels;
}

/** The labels that entries of a list input have. */
export function labelNames(entries: readonly Labelled[]): string[] {
  return [...new Set(entries.flatMap(({ labels }) => Object.keys(labels)))];
}

/**
 * The column that a label gets beside those that are taken: an axis of the matrix that has the name of a column is told
 * apart from it as in an expression, `matrix.seed`.
 */
export function labelField(name: string, taken: Iterable<string>): string {
  return [...taken].includes(name) ? `matrix.${name}` : name;
}

/** A column's name as Vega-Lite wants it, to which a dot is a way into a value: `init\.std`. */
export function escapedField(name: string): string {
  return name.replace(/[.[\]\\]/g, "\\$&");
}
