import { type Analysis, readTable } from "../../artifacts/analysis.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Labels, ObjectReader, Sourced } from "../../core/stage_kind.ts";
import { rowObjects } from "../../core/table.ts";
import { allLabels, commonRule } from "./figure_spec.ts";

/** Where a layer stands in its network, in the order of the panels. */
export const POSITIONS = ["first", "hidden", "last"] as const;

/** The kernels of an analysis that is drawn beside others, and what tells it apart from them. */
export interface KernelEntry {
  readonly labels: Labels;
  readonly analysis: Analysis;
  /** Rows of one of its tables that belong to kernels in one phase. */
  readonly rows: readonly JsonObject[];
}

/** The rows of each analysis's table that belong to kernels in one phase. */
export async function kernelEntries(
  analyses: readonly Sourced<Analysis>[],
  name: string,
  phase: string,
  objects: ObjectReader,
): Promise<KernelEntry[]> {
  const entries: KernelEntry[] = [];
  for (const { labels, value: analysis } of analyses) {
    entries.push({ labels, analysis, rows: await kernelRows(analysis, name, phase, objects) });
  }
  return entries;
}

/** The rows of an analysis's table that belong to kernels in one phase. `checkFigureTables` has seen that it has the table. */
export async function kernelRows(
  analysis: Analysis,
  name: string,
  phase: string,
  objects: ObjectReader,
): Promise<JsonObject[]> {
  const rows = rowObjects(await readTable(objects, analysis.tables[name]!));
  return rows.filter((row) => row.role === "kernel" && row.phase === phase);
}

/** How the members of the analyses were grouped; null if those of none were. */
export function groupsOf(
  entries: readonly KernelEntry[],
): { rule: string; labels: readonly string[] } | null {
  const grouped = entries.flatMap(({ analysis }) => analysis.groups ?? []);
  if (grouped.length === 0) return null;
  const labels = allLabels(grouped.map(({ labels }) => labels));
  const ungrouped = grouped.length < entries.length ? [UNGROUPED] : [];
  return { rule: commonRule(grouped.map(({ rule }) => rule), labels)!, labels: [...labels, ...ungrouped] };
}

/** The group of all members in an analysis without groups. */
const UNGROUPED = "all";

/** The positions that rows are at, in the order of the panels. */
export function positionsIn(rows: readonly JsonObject[]): string[] {
  return POSITIONS.filter((position) => rows.some((row) => row.position === position));
}

/** Who is not in the tables. */
export function analysisNotes(entries: readonly KernelEntry[]): string[] {
  const without = [...new Set(entries.flatMap(({ analysis }) => analysis.without))];
  const measured = entries.reduce((sum, { analysis }) => sum + analysis.measured, 0);
  const planned = entries.reduce((sum, { analysis }) => sum + analysis.planned, 0);
  const out = without.length > 0 ? `; left out: ${without.join(", ")}` : "";
  return measured < planned ? [`${measured} of ${planned} models measured${out}`] : [];
}

/** A column of panels a position. */
export function positionFacet(positions: readonly string[], header: JsonObject): JsonObject {
  const title = `{"first": "first layer", "hidden": "hidden layers", "last": "last layer"}[datum.value]`;
  return {
    field: "position",
    type: "ordinal",
    sort: positions,
    title: null,
    header: { labelExpr: title, ...header },
  };
}
