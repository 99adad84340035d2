import { type Groups, labelReader } from "../../artifacts/groups.ts";
import type { EpochRow, Population, TrainedMember } from "../../artifacts/population.ts";
import { allOfWords } from "../../core/describe.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Labels, Sourced } from "../../core/stage_kind.ts";
import {
  allLabels,
  CHARACTER_WIDTH,
  commonRule,
  counted,
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
import { linesOfEach, meanRows, withLines } from "./lines.ts";

/** A population that is drawn beside others, and what tells it apart from them. */
export interface PopulationEntry {
  readonly labels: Labels;
  readonly population: Population;
  readonly groups?: Groups;
}

/** The n-th population with the n-th groups; a list of one belongs to all of the other. */
export function populationEntries(
  population: readonly Sourced<Population>[],
  groups?: readonly Sourced<Groups>[],
): PopulationEntry[] {
  return pairsOf(population, groups).map(({ labels, trained, grouped }) => ({
    labels,
    population: trained.value,
    ...grouped && { groups: grouped.value },
  }));
}

/**
 * How the models of each group learn: train loss and test accuracy over the epochs, a thin line a model and a bold line
 * for the mean of a group, as in figure 1 of arXiv 2408.11720. Several populations have panels of their own. Of more
 * than 1,000 models some have lines; the means are those of all.
 * @throws {UserError} If a member of a population has no label
 */
export function convergence(entries: readonly PopulationEntry[]): FigureParts {
  const grid = gridOf(entries, FIELDS);
  const grouped = entries.flatMap(({ groups }) => groups ?? []);
  const labels = entries.flatMap(({ population, groups }) => { // of each model
    const labelOf = groups && labelReader(groups);
    return population.members.map(({ id }) => labelOf?.(id) ?? "");
  });
  const key = grouped.length === 0 ? null : groupKey(allLabels(grouped.map(({ labels }) => labels)), labels);
  const extent = extentOf(entries);
  const sets = entries.flatMap((entry) => [...membersByGroup(entry).values()]);
  const lines = linesOfEach(sets, extent.epochs);
  const drawn = sets.reduce((sum, set) => sum + Math.min(lines, set.length), 0);
  const hasAll = drawn === labels.length;
  return {
    title: `Convergence of ${counted(labels.length, "model")} on ${datasetsOf(entries)}`,
    rule: commonRule(grouped.map(({ rule }) => rule), allLabels(grouped.map(({ labels }) => labels))),
    notes: notesOf(entries, key !== null, hasAll ? "models" : `${drawn} of the ${labels.length} models`),
    width: widthOf(grid),
    body: bodyOf(grid, key, { ...extent, hasMeans: !hasAll }),
    rows: entries.flatMap((entry) => rowsOf(entry, panelFields(grid, entry), key !== null, lines)),
  };
}

/** The figure of populations that are not trained yet. */
export function convergenceOutlook(
  population: readonly Labelled[],
  groups?: readonly Labelled[],
): FigureOutlook {
  const grid = gridOf(pairsOf(population, groups), FIELDS);
  const key = groups === undefined ? null : GROUPS_TO_COME;
  return {
    fields: [...panelFieldNames(grid), ...rowFields(FIELDS, key !== null)],
    body: bodyOf(grid, key, { epochs: 1, losses: [], hasMeans: false }),
  };
}

const PANEL = { width: 290, height: 240 };
const SMALL_PANEL = { width: 150, height: 115 };
type Size = typeof PANEL;

/** Fields of the data; labels of other names have theirs beside them. */
const FIELDS: readonly ("member" | "group" | keyof EpochRow)[] = [
  "member",
  "group",
  "epoch",
  "train_loss",
  "test_accuracy",
];

interface Pair<Trained, Grouped> extends Labelled {
  readonly trained: Trained;
  readonly grouped?: Grouped;
}

function pairsOf<Trained extends Labelled, Grouped extends Labelled>(
  population: readonly Trained[],
  groups?: readonly Grouped[],
): Pair<Trained, Grouped>[] {
  const count = Math.max(population.length, groups?.length ?? 0);
  return Array.from({ length: count }, (_, i) => {
    const [trained, grouped] = [population[i] ?? population[0]!, groups && (groups[i] ?? groups[0]!)];
    return { labels: { ...grouped?.labels, ...trained.labels }, trained, ...grouped && { grouped } };
  });
}

/** Without groups all are of group null. */
function membersByGroup({ population, groups }: PopulationEntry): Map<string | null, TrainedMember[]> {
  const labelOf = groups && labelReader(groups);
  return Map.groupBy(population.members, ({ id }) => labelOf?.(id) ?? null);
}

/** @param lines how many models of each group have one; without lines of all the means have rows, of member null */
function rowsOf(entry: PopulationEntry, panel: JsonObject, grouped: boolean, lines: number): JsonObject[] {
  const { population, groups } = entry;
  const labelOf = groups && labelReader(groups);
  const fields = rowFields(FIELDS, grouped);
  const rowOf = (row: JsonObject, member: string | null, group: string | null) => ({
    ...panel,
    ...picked({ ...row, member, group }, fields),
  });
  const lineOf = ({ id, epochs }: TrainedMember) =>
    epochs.map((row) => rowOf({ ...row }, id, labelOf?.(id) ?? null));
  if (lines === Infinity) return population.members.flatMap(lineOf);
  return [...membersByGroup(entry)].flatMap(([group, members]) => [
    ...withLines(members, lines).flatMap(lineOf),
    ...meanRows(members).map((row) => rowOf(row, null, group)),
  ]);
}

function datasetsOf(entries: readonly PopulationEntry[]): string {
  const sources = [...new Set(entries.map(({ population }) => population.dataset.source))];
  if (sources.length > 3) return counted(sources.length, "data set");
  return allOfWords(sources);
}

function widthOf(grid: Grid | null): number {
  if (grid === null) return 2 * PANEL.width + 240;
  const width = columnsOf(grid) * (SMALL_PANEL.width + 20) + CHARACTER_WIDTH * longestName(grid.down);
  return (standAside(grid) ? 2 : 1) * (width + 40) + 140;
}

/** Whether loss and accuracy stand beside each other. */
function standAside(grid: Grid | null): boolean {
  return grid === null || grid.down !== null && columnsOf(grid) <= 3;
}

/** One quantity in all panels: its name stands over them, once. */
function faceted({ down, across }: Grid, title: string, spec: JsonObject): JsonObject {
  return {
    title: panelsTitle(title),
    facet: { ...down && { row: sideFacet(down, "row") }, column: sideFacet(across, "column") },
    spacing: 14,
    spec,
  };
}

function notesOf(entries: readonly PopulationEntry[], grouped: boolean, lines: string): string[] {
  const sum = (count: (population: Population) => number) =>
    entries.reduce((total, { population }) => total + count(population), 0);
  const [trained, planned] = [sum(({ members }) => members.length), sum(({ planned }) => planned)];
  const unfinished = trained < planned ? [`${trained} of ${counted(planned, "model")} trained`] : [];
  const stopped = sum(({ members }) => members.filter(({ status }) => status === "stopped_early").length);
  const means = `Bold lines: mean of ${grouped ? "a group" : "all models"}`;
  const early = stopped > 0
    ? [`${counted(stopped, "model")} stopped early: means are of those still trained`]
    : [];
  return [...unfinished, `Thin lines: ${lines}`, means, ...early];
}

function groupKey(labels: readonly string[], drawn: readonly string[]): GroupKey {
  const present = labels.filter((label) => drawn.includes(label));
  const words = (label: string) => `${label} (n = ${drawn.filter((other) => other === label).length})`;
  return { labels, legend: new Map(present.map((label) => [label, words(label)])) };
}

/** What axes reach to. */
interface Extent {
  readonly epochs: number;
  readonly losses: readonly number[];
}

interface Drawn extends Extent {
  /** Whether the data hold the means, as rows of member null; else they are those of the rows. */
  readonly hasMeans: boolean;
}

function extentOf(entries: readonly PopulationEntry[]): Extent {
  return {
    epochs: entries.flatMap(({ population }) => population.members)
      .reduce((most, { epochs }) => Math.max(most, epochs.length), 1),
    losses: entries.flatMap(({ population }) => population.members.flatMap(lossesOf)),
  };
}

function lossesOf({ epochs }: TrainedMember): number[] {
  return epochs.map(({ train_loss }) => train_loss).filter((loss) => loss !== null);
}

function bodyOf(grid: Grid | null, groups: GroupKey | null, { epochs, losses, hasMeans }: Drawn): JsonObject {
  const accuracy = { title: "Test accuracy", scale: LINEAR, ticks: { tickCount: 6, format: "~%" } };
  const draw = (field: string, y: Scale) =>
    grid === null ? panel(field, y, { epochs, hasMeans }, groups, PANEL) : faceted(
      grid,
      y.title!,
      panel(field, { ...y, title: null }, { epochs, hasMeans }, groups, SMALL_PANEL),
    );
  return {
    [standAside(grid) ? "hconcat" : "vconcat"]: [
      draw("train_loss", lossScale(losses)),
      draw("test_accuracy", accuracy),
    ],
    spacing: 30,
  };
}

interface Scale {
  /** Null where it stands over the panels. */
  readonly title: string | null;
  readonly scale: JsonObject;
  readonly ticks: JsonObject;
}

/** Room at both ends, in pixels, so that no line runs along an axis. */
const LINEAR: JsonObject = { zero: false, nice: false, padding: 8 };

/** Logarithmic where losses span more than a power of ten: else the good models would all be one line. */
function lossScale(losses: readonly number[]): Scale {
  const least = losses.reduce((a, b) => Math.min(a, b), Infinity);
  const most = losses.reduce((a, b) => Math.max(a, b), -Infinity);
  if (least <= 0 || most <= 10 * least) {
    return { title: "Train loss (nats)", scale: LINEAR, ticks: { tickCount: 6 } };
  }
  return {
    title: "Train loss (nats, log scale)",
    scale: { type: "log", nice: false, padding: 8 },
    ticks: { values: logTicks(least, most), format: "~g", ...SHORT_LABELS },
  };
}

/** Powers of ten from below `least` to above `most`; over less than three powers, 2 and 5 times these too. */
function logTicks(least: number, most: number): number[] {
  const factors = most < 1000 * least ? [1, 2, 5] : [1];
  const powers = Array.from(
    { length: Math.ceil(Math.log10(most)) - Math.floor(Math.log10(least)) + 1 },
    (_, i) => Math.floor(Math.log10(least)) + i,
  );
  return powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)));
}

