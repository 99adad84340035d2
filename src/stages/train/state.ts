import type { EpochRow } from "../../artifacts/population.ts";
import { encodeSafetensors, type Tensor } from "../../artifacts/safetensors.ts";
import { type Digest, isDigest } from "../../core/digest.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import type { ObjectWriter, SavedState } from "../../core/stage_kind.ts";
import type { Evaluation } from "../../engine/evaluation.ts";
import type { Program } from "../../engine/program.ts";
import type { TrainingState, Weights } from "../../engine/training.ts";

/**
 * What is saved of a training on the way, but for its arrays: what a trajectory has come to, whatever it was run for.
 * Absent on purpose: when it is to end, by epochs or by a rule, and which weights a result records. A rule reads the rows,
 * `kept` says which weights there are, so that both may change and the state still serves.
 */
export type StateValue = {
  /** Another format is not read: training starts from an older state, or from the beginning. */
  readonly format: typeof FORMAT;
  /** Of finished epochs, from the first on. */
  readonly train: readonly TrainRow[];
  /** By the identity of a split, of epochs from the first on. */
  readonly evaluations: SplitRows;
  /** Where one can go on from here: after so many steps of the epoch that follows `train`. Null: there are kept weights alone. */
  readonly at: Place | null;
  /** The epochs after which the weights are kept, besides those that it stands at. */
  readonly kept: readonly number[];
  /** A safetensors object: `now/<tensor>` and `slot/<tensor>/<slot>` of the place, `epoch_<epoch>/<tensor>` of those kept. */
  readonly arrays: Digest;
};

export interface Place {
  readonly step: number;
  /** Over those steps; null: no finite number, and never one again. */
  readonly sums: { readonly loss: number | null; readonly correct: number };
}

export type TrainRow = Pick<EpochRow, "train_loss" | "train_accuracy">;
export type SplitRows = Readonly<Record<string, readonly Evaluation[]>>;

const FORMAT = 2;

type Tensors = Pick<Program, "tensors" | "slotTensors">;

/**
 * Packs where a training stands.
 * @param evaluations all that is known of its trajectory
 * @param kept epochs whose weights go with it
 */
export async function packState(
  state: TrainingState,
  evaluations: SplitRows,
  kept: readonly number[],
  { tensors, slotTensors }: Tensors,
  objects: ObjectWriter,
): Promise<SavedState> {
  const { epochs, step, sums, weights, slots, weightsAfter } = state;
  const loss = Number.isFinite(sums.loss) ? sums.loss : null;
  return toSaved({
    format: FORMAT,
    train: epochs.map(({ train_loss, train_accuracy }) => ({ train_loss, train_accuracy })),
    evaluations,
    at: { step, sums: { loss, correct: sums.correct } },
    kept,
    arrays: await objects.put(encodeSafetensors([
      ...named("now", tensors, weights),
      ...named("slot", slotTensors, slots),
      ...weightTensors(tensors, weightsAfter, kept),
    ])),
  });
}

/** Packs weights after epochs by themselves. */
export async function packWeights(
  weightsAfter: ReadonlyMap<number, Weights>,
  kept: readonly number[],
  { tensors }: Pick<Tensors, "tensors">,
  objects: ObjectWriter,
): Promise<SavedState> {
  return weightsIn(await objects.put(encodeSafetensors(weightTensors(tensors, weightsAfter, kept))), kept);
}

/** Weights after epochs that lie in an object, whatever else is in it. */
export function weightsIn(arrays: Digest, kept: readonly number[]): SavedState {
  return toSaved({ format: FORMAT, train: [], evaluations: {}, at: null, kept, arrays });
}

/** `epoch_<epoch>/<tensor>` of each of the epochs. */
export function weightTensors(
  tensors: Tensors["tensors"],
  weightsAfter: ReadonlyMap<number, Weights>,
  epochs: readonly number[],
): Tensor[] {
  return epochs.flatMap((epoch) => named(epochName(epoch), tensors, weightsAfter.get(epoch)!));
}

/** What the tensors of weights after an epoch are named by. */
export function epochName(epoch: number): string {
  return `epoch_${epoch}`;
}

/** `<prefix>/<tensor>` with these values. */
export function named(
  prefix: string,
  specs: Tensors["slotTensors"],
  values: readonly Float32Array[],
): Tensor[] {
  return specs.map(({ name, shape }, i) => ({ name: `${prefix}/${name}`, shape, data: values[i]! }));
}

export function toSaved(value: StateValue): SavedState {
  return { value: value as unknown as Json, objects: [value.arrays] };
}

/** A saved state, or undefined where it has another format. */
export function readState({ value }: SavedState): StateValue | undefined {
  return isStateValue(value) ? value as unknown as StateValue : undefined;
}

function isStateValue(value: Json): boolean {
  if (!isJsonObject(value) || value["format"] !== FORMAT) return false;
  const { train, evaluations, at, kept, arrays } = value;
  return isList(train, isRow("train_loss", "train_accuracy")) &&
    isJsonObject(evaluations) &&
    Object.values(evaluations).every((rows) => isList(rows, isRow("loss", "accuracy"))) &&
    (at === null || isPlace(at)) && isList(kept, isCount) && isDigest(arrays);
}

function isPlace(value: Json | undefined): boolean {
  return isJsonObject(value) && isCount(value["step"]) && isRow("loss", "correct")(value["sums"]);
}

/** Whether a value has a number or null, and a number. */
function isRow(loss: string, share: string): (value: Json | undefined) => boolean {
  return (value) =>
    isJsonObject(value) && (value[loss] === null || isNumber(value[loss])) && isNumber(value[share]);
}

function isList(value: Json | undefined, is: (item: Json) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}

function isNumber(value: Json | undefined): value is number {
  return typeof value === "number";
}

function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
