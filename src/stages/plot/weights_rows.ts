import { type Analysis, readTable } from "../../artifacts/analysis.ts";
import { UserError } from "../../core/diagnostic.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ObjectReader } from "../../core/stage_kind.ts";
import { rowObjects } from "../../core/table.ts";

/** Where a layer stands in its network, in the order of the panels. */
export const POSITIONS = ["first", "hidden", "last"] as const;

/**
 * The rows of an analysis's table that belong to kernels in one phase.
 * @throws {UserError} If the analysis has no such table
 */
export async function kernelRows(
  analysis: Analysis,
  name: string,
  phase: string,
  objects: ObjectReader,
): Promise<JsonObject[]> {
  const digest = analysis.tables[name];
  if (digest === undefined) {
    throw new UserError(
      `Cannot draw the weights: the analysis has no table "${name}", only ${
        Object.keys(analysis.tables).join(", ")
      }`,
      `add "${name}" to the measures of the stage that \`analysis\` names`,
    );
  }
  const rows = rowObjects(await readTable(objects, digest));
  return rows.filter((row) => row.role === "kernel" && row.phase === phase);
}

/** The positions that rows are at, in the order of the panels. */
export function positionsIn(rows: readonly JsonObject[]): string[] {
  return POSITIONS.filter((position) => rows.some((row) => row.position === position));
}

/** Who is not in the tables. */
export function analysisNotes({ without, measured, planned }: Analysis): string[] {
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
