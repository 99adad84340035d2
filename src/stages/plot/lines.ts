import type { EpochRow, TrainedMember } from "../../artifacts/population.ts";

/** More lines than this nobody tells apart. */
const MOST_LINES = 1000;
/** Of all lines together: what Vega-Lite draws in a minute and in less than 1 GiB. */
const MOST_POINTS = 100_000;

/**
 * How many models of each set have a line of their own.
 * @param sets the models of one panel and group each
 * @returns Infinity where all have
 */
export function linesOfEach(sets: readonly (readonly TrainedMember[])[], epochs: number): number {
  const most = Math.min(MOST_LINES, MOST_POINTS / epochs);
  const models = sets.reduce((sum, { length }) => sum + length, 0);
  return models <= most ? Infinity : Math.max(1, Math.floor(most / sets.length));
}

/** The models that have lines, by seed: a choice at random that depends on neither settings nor results. */
export function withLines(members: readonly TrainedMember[], count: number): readonly TrainedMember[] {
  if (members.length <= count) return members;
  return members.toSorted((a, b) => a.seed < b.seed ? -1 : 1).slice(0, count);
}

/** What lines show of the mean of all models, by epoch. Values that are not finite do not count. */
export function meanRows(
  members: readonly TrainedMember[],
): Pick<EpochRow, "epoch" | "train_loss" | "test_accuracy">[] {
  const byEpoch = Map.groupBy(members.values().flatMap(({ epochs }) => epochs), ({ epoch }) => epoch);
  return [...byEpoch].map(([epoch, rows]) => ({
    epoch,
    train_loss: meanOf(rows.map(({ train_loss }) => train_loss)),
    test_accuracy: meanOf(rows.map(({ test_accuracy }) => test_accuracy))!,
  }));
}

function meanOf(values: readonly (number | null)[]): number | null {
  const finite = values.filter((value) => value !== null);
  return finite.length === 0 ? null : finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
