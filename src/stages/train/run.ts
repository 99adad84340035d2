import { encodeSafetensors } from "../../artifacts/safetensors.ts";
import type { EpochRow } from "../../artifacts/population.ts";
import type { Digest } from "../../core/digest.ts";
import type { ItemContext, SavedState } from "../../core/stage_kind.ts";
import { initialWeights } from "../../engine/init.ts";
import { countParameters, type TensorSpec } from "../../engine/models/model.ts";
import type { Program } from "../../engine/program.ts";
import { Runtime } from "../../engine/runtime.ts";
import {
  type Pace,
  statusOf,
  type TrainingResult,
  type TrainingState,
  trainMember,
} from "../../engine/training.ts";
import type { TrainOutcome, TrainWork } from "./stage.ts";
import { findStart, type Start } from "./start.ts";
import { packState, testRows, toSaved } from "./state.ts";

/** The weights after each epoch are kept in states while all of them take no more bytes than this. */
const MOST_KEPT_BYTES = 2 ** 23;

let runtime: Runtime | undefined;

/** Trains one member and stores its weights: what the engine process does for an item of kind `train`. */
export async function runMember(work: TrainWork, context: ItemContext): Promise<TrainOutcome> {
  const engine = runtime ??= Runtime.open();
  const data = await engine.dataOf(work.dataset);
  const trained = await engine.withProgram(work.program, data, (program) => train(program, work, context));
  return await store(trained, context);
}

/** A trained member that is not yet stored. */
export interface Trained {
  readonly result: TrainingResult;
  readonly tensors: readonly TensorSpec[];
  /** Makes what is kept for trainings that go further or elsewhere; undefined where nothing new was learned. */
  readonly lasting: (() => Promise<SavedState>) | undefined;
}

/** Trains a member, from a saved state where one serves. */
export async function train(
  program: Program,
  work: TrainWork,
  context: ItemContext,
  pace: Partial<Pace> = {},
): Promise<Trained> {
  const wanted = { epochs: work.epochs, evaluation: work.dataset.splits.test.digest };
  const start = await findStart(program, wanted, context);
  if (start === undefined) return await trainFrom(undefined, program, work, context, pace);
  if (isAtItsEnd(start.state, work.epochs)) return alreadyTrained(start, program, work);
  context.progress(doneOf(start.state, program, work.epochs), goesOn(start.state));
  return await trainFrom(start, program, work, context, pace);
}

async function trainFrom(
  start: Start | undefined,
  program: Program,
  { member: { settings, seed }, dataset, epochs }: TrainWork,
  { objects, signal, progress, save }: ItemContext,
  pace: Partial<Pace>,
): Promise<Trained> {
  const { tensors, slotTensors } = program; // it may train another member when the last state is kept
  const about = { tensors, slotTensors, evaluation: dataset.splits.test.digest, tests: start?.tests ?? {} };
  const packed = (state: TrainingState) => packState(state, about, objects);
  const result = await trainMember(program, settings, {
    ...pace,
    seed,
    epochs,
    signal,
    ...(start && { from: start.state }),
    keepWeights: epochs * 4 * countParameters(tensors) <= MOST_KEPT_BYTES,
    progress: (share, last) => progress(share, last ? describe(last, epochs) : ""),
    save: async (state) => save(await packed(state)),
  });
  return { result, tensors, lasting: () => packed(result.state) };
}

function alreadyTrained(start: Start, { tensors }: Program, { member, dataset }: TrainWork): Trained {
  const { state } = start;
  const initial = initialWeights(tensors, member.settings.init, member.seed);
  const result = { status: statusOf(state.epochs), initial, state };
  return { result, tensors, lasting: evaluatedState(start, dataset.splits.test.digest) };
}

/** Stores the outcome, and the last state beside it. */
export async function store(
  { result: { status, initial, state }, tensors, lasting }: Trained,
  { objects, save }: Pick<ItemContext, "objects" | "save">,
): Promise<TrainOutcome> {
  const [weights] = await Promise.all([
    objects.put(encodeWeights(tensors, initial, state.weights)),
    lasting?.().then((state) => save(state, { lasting: true })),
  ]);
  return { status, epochs: state.epochs, weights };
}

/** The state as it was saved, with what it was evaluated on now. */
function evaluatedState({ state, from, tests, isEvaluated }: Start, evaluation: Digest): Trained["lasting"] {
  if (isEvaluated) return undefined;
  const value = { ...from, tests: { ...tests, [evaluation]: testRows(state.epochs) } };
  return () => Promise.resolve(toSaved(value));
}

function isAtItsEnd({ epochs }: TrainingState, wanted: number): boolean {
  return epochs.length >= wanted || statusOf(epochs) === "diverged";
}

function doneOf({ epochs, step }: TrainingState, { stepsPerEpoch }: Program, wanted: number): number {
  return (epochs.length + step / stepsPerEpoch) / wanted;
}

function goesOn({ epochs, step }: TrainingState): string {
  return step === 0 ? `goes on from epoch ${epochs.length}` : `goes on within epoch ${epochs.length + 1}`;
}

function describe({ epoch, test_accuracy }: EpochRow, epochs: number): string {
  return `epoch ${epoch}/${epochs}, test accuracy ${test_accuracy.toFixed(4)}`;
}

/** `init/<tensor>` and `final/<tensor>`, as the population artifact has them. */
function encodeWeights(
  tensors: readonly TensorSpec[],
  initial: readonly Float32Array[],
  final: readonly Float32Array[],
): Uint8Array {
  const phase = (name: string, values: readonly Float32Array[]) =>
    tensors.map((tensor, i) => ({ name: `${name}/${tensor.name}`, shape: tensor.shape, data: values[i]! }));
  return encodeSafetensors([...phase("init", initial), ...phase("final", final)]);
}
