import type { EpochRow } from "../../artifacts/population.ts";
import { encodeSafetensors, type Tensor } from "../../artifacts/safetensors.ts";
import type { ItemContext, SavedState } from "../../core/stage_kind.ts";
import type { Course } from "../../engine/course.ts";
import { examplesOf } from "../../engine/examples.ts";
import { initialWeights } from "../../engine/init.ts";
import { countParameters } from "../../engine/models/model.ts";
import type { Program } from "../../engine/program.ts";
import { Runtime } from "../../engine/runtime.ts";
import { type Pace, type TrainingState, trainMember, type Weights } from "../../engine/training.ts";
import { Known } from "./known.ts";
import { Saving } from "./saving.ts";
import type { TrainOutcome, TrainWork } from "./stage.ts";
import { findPlace, finishedWeights, readCourse, type Wanted } from "./start.ts";
import { named, toSaved, weightsIn, weightTensors } from "./state.ts";

/** The weights after each epoch are kept in states while all of them take no more bytes than this. */
const MOST_KEPT_BYTES = 2 ** 23;

let runtime: Runtime | undefined;

/** Trains one member and stores its weights: what the engine process does for an item of kind `train`. */
export async function runMember(work: TrainWork, context: ItemContext): Promise<TrainOutcome> {
  const engine = runtime ??= Runtime.open();
  const trained = await engine.withData(
    work.dataset,
    (data) => engine.withProgram(work.program, data, (program) => train(program, work, context)),
  );
  return await store(trained, context);
}

/** A trained member that is not yet stored. */
export interface Trained {
  readonly outcome: Omit<TrainOutcome, "weights">;
  /** As the population artifact has them. */
  readonly weights: readonly Tensor[];
  /** The epochs after which weights lie nowhere but in those. */
  readonly added: readonly number[];
  /** Makes what is kept for trainings that go further or elsewhere; undefined where nothing new was learned. */
  readonly lasting: (() => Promise<SavedState>) | undefined;
}

/** Trains a member, from what saved states know of it where that serves. */
export async function train(
  program: Program,
  work: TrainWork,
  context: ItemContext,
  pace: Partial<Pace> = {},
): Promise<Trained> {
  const wanted = wantedOf(work);
  const known = new Known(context.states, program, context.objects);
  const evaluated = evaluationCount(known);
  const course = await readCourse(known, program, wanted, context);
  const finished = course.isOver ? await finishedWeights(known, course, wanted) : undefined;
  if (finished !== undefined) {
    const hasLearned = evaluationCount(known) > evaluated;
    return alreadyTrained(program, work, course, finished, hasLearned ? known : undefined);
  }
  const keeps = keptEpochs(program, work);
  const from = await findPlace(known, course, wanted, keeps);
  if (from) context.progress(doneOf(from, program, work.epochs), goesOn(from));
  const { tensors, slotTensors } = program; // it may train another member when the last state is packed
  const saving = new Saving({ tensors, slotTensors }, known, wanted.splits, keeps, context);
  return await trainFrom(from, program, work, { keeps, saving, pace }, context);
}

/** Stores the outcome, and beside it the last state, which finds the recorded weights in the outcome's object. */
export async function store(
  { outcome, weights, added, lasting }: Trained,
  { objects, save }: Pick<ItemContext, "objects" | "save">,
): Promise<TrainOutcome> {
  const [digest] = await Promise.all([
    objects.put(encodeSafetensors(weights)),
    lasting?.().then((state) => save(state, { lasting: true })),
  ]);
  if (added.length > 0) await save(weightsIn(digest, added), { lasting: true });
  return { ...outcome, weights: digest };
}

async function trainFrom(
  from: TrainingState | undefined,
  program: Program,
  work: TrainWork,
  { keeps, saving, pace }: {
    readonly keeps: (epoch: number) => boolean;
    readonly saving: Saving;
    readonly pace: Partial<Pace>;
  },
  { signal, progress }: ItemContext,
): Promise<Trained> {
  const { member: { settings, seed }, epochs, stop } = work;
  const result = await trainMember(program, settings, {
    ...pace,
    seed,
    epochs,
    ...(stop && { stop }),
    signal,
    ...(from && { from }),
    keeps,
    progress: (share, last) => progress(share, last ? describe(last, epochs) : ""),
    save: (state) => saving.onTheWay(state),
  });
  const { status, bestEpoch, initial, final, labelEntropy, state } = result;
  const recorded = recordedIn(work, state.epochs);
  return {
    outcome: { status, label_entropy: labelEntropy, epochs: state.epochs, best_epoch: bestEpoch, recorded },
    weights: weightsOf(program, initial, state.weightsAfter, recorded, final),
    added: saving.notApart(recorded),
    lasting: () => saving.atItsEnd(state, recorded),
  };
}

/**
 * The outcome of a training whose every epoch is known.
 * @param learned what is known, where some of it is not yet saved
 */
function alreadyTrained(
  program: Program,
  work: TrainWork,
  { status, rows, bestEpoch, finalEpoch }: Course,
  weightsAfter: ReadonlyMap<number, Weights>,
  learned: Known | undefined,
): Trained {
  const { settings, seed } = work.member;
  const { labelEntropy } = examplesOf(program.trainLabels, program.key.classes, settings.training, seed);
  const initial = initialWeights(program.tensors, settings.init, seed);
  const recorded = recordedIn(work, rows);
  return {
    outcome: { status, label_entropy: labelEntropy, epochs: rows, best_epoch: bestEpoch, recorded },
    weights: weightsOf(program, initial, weightsAfter, recorded, weightsAfter.get(finalEpoch)!),
    added: [],
    lasting: learned &&
      (() => Promise.resolve(toSaved({ ...learned.longest!, evaluations: learned.evaluations }))),
  };
}

function wantedOf({ epochs, stop, recorded, dataset: { splits } }: TrainWork): Wanted {
  const { test, validation } = splits;
  return {
    epochs,
    ...(stop && { stop }),
    recorded,
    splits: { test: test.digest, ...(validation && { validation: validation.digest }) },
  };
}

/** Which weights are kept whatever the rule restores: those that are recorded, and all if they are small. */
function keptEpochs({ tensors }: Program, { epochs, recorded }: TrainWork): (epoch: number) => boolean {
  if (epochs * 4 * countParameters(tensors) <= MOST_KEPT_BYTES) return () => true;
  const wanted = new Set(recorded);
  return (epoch) => wanted.has(epoch);
}

function recordedIn({ recorded }: TrainWork, rows: readonly EpochRow[]): number[] {
  return recorded.filter((epoch) => epoch <= rows.length);
}

/** `init/<tensor>`, `epoch_<epoch>/<tensor>` and `final/<tensor>`. */
function weightsOf(
  { tensors }: Program,
  initial: Weights,
  weightsAfter: ReadonlyMap<number, Weights>,
  recorded: readonly number[],
  final: Weights,
): Tensor[] {
  return [
    ...named("init", tensors, initial),
    ...weightTensors(tensors, weightsAfter, recorded),
    ...named("final", tensors, final),
  ];
}

/** How many rows of evaluations are known, of all splits. */
function evaluationCount({ evaluations }: Known): number {
  return Object.values(evaluations).reduce((sum, rows) => sum + rows.length, 0);
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
