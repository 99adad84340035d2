import type { JsonObject } from "../../core/json.ts";
import {
  CHARACTER_WIDTH,
  counted,
  drawnLabels,
  type FigureOutlook,
  type FigureParts,
  groupColour,
  type GroupKey,
  GROUPS_TO_COME,
  panelsTitle,
  picked,
  rowFields,
  SHORT_LABELS,
} from "./figure_spec.ts";
import {
  columnsOf,
  type Grid,
  gridOf,
  longestName,
  panelFieldNames,
  panelFields,
  sideFacet,
} from "./grid.ts";
import type { Labelled } from "./label_fields.ts";
import type { Phase, Statistic } from "./schema.ts";
import { missingNotes, TITLES } from "./statistic_words.ts";
import {
  analysisNotes,
  groupsOf,
  type KernelEntry,
  positionFacet,
  POSITIONS,
  positionsIn,
} from "./weights_rows.ts";

/**
 * Statistics of kernels by group and layer: a row of panels a statistic, a column a position, a point a kernel, and box
 * plots after Tukey (box: quartiles; whiskers: the last points within 1.5 times the box). Several analyses have panels of
 * their own, in which the positions stand side by side.
 * @param entries rows of tables `statistics` that belong to kernels in this phase
 */
export function weightStatistics(
  entries: readonly KernelEntry[],
  statistics: readonly Statistic[],
  phase: Phase,
): FigureParts {
  const rows = entries.flatMap((entry) => entry.rows);
  const positions = positionsIn(rows);
  const grouped = groupsOf(entries);
  const groups = grouped && groupKey(grouped.labels, entries);
  const fields = fieldsOf(statistics);
  const grid = gridOf(entries, fields);
  const across = grid === null ? positions.length : columnsOf(grid);
  return {
    title: `Statistics of kernels ${WHEN[phase]}`,
    rule: grouped?.rule ?? null,
    notes: [
      ...analysisNotes(entries),
      ...grid === null
        ? [`A point is a kernel, ${rows.length} in all`]
        : [`${counted(rows.length, "kernel")} in all`],
      "Boxes: quartiles; whiskers: up to 1.5 boxes",
      ...missingNotes(statistics, rows),
    ],
    width: (panelWidth(positions, groups, grid) + 20) * across +
      CHARACTER_WIDTH * longestName(grid?.down ?? null) + (groups ? 180 : 60),
    body: bodyOf(statistics, positions, groups, grid),
    rows: entries.flatMap((entry) =>
      entry.rows.map((row) => ({
        ...panelFields(grid, entry),
        ...picked(row, rowFields(fields, groups !== null)),
      }))
    ),
  };
}

/** The figure of analyses that are not made yet. */
export function weightStatisticsOutlook(
  entries: readonly Labelled[],
  statistics: readonly Statistic[],
  grouped: boolean,
): FigureOutlook {
  const fields = fieldsOf(statistics);
  const grid = gridOf(entries, fields);
  return {
    fields: [...panelFieldNames(grid), ...rowFields(fields, grouped)],
    body: bodyOf(statistics, POSITIONS, grouped ? GROUPS_TO_COME : null, grid),
  };
}

/** Fields of the data; labels of other names have theirs beside them. */
function fieldsOf(statistics: readonly Statistic[]): string[] {
  return ["group", "position", ...statistics];
}

const MIN_PANEL = 130;
const MIN_GROUP = 42;
const PANEL_HEIGHT = 130;

const WHEN: Readonly<Record<Phase, string>> = {
  init: "before training",
  final: "after training",
  difference: "after training less those before",
};

function groupKey(labels: readonly string[], entries: readonly KernelEntry[]): GroupKey {
  const membersOf = (label: string, { rows }: KernelEntry) =>
    new Set(rows.filter((row) => row.group === label).map((row) => row.member)).size;
  const count = (label: string) => entries.reduce((sum, entry) => sum + membersOf(label, entry), 0);
  const present = labels.map((label) => [label, count(label)] as const).filter(([, n]) => n > 0);
  return {
    labels,
    legend: new Map(present.map(([label, n]) => [label, `${label} (${counted(n, "model")})`])),
  };
}

function bodyOf(
  statistics: readonly Statistic[],
  positions: readonly string[],
  groups: GroupKey | null,
  grid: Grid | null,
): JsonObject {
  const width = panelWidth(positions, groups, grid);
  return {
    vconcat: statistics.map((statistic, i) => {
      const place = { top: i === 0, bottom: i === statistics.length - 1 };
      return grid === null
        ? panelRow(statistic, positions, groups, width, place)
        : panelGrid(statistic, positions, groups, width, grid, place);
    }),
    spacing: 14,
  };
}

/** Wide enough that the labels of the groups stand side by side. */
function panelWidth(positions: readonly string[], groups: GroupKey | null, grid: Grid | null): number {
  if (grid !== null) return smallPanelWidth(positions, groups);
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
    y: yChannel(statistic),
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
          mark: boxplot(22, 0.2),
          encoding: shared,
        },
      ],
    },
  };
}

/** A grid of analyses: in each panel the positions side by side, at each a box a group. */
function panelGrid(
  statistic: Statistic,
  positions: readonly string[],
  groups: GroupKey | null,
  width: number,
  { down, across }: Grid,
  { top, bottom }: { top: boolean; bottom: boolean },
): JsonObject {
  return {
    title: panelsTitle(TITLES[statistic]),
    facet: {
      ...down && { row: sideFacet(down, "row") },
      column: sideFacet(across, "column", { top }),
    },
    spacing: 12,
    spec: {
      width,
      height: SMALL_PANEL_HEIGHT,
      transform: [{ filter: `isValid(datum.${statistic})` }],
      mark: boxplot(BOX, 0.5),
      encoding: {
        x: {
          field: "position",
          type: "ordinal",
          scale: { domain: positions, paddingInner: 0.15, paddingOuter: 0.1 },
          axis: bottom
            ? { title: "Layers", labelAngle: 0, labelPadding: 5 }
            : { title: null, labels: false, ticks: false },
        },
        ...groups && { xOffset: { field: "group", type: "nominal", scale: { domain: drawnLabels(groups) } } },
        y: yChannel(statistic, null),
        color: groupColour(groups, { symbolType: "circle", symbolStrokeWidth: 0, symbolSize: 80 }),
      },
    },
  };
}

const BOX = 10;
const SMALL_PANEL_HEIGHT = 90;

function smallPanelWidth(positions: readonly string[], groups: GroupKey | null): number {
  return Math.max(110, positions.length * ((groups?.legend.size ?? 1) * (BOX + 4) + 12));
}

function yChannel(statistic: Statistic, title: string | null = TITLES[statistic]): JsonObject {
  return {
    field: statistic,
    type: "quantitative",
    scale: { zero: false },
    axis: { title, minExtent: 50, maxExtent: 50, tickCount: 5, ...SHORT_LABELS },
  };
}

function boxplot(size: number, fillOpacity: number): JsonObject {
  return {
    type: "boxplot",
    extent: 1.5,
    size,
    outliers: false,
    box: { fillOpacity, stroke: "#444444", strokeWidth: 0.8 },
    median: { color: "black", strokeWidth: 2 },
    rule: { color: "#444444", strokeWidth: 0.8 },
  };
}
