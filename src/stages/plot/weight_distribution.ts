import type { JsonObject } from "../../core/json.ts";
import {
  CHARACTER_WIDTH,
  type FigureOutlook,
  type FigureParts,
  groupColour,
  type GroupKey,
  GROUPS_TO_COME,
  picked,
  rowFields,
} from "./figure_spec.ts";
import { longestName, type Side, sideFacet, stackOf } from "./grid.ts";
import type { Labelled } from "./label_fields.ts";
import type { Normalization, Phase } from "./schema.ts";
import {
  analysisNotes,
  groupsOf,
  type KernelEntry,
  positionFacet,
  POSITIONS,
  positionsIn,
} from "./weights_rows.ts";

/**
 * Densities of normalized weights by group, a panel a position: the mean over kernels of their kernel density estimates,
 * and a band of one standard deviation of these around it. With z-scores the standard normal is there to compare. Several
 * analyses have a row of panels each.
 * @param entries rows of tables `distribution` that belong to kernels in this phase
 */
export function weightDistribution(
  entries: readonly KernelEntry[],
  normalization: Normalization,
  phase: Phase,
): FigureParts {
  const estimates = entries.map(({ rows, ...entry }) => ({
    ...entry,
    rows: rows.filter((row) => row.normalization === normalization && row.estimate === "kde"),
  }));
  const drawn = estimates.map((entry) => ({ ...entry, rows: entry.rows.filter(hasDensity) }));
  const positions = positionsIn(drawn.flatMap(({ rows }) => rows));
  const grouped = groupsOf(entries);
  const groups = grouped && groupKey(grouped.labels, positions, drawn);
  const stack = stackOf(entries, TAKEN);
  const fields = rowFields(FIELDS, groups !== null);
  return {
    title: `Weights of kernels ${phase === "init" ? "before" : "after"} training`,
    rule: grouped?.rule ?? null,
    notes: [
      ...analysisNotes(entries),
      "Lines: mean of the kernels' densities (Gaussian kernel estimates)",
      "Bands: one standard deviation",
      ...normalization === "z_score" ? ["Dashed: the standard normal"] : [],
      ...estimates.flatMap((entry) => missingNotes(entry, stack)),
    ],
    width: (sizeOf(stack).width + 20) * Math.max(1, positions.length) + CHARACTER_WIDTH * longestName(stack) +
      (groups ? 200 : 60),
    body: bodyOf(normalization, positions, groups, stack),
    rows: drawn.flatMap((entry) =>
      entry.rows.map((row) => ({ ...stack?.fieldsOf(entry), ...picked(withBand(row), fields) }))
    ),
  };
}

/** The figure of analyses that are not made yet. */
export function weightDistributionOutlook(
  entries: readonly Labelled[],
  normalization: Normalization,
  grouped: boolean,
): FigureOutlook {
  const stack = stackOf(entries, TAKEN);
  return {
    fields: [...Object.keys(stack?.fieldsOf({ labels: {} }) ?? {}), ...rowFields(FIELDS, grouped)],
    body: bodyOf(normalization, POSITIONS, grouped ? GROUPS_TO_COME : null, stack),
  };
}

/** Fields of the data; labels of other names have theirs beside them. */
const FIELDS = ["group", "position", "x", "density", "low", "high"];

/** The names that labels cannot have: those of the fields, and of what the standard normal's layer makes. */
const TAKEN = [...FIELDS, "normal"];

function hasDensity(row: JsonObject): boolean {
  return row.density !== null;
}

const PANEL = { width: 210, height: 210 };
const SMALL_PANEL = { width: 170, height: 90 };

function sizeOf(stack: Side | null): typeof PANEL {
  return stack === null ? PANEL : SMALL_PANEL;
}

const AXES: Readonly<Record<Normalization, string>> = {
  z_score: "(w − mean) / std",
  max_abs: "w / max |w|",
  fan_in: "w √fan-in",
};

function groupKey(
  labels: readonly string[],
  positions: readonly string[],
  entries: readonly KernelEntry[],
): GroupKey {
  const count = (label: string, position: string) =>
    entries.reduce((sum, { rows }) => {
      const row = rows.find((row) => row.group === label && row.position === position);
      return sum + Number(row?.n ?? 0);
    }, 0);
  const present = labels.filter((label) =>
    entries.some(({ rows }) => rows.some((row) => row.group === label))
  );
  const words = (label: string) =>
    `${label} (n = ${positions.map((position) => count(label, position)).join(", ")})`;
  return { labels, legend: new Map(present.map((label) => [label, words(label)])) };
}

function missingNotes(entry: KernelEntry, stack: Side | null): string[] {
  const where = stack === null ? "" : ` in ${stack.fieldsOf(entry)[stack.field]}`;
  return entry.rows.filter((row) => !hasDensity(row)).map(({ group, position, reason }) =>
    `Without a density: ${group}, ${position}${where} (${String(reason).replaceAll("_", " ")})`
  );
}

/** A row with the ends of its band. No density is below 0, whatever the deviation. */
function withBand(row: JsonObject): JsonObject {
  const [mean, sd] = [row.density as number, (row.density_sd ?? 0) as number];
  return { ...row, low: Math.max(0, mean - sd), high: mean + sd };
}

function bodyOf(
  normalization: Normalization,
  positions: readonly string[],
  groups: GroupKey | null,
  stack: Side | null,
): JsonObject {
  return {
    facet: { ...stack && { row: sideFacet(stack, "row") }, column: positionFacet(positions, {}) },
    spacing: stack === null ? 24 : 14,
    ...stack === null && { bounds: "flush" },
    ...stack === null && { resolve: { axis: { x: "independent" } } },
    spec: {
      ...sizeOf(stack),
      layer: layers(normalization, groups, stack === null ? "in each panel" : "in each column"),
    },
  };
}

function layers(normalization: Normalization, groups: GroupKey | null, counted: string): JsonObject[] {
  const x = {
    field: "x",
    type: "quantitative",
    scale: { nice: false },
    axis: { title: AXES[normalization], grid: false, tickCount: 5, format: "~g" },
  };
  const y = { type: "quantitative", axis: { title: "Density", tickCount: 5 } };
  const color = groupColour(groups, {
    title: `Group (kernels ${counted})`,
    symbolType: "stroke",
    symbolStrokeWidth: 3,
  });
  return [
    {
      mark: { type: "area", opacity: 0.14 },
      encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
    },
    { mark: { type: "line", strokeWidth: 2 }, encoding: { x, y: { ...y, field: "density" }, color } },
    ...normalization === "z_score" ? [standardNormal(x, y)] : [],
  ];
}

function standardNormal(x: JsonObject, y: JsonObject): JsonObject {
  return {
    data: { sequence: { start: -4, stop: 4.01, step: 0.05, as: "x" } },
    transform: [{ calculate: "exp(-datum.x * datum.x / 2) / sqrt(2 * PI)", as: "normal" }],
    mark: { type: "line", strokeWidth: 1.2, strokeDash: [5, 3], color: "black" },
    encoding: { x, y: { ...y, field: "normal" } },
  };
}
