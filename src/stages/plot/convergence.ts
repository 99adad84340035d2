import { type Groups, labelReader } from "../../artifacts/groups.ts";
import type { Population } from "../../artifacts/population.ts";
import type { JsonObject } from "../../core/json.ts";
import { counted, type FigureParts, groupColour, type GroupKey } from "./figure_spec.ts";

/**
 * How the models of each group learn: train loss and test accuracy over the epochs, a thin line a model and a bold line
 * for the mean of a group, as in figure 1 of arXiv 2408.11720.
 * @throws {UserError} If a member of the population has no label
 */
export function convergence(population: Population, groups?: Groups): FigureParts {
  const labelOf = groups && labelReader(groups);
  const rows = population.members.flatMap(({ id, epochs }) =>
    epochs.map(({ epoch, train_loss, test_accuracy }): JsonObject => ({
      member: id,
      ...labelOf && { group: labelOf(id) },
      epoch,
      train_loss,
      test_accuracy,
    }))
  );
  const key = groups && labelOf
    ? groupKey(groups.labels, population.members.map(({ id }) => labelOf(id)))
    : null;
  return {
    title: `Convergence of ${counted(population.members.length, "model")} on ${population.dataset.source}`,
    rule: groups?.rule ?? null,
    notes: notesOf(population, groups),
    width: 2 * PANEL.width + 240,
    body: { hconcat: panels(population, key), spacing: 30 },
    rows,
  };
}

const PANEL = { width: 290, height: 240 };

function notesOf({ members, planned }: Population, groups?: Groups): string[] {
  const unfinished = members.length < planned
    ? [`${members.length} of ${counted(planned, "model")} trained`]
    : [];
  return [...unfinished, "Thin lines: models", `Bold lines: mean of ${groups ? "a group" : "all models"}`];
}

function groupKey(labels: readonly string[], drawn: readonly string[]): GroupKey {
  const present = labels.filter((label) => drawn.includes(label));
  const words = (label: string) => `${label} (n = ${drawn.filter((other) => other === label).length})`;
  return { labels, legend: new Map(present.map((label) => [label, words(label)])) };
}

function panels({ members, epochs }: Population, groups: GroupKey | null): JsonObject[] {
  const loss = lossScale(
    members.flatMap((member) => member.epochs.map((row) => row.train_loss)).filter((loss) => loss !== null),
  );
  const accuracy = { title: "Test accuracy", scale: LINEAR, ticks: { tickCount: 6, format: "~%" } };
  return [
    panel("train_loss", loss, epochs, groups),
    panel("test_accuracy", accuracy, epochs, groups),
  ];
}

interface Scale {
  readonly title: string;
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
    ticks: { values: logTicks(least, most), format: "~g" },
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

function panel(field: string, y: Scale, epochs: number, groups: GroupKey | null): JsonObject {
  const dots = epochs === 1; // else each line would be one small dot
  return {
    ...PANEL,
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
        mark: {
          ...LINE,
          strokeWidth: 0.8,
          opacity: 0.4,
          ...dots && { point: { size: 12, opacity: 0.4 } },
        },
        encoding: { y: yChannel(field, y), detail: { field: "member", type: "nominal" } },
      },
      {
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