function panel(
  field: string,
  y: Scale,
  { epochs, hasMeans }: Pick<Drawn, "epochs" | "hasMeans">,
  groups: GroupKey | null,
  size: Size,
): JsonObject {
  const dots = epochs === 1; // else each line would be one small dot
  const only = (filter: string): JsonObject => hasMeans ? { transform: [{ filter }] } : {};
  return {
    ...size,
    encoding: {
      x: {
        field: "epoch",
        type: "quantitative",
        scale: { domain: dots ? [0, 2] : [1, epochs], nice: false },
        axis: { title: "Epoch", tickMinStep: 1, format: "d", grid: false, ...dots && { values: [1] } },
      },
      color: groupColour(groups, { symbolType: "stroke", symbolStrokeWidth: 3 }),
    },
    layer: [
      {
        ...only("datum.member !== null"),
        mark: {
          ...LINE,
          strokeWidth: 0.8,
          opacity: 0.4,
          ...dots && { point: { size: 12, opacity: 0.4 } },
        },
        encoding: { y: yChannel(field, y), detail: { field: "member", type: "nominal" } },
      },
      {
        ...only("datum.member === null"),
        mark: { ...LINE, strokeWidth: 2.8, ...dots && { point: { size: 60 } } },
        encoding: { y: { aggregate: "mean", ...yChannel(field, y) } },
      },
    ],
  };
}

/** With round ends, so that a model that diverged after one epoch leaves a dot: a line of no length shows no other. */
const LINE: JsonObject = { type: "line", strokeCap: "round" };

function yChannel(field: string, { title, scale, ticks }: Scale): JsonObject {
  return { field, type: "quantitative", scale, axis: { title, ...ticks } };
}
