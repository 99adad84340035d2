import type { Digest } from "../../core/digest.ts";
import type { ItemContext } from "../../core/stage_kind.ts";
import { Course, type Duration } from "../../engine/course.ts";
import { epochRow, evaluate, type EvaluatedSplit, type Evaluations } from "../../engine/evaluation.ts";
import type { Program } from "../../engine/program.ts";
import type { TrainingState, Weights } from "../../engine/training.ts";
import type { Known, StateAt } from "./known.ts";

/** What is wanted of a training. */
export interface Wanted extends Duration {
  /** The epochs after which weights are recorded, ascending. */
  readonly recorded: readonly number[];
  /** The identities of the splits that it is evaluated on. */
  readonly splits: { readonly test: Digest } & Partial<Record<EvaluatedSplit, Digest>>;
}

/**
 * The rows of a training as far as saved states know them, up to its end. Weights that were kept but not evaluated on a
 * wanted split are evaluated now; what that gives is added to what is known.
 */
export async function readCourse(
  known: Known,
  program: Program,
  wanted: Wanted,
  { signal, progress }: Pick<ItemContext, "signal" | "progress">,
): Promise<Course> {
  const course = new Course(wanted);
  for (const [i, train] of known.longest?.train.entries() ?? []) {
    if (course.isOver) break;
    signal.throwIfAborted();
    const epoch = i + 1;
    const tell = () => progress(i / wanted.epochs, `evaluates the weights after epoch ${epoch}`);
    const evaluations = await evaluationsAfter(epoch, known, program, wanted.splits, tell);
    if (evaluations === undefined) break;
    course.add(epochRow(epoch, train, evaluations));
  }
  return course;
}

/** All weights that the result of a training that is over has but the initial ones, or undefined where some are not known. */
export function finishedWeights(
  known: Known,
  course: Course,
  { recorded }: Wanted,
): Promise<ReadonlyMap<number, Weights> | undefined> {
  return known.weightsAfterAll([...reached(recorded, course.rows.length), course.finalEpoch]);
}

/**
 * Where to go on from: the furthest place from which all that is still missing comes on the way. The rows up to it must be
 * known, and the weights up to it that the result has or its rule may restore.
 * @param keeps whether the weights after an epoch are handed on, where they are known
 */
export async function findPlace(
  known: Known,
  course: Course,
  wanted: Wanted,
  keeps: (epoch: number) => boolean,
): Promise<TrainingState | undefined> {
  const isBefore = ({ train }: StateAt) =>
    course.isOver ? train.length < course.rows.length : train.length <= course.rows.length;
  for (const place of known.places.filter(isBefore)) {
    const before = courseUpTo(place.train.length, course, wanted);
    const needed = [
      ...reached(wanted.recorded, before.rows.length),
      ...(before.bestEpoch === null ? [] : [before.bestEpoch]),
    ];
    const state = await stateAt(place, before, known, needed, keeps);
    if (state !== undefined) return state;
  }
}

async function stateAt(
  place: StateAt,
  { rows: epochs }: Course,
  known: Known,
  needed: readonly number[],
  keeps: (epoch: number) => boolean,
): Promise<TrainingState | undefined> {
  const state = await known.stateAt(place);
  const weightsAfter = state && await known.weightsAfterAll(needed);
  if (state === undefined || weightsAfter === undefined) return undefined;
  for (const epoch of reached(known.keptEpochs, epochs.length).filter(keeps)) {
    const weights = await known.weightsAfter(epoch);
    if (weights !== undefined) weightsAfter.set(epoch, weights);
  }
  const { step, sums: { loss, correct } } = place.at;
  return { ...state, epochs, step, sums: { loss: loss ?? NaN, correct }, weightsAfter };
}

async function evaluationsAfter(
  epoch: number,
  known: Known,
  program: Program,
  splits: Wanted["splits"],
  tell: () => void,
): Promise<Evaluations | undefined> {
  const evaluations: Partial<Record<EvaluatedSplit, Evaluations["test"]>> = {};
  for (const [split, digest] of Object.entries(splits) as [EvaluatedSplit, Digest][]) {
    const rows = known.evaluations[digest] ??= [];
    if (rows.length < epoch) {
      const weights = await known.weightsAfter(epoch);
      if (weights === undefined) return undefined;
      tell();
      program.start(weights);
      rows.push(await evaluate(program, split));
    }
    evaluations[split] = rows[epoch - 1]!;
  }
  return evaluations as Evaluations;
}

function courseUpTo(epoch: number, { rows }: Course, duration: Duration): Course {
  const course = new Course(duration);
  for (const row of rows.slice(0, epoch)) course.add(row);
  return course;
}

function reached(epochs: readonly number[], last: number): number[] {
  return epochs.filter((epoch) => epoch <= last);
}
