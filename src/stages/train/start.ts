import { UserError } from "../../core/diagnostic.ts";
import type { Digest } from "../../core/digest.ts";
import type { ItemContext } from "../../core/stage_kind.ts";
import type { Program } from "../../engine/program.ts";
import { testColumns, type TrainingState } from "../../engine/training.ts";
import {
  readArrays,
  readState,
  type StateArrays,
  type StateValue,
  type TestRow,
  type Tests,
} from "./state.ts";

/** What saved states spare a training. */
export interface Start {
  /** Its epochs, no more than are wanted, as evaluated on the test split that is wanted, and where it goes on from. */
  readonly state: TrainingState;
  /** The saved one. */
  readonly from: StateValue;
  /** What all saved ones know of evaluations, and whether that was all that is wanted. */
  readonly tests: Tests;
  readonly isEvaluated: boolean;
}

/** What is wanted of a training. */
export interface Wanted {
  readonly epochs: number;
  readonly evaluation: Digest;
}

/**
 * The saved state that spares most, or undefined where none serves. One serves if it is no further than wanted, or has the
 * weights after the last epoch that is wanted, and if the weights that must still be evaluated were kept. One that is
 * damaged or of another format counts as missing.
 */
export async function findStart(
  program: Program,
  wanted: Wanted,
  { states, objects, signal, progress }: Pick<ItemContext, "states" | "objects" | "signal" | "progress">,
): Promise<Start | undefined> {
  const known = states.flatMap((saved) => readState(saved) ?? []);
  const tests = allTests(known);
  for (const from of servingStates(known.map((state) => ({ ...state, tests })), wanted)) {
    const arrays = await readArrays(from, program, objects).catch(nothingIfUnreadable);
    if (arrays === undefined) continue;
    const rows = [...tests[wanted.evaluation] ?? []];
    const missing = epochsToTest(from, wanted);
    for (const epoch of missing) {
      signal.throwIfAborted();
      progress((epoch - 1) / wanted.epochs, `evaluates the weights after epoch ${epoch}`);
      rows.push(await evaluate(program, arrays.weightsAfter.get(epoch)!));
    }
    return { from, tests, isEvaluated: missing.length === 0, state: stateOf(from, arrays, rows, wanted) };
  }
}

/** By test split, the longest of what the states know. */
function allTests(states: readonly StateValue[]): Tests {
  const all: Record<string, readonly TestRow[]> = {};
  for (const [split, rows] of states.flatMap(({ tests }) => Object.entries(tests))) {
    if (rows.length > (all[split]?.length ?? 0)) all[split] = rows;
  }
  return all;
}

/** Those that serve: the one that spares most steps first, and of such the one that knows most weights. */
function servingStates(states: readonly StateValue[], wanted: Wanted): StateValue[] {
  const spared = ({ train, step }: StateValue) =>
    train.length >= wanted.epochs ? [wanted.epochs, 0] : [train.length, step];
  const order = (state: StateValue) => [...spared(state), state.kept.length];
  return states.filter((state) => serves(state, wanted)).sort((a, b) => compare(order(b), order(a)));
}

function serves(state: StateValue, wanted: Wanted): boolean {
  const needed = [...epochsToTest(state, wanted), ...isBeyond(state, wanted) ? [wanted.epochs] : []];
  return needed.every((epoch) => hasWeightsAfter(state, epoch));
}

function isBeyond({ train, step }: StateValue, { epochs }: Wanted): boolean {
  return train.length > epochs || (train.length === epochs && step > 0);
}

/** The epochs, of those that are wanted, that are not evaluated on the test split. */
function epochsToTest({ train, tests }: StateValue, { epochs, evaluation }: Wanted): number[] {
  const last = Math.min(train.length, epochs);
  const tested = tests[evaluation]?.length ?? 0;
  return Array.from({ length: Math.max(0, last - tested) }, (_, i) => tested + 1 + i);
}

function hasWeightsAfter({ train, step, kept }: StateValue, epoch: number): boolean {
  return kept.includes(epoch) || (step === 0 && epoch === train.length);
}

/** The state itself or, where less is wanted, that after the last epoch which is: no step follows it. */
function stateOf(
  from: StateValue,
  arrays: StateArrays,
  tests: readonly TestRow[],
  wanted: Wanted,
): TrainingState {
  const { train, step, sums: { loss, correct } } = from;
  const epochs = train.slice(0, wanted.epochs).map((row, i) => ({ epoch: i + 1, ...row, ...tests[i]! }));
  const sums = { loss: loss ?? NaN, correct };
  if (!isBeyond(from, wanted)) return { ...arrays, epochs, step, sums };
  return { ...arrays, epochs, step: 0, sums, weights: arrays.weightsAfter.get(wanted.epochs)! };
}

async function evaluate(program: Program, weights: readonly Float32Array[]): Promise<TestRow> {
  await program.start(weights);
  return testColumns(await program.evaluate());
}

function nothingIfUnreadable(error: unknown): undefined {
  if (!(error instanceof UserError)) throw error;
}

/** Of lists of equal length, by their first numbers that differ. */
function compare(a: readonly number[], b: readonly number[]): number {
  const differing = a.findIndex((value, i) => value !== b[i]);
  return differing < 0 ? 0 : a[differing]! - b[differing]!;
}
