import type { Analysis } from "../../artifacts/analysis.ts";
import type { JsonObject } from "../../core/json.ts";
import { type FigureParts, groupColour, type GroupKey } from "./figure_spec.ts";
import type { Normalization, Phase } from "./schema.ts";
import { analysisNotes, positionFacet, positionsIn } from "./weights_rows.ts";

/**
 * Densities of normalized weights by group, a panel a position: the mean over kernels of their kernel density estimates,
 * and a band of one standard deviation of these around it. With z-scores the standard normal is there to compare.
 * @param rows rows of table `distribution` that belong to kernels in this phase
 */
export function weightDistribution(
  analysis: Analysis,
  rows: readonly JsonObject[],
  normalization: Normalization,
  phase: Phase,
): FigureParts {
  const estimates = rows.filter((row) => row.normalization === normalization && row.estimate === "kde");
  const drawn = estimates.filter((row) => row.density !== null);
  const positions = positionsIn(drawn);
  const groups = analysis.groups && groupKey(analysis.groups.labels, positions, drawn);
  return {
    title: `Weights of kernels ${phase === "init" ? "before" : "after"} training`,
    rule: analysis.groups?.rule ?? null,
    notes: [
      ...analysisNotes(analysis),
      "Lines: mean of the kernels' densities (Gaussian kernel estimates)",
      "Bands: one standard deviation",
      ...normalization === "z_score" ? ["Dashed: the standard normal"] : [],
      ...estimates.filter((row) => row.density === null).map(missingNote),
    ],
    width: (PANEL.width + 20) * Math.max(1, positions.length) + (groups ? 200 : 60),
    body: {
      facet: { column: positionFacet(positions, {}) },
      spacing: 24,
      bounds: "flush",
      resolve: { axis: { x: "independent" } },
      spec: { ...PANEL, layer: layers(normalization, groups) },
    },
    rows: drawn.map((row) => bandRow(row, groups !== null)),
  };
}

const PANEL = { width: 210, height: 210 };

const AXES: Readonly<Record<Normalization, string>> = {
  z_score: "(w − mean) / std",
  max_abs: "w / max |w|",
  fan_in: "w √fan-in",
};

function groupKey(
  labels: readonly string[],
  positions: readonly string[],
  rows: readonly JsonObject[],
): GroupKey {
  const count = (label: string, position: string) =>
    rows.find((row) => row.group === label && row.position === position)?.n ?? 0;
  const present = labels.filter((label) => rows.some((row) => row.group === label));
  const words = (label: string) =>
    `${label} (n = ${positions.map((position) => count(label, position)).join(", ")})`;
  return { labels, legend: new Map(present.map((label) => [label, words(label)])) };
}

function missingNote({ group, position, reason }: JsonObject): string {
  return `Without a density: ${group}, ${position} (${String(reason).replaceAll("_", " ")})`;
}

/** No density is below 0, whatever the deviation. */
function bandRow({ group, position, x, density, density_sd }: JsonObject, grouped: boolean): JsonObject {
  const [mean, sd] = [density as number, (density_sd ?? 0) as number];
  return {
    ...grouped && { group: group! },
    position: position!,
    x: x!,
    density: mean,
    low: Math.max(0, mean - sd),
    high: mean + sd,
  };
}

function layers(normalization: Normalization, groups: GroupKey | null): JsonObject[] {
  const x = {
    field: "x",
    type: "quantitative",
    scale: { nice: false },
    axis: { title: AXES[normalization], grid: false, tickCount: 5, format: "~g" },
  };
  const y = { type: "quantitative", axis: { title: "Density", tickCount: 5 } };
  const color = groupColour(groups, {
    title: "Group (kernels in each panel)",
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
