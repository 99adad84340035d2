import type { Analysis } from "../../artifacts/analysis.ts";
import type { JsonObject } from "../../core/json.ts";
import {
  CHARACTER_WIDTH,
  counted,
  drawnLabels,
  type FigureParts,
  groupColour,
  type GroupKey,
} from "./figure_spec.ts";
import type { Phase, Statistic } from "./schema.ts";
import { analysisNotes, positionFacet, positionsIn } from "./weights_rows.ts";

/**
 * Statistics of kernels by group and layer: a row of panels a statistic, a column a position, a point a kernel, and box
 * plots after Tukey (box: quartiles; whiskers: the last points within 1.5 times the box).
 * @param rows rows of table `statistics` that belong to kernels in this phase
 */
export function weightStatistics(
  analysis: Analysis,
  rows: readonly JsonObject[],
  statistics: readonly Statistic[],
  phase: Phase,
): FigureParts {
  const positions = positionsIn(rows);
  const groups = analysis.groups && groupKey(analysis.groups.labels, rows);
  const width = panelWidth(groups);
  return {
    title: `Statistics of kernels ${WHEN[phase]}`,
    rule: analysis.groups?.rule ?? null,
    notes: [
      ...analysisNotes(analysis),
      `A point is a kernel, ${rows.length} in all`,
      "Boxes: quartiles; whiskers: up to 1.5 boxes",
      ...statistics.flatMap((statistic) => missingNote(statistic, rows)),
    ],
    width: (width + 20) * positions.length + (groups ? 180 : 60),
    body: {
      vconcat: statistics.map((statistic, i) =>
        panelRow(statistic, positions, groups, width, { top: i === 0, bottom: i === statistics.length - 1 })
      ),
      spacing: 14,
    },
    rows: rows.map((row) => ({
      ...groups && { group: row.group! },
      position: row.position!,
      ...Object.fromEntries(statistics.map((statistic) => [statistic, row[statistic]!])),
    })),
  };
}

const MIN_PANEL = 130;
const MIN_GROUP = 42;
const PANEL_HEIGHT = 130;

const WHEN: Readonly<Record<Phase, string>> = {
  init: "before training",
  final: "after training",
  difference: "after training less those before",
};

const TITLES: Readonly<Record<Statistic, string>> = {
  mean: "Mean",
  std: "Standard deviation",
  std_times_sqrt_fan_in: "Std × √fan-in",
  skewness: "Skewness",
  excess_kurtosis: "Excess kurtosis",
  min: "Minimum",
  max: "Maximum",
  l1: "L1 norm",
  l2: "L2 norm",
  sparsity: "Share of |w| < 0.001",
};

function groupKey(labels: readonly string[], rows: readonly JsonObject[]): GroupKey {
  const membersOf = (label: string) =>
    new Set(rows.filter((row) => row.group === label).map((row) => row.member));
  const present = labels.map((label) => [label, membersOf(label).size] as const).filter(([, n]) => n > 0);
  return {
    labels,
    legend: new Map(present.map(([label, n]) => [label, `${label} (${counted(n, "model")})`])),
  };
}

function missingNote(statistic: Statistic, rows: readonly JsonObject[]): string[] {
  const missing = rows.filter((row) => row[statistic] === null);
  if (missing.length === 0) return [];
  const reasons = [...new Set(missing.map((row) => String(row.reason).replaceAll("_", " ")))].sort().join(
    ", ",
  );
  const share = `${missing.length} of ${counted(rows.length, "kernel")}`;
  return [`No ${TITLES[statistic].toLowerCase()}: ${share} (${reasons})`];
}

/** Wide enough that the labels of the groups stand side by side. */
function panelWidth(groups: GroupKey | null): number {
  if (groups === null) return MIN_PANEL;
  const longest = Math.max(...drawnLabels(groups).map((label) => label.length));
  const each = Math.max(MIN_GROUP, Math.round(CHARACTER_WIDTH * longest) + 8);
  return Math.max(MIN_PANEL, each * groups.legend.size);
}

function panelRow(
  statistic: Statistic,
  positions: readonly string[],
  groups: GroupKey | null,
  width: number,
  { top, bottom }: { top: boolean; bottom: boolean },
): JsonObject {
  const y = {
    field: statistic,
    type: "quantitative",
    scale: { zero: false },
    axis: { title: TITLES[statistic], minExtent: 42, maxExtent: 42, tickCount: 5 },
  };
  const x: JsonObject | null = groups && {
    field: "group",
    type: "nominal",
    scale: { domain: drawnLabels(groups) },
    axis: bottom
      ? { title: null, labelAngle: 0, labelPadding: 5 }
      : { title: null, labels: false, ticks: false },
  };
  const shared: JsonObject = {
    ...x && { x },
    y,
    color: groupColour(groups, { symbolType: "circle", symbolStrokeWidth: 0, symbolSize: 80 }),
  };
  return {
    facet: { column: positionFacet(positions, top ? {} : { labels: false }) },
    spacing: 14,
    resolve: { axis: { x: "independent" } },
    spec: {
      width,
      height: PANEL_HEIGHT,
      transform: [
        { filter: `isValid(datum.${statistic})` },
        // Points spread sideways by multiples of the golden ratio: even, and the same on every drawing.
        {
          window: [{ op: "row_number", as: "place" }],
          groupby: groups ? ["position", "group"] : ["position"],
        },
        { calculate: "(datum.place * 0.618034) % 1", as: "spread" },
      ],
      layer: [
        {
          mark: { type: "point", filled: true, size: 14, opacity: 0.45 },
          encoding: {
            ...shared,
            xOffset: { field: "spread", type: "quantitative", scale: { domain: [-0.6, 1.6] } },
          },
        },
        {
          mark: {
            type: "boxplot",
            extent: 1.5,
            size: 22,
            outliers: false,
            box: { fillOpacity: 0.2, stroke: "#444444", strokeWidth: 0.8 },
            median: { color: "black", strokeWidth: 2 },
            rule: { color: "#444444", strokeWidth: 0.8 },
          },
          encoding: shared,
        },
      ],
    },
  };
}
