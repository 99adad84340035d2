import type { EpochRow } from "../../artifacts/population.ts";
import { decodeSafetensors, encodeSafetensors, type Tensor } from "../../artifacts/safetensors.ts";
import { type Digest, isDigest } from "../../core/digest.ts";
import { UserError } from "../../core/diagnostic.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import type { ObjectReader, ObjectWriter, SavedState } from "../../core/stage_kind.ts";
import { elementCount } from "../../core/shape.ts";
import type { Program } from "../../engine/program.ts";
import type { TrainingState } from "../../engine/training.ts";

/**
 * What is saved of a training on the way, but for its arrays: what a trajectory has come to, whatever it was run for.
 * Absent on purpose: when it is to end, by epochs or by a rule, and which weights a result records. A rule reads the rows,
 * `kept` says which weights there are, so that both may change and the state still serves.
 */
export type StateValue = {
  /** Another format is not read: training starts from an older state, or from the beginning. */
  readonly format: typeof FORMAT;
  /** Of the finished epochs. */
  readonly train: readonly Pick<EpochRow, "train_loss" | "train_accuracy">[];
  /** By the identity of a test split, of epochs from the first on. */
  readonly tests: Readonly<Record<string, readonly TestRow[]>>;
  /** How many steps of the next epoch are done, and what they sum up to; null: no finite number, and never one again. */
  readonly step: number;
  readonly sums: { readonly loss: number | null; readonly correct: number };
  /** The finished epochs after which the weights are kept, besides those that it stands at. */
  readonly kept: readonly number[];
  /** A safetensors object: `now/<tensor>`, `slot/<tensor>/<slot>`, and `epoch_<epoch>/<tensor>` of those that are kept. */
  readonly arrays: Digest;
};

export type TestRow = Pick<EpochRow, "test_loss" | "test_accuracy">;
export type Tests = StateValue["tests"];

const FORMAT = 1;

/** What a state is packed with. */
export interface About extends Pick<Program, "tensors" | "slotTensors"> {
  /** Identity of the test split that the state was evaluated on. */
  readonly evaluation: Digest;
  /** What is known from other trainings of the trajectory. */
  readonly tests: Tests;
}

/** Writes a state's arrays, and makes of it what is saved. */
export async function packState(
  state: TrainingState,
  { evaluation, tests, ...program }: About,
  objects: ObjectWriter,
): Promise<SavedState> {
  const { epochs, step, sums } = state;
  const kept = [...state.weightsAfter.keys()].filter((epoch) => step > 0 || epoch < epochs.length);
  const arrays = await objects.put(encodeSafetensors(stateTensors(state, kept, program)));
  return toSaved({
    format: FORMAT,
    train: epochs.map(({ train_loss, train_accuracy }) => ({ train_loss, train_accuracy })),
    tests: { ...tests, [evaluation]: testRows(epochs) },
    step,
    sums: { loss: Number.isFinite(sums.loss) ? sums.loss : null, correct: sums.correct },
    kept,
    arrays,
  });
}

export function toSaved(value: StateValue): SavedState {
  return { value, objects: [value.arrays] };
}

export function testRows(epochs: readonly EpochRow[]): TestRow[] {
  return epochs.map(({ test_loss, test_accuracy }) => ({ test_loss, test_accuracy }));
}

/** A saved state, or undefined where it has another format. */
export function readState({ value }: SavedState): StateValue | undefined {
  return isStateValue(value) ? value : undefined;
}

/** The arrays of a state. */
export type StateArrays = Pick<TrainingState, "weights" | "slots" | "weightsAfter">;

/** @throws {UserError} If the object is gone or damaged, or is of another program */
export async function readArrays(
  { train, step, kept, arrays }: StateValue,
  program: Pick<Program, "tensors" | "slotTensors">,
  objects: ObjectReader,
): Promise<StateArrays> {
  const { tensors } = decodeSafetensors(await objects.get(arrays));
  const data = new Map(tensors.map((tensor) => [tensor.name, tensor.data]));
  const take = (prefix: string, specs: readonly Spec[]) =>
    specs.map(({ name, shape }) => {
      const values = data.get(`${prefix}/${name}`);
      if (values?.length === elementCount(shape)) return values;
      throw new UserError(`Cannot go on from a state: tensor "${prefix}/${name}" is not in it`);
    });
  const weights = take("now", program.tensors);
  const weightsAfter = new Map(kept.map((epoch) => [epoch, take(`epoch_${epoch}`, program.tensors)]));
  if (step === 0) weightsAfter.set(train.length, weights);
  return { weights, slots: take("slot", program.slotTensors), weightsAfter };
}

type Spec = Program["slotTensors"][number];

function stateTensors(
  { weights, slots, weightsAfter }: TrainingState,
  kept: readonly number[],
  { tensors, slotTensors }: Pick<Program, "tensors" | "slotTensors">,
): Tensor[] {
  const named = (prefix: string, specs: readonly Spec[], values: readonly Float32Array[]) =>
    specs.map(({ name, shape }, i) => ({ name: `${prefix}/${name}`, shape, data: values[i]! }));
  return [
    ...named("now", tensors, weights),
    ...named("slot", slotTensors, slots),
    ...kept.flatMap((epoch) => named(`epoch_${epoch}`, tensors, weightsAfter.get(epoch)!)),
  ];
}

function isStateValue(value: Json): value is StateValue {
  if (!isJsonObject(value) || value["format"] !== FORMAT) return false;
  const { train, tests, step, sums, kept, arrays } = value;
  return isList(train, isRow("train_loss", "train_accuracy")) &&
    isJsonObject(tests) &&
    Object.values(tests).every((rows) => isList(rows, isRow("test_loss", "test_accuracy"))) &&
    isCount(step) && isRow("loss", "correct")(sums) && isList(kept, isCount) && isDigest(arrays);
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
