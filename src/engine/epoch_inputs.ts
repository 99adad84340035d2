import type { TrainingSettings } from "../artifacts/settings.ts";
import { permutation } from "../core/random/arrays.ts";
import { stream } from "../core/random/keyed.ts";
import type { Examples } from "./examples.ts";
import type { Program } from "./program.ts";
import { stepNumbers } from "./step_numbers.ts";

/** An epoch of a member's training. */
export interface EpochPlace {
  readonly seed: string;
  /** From 1. */
  readonly epoch: number;
  /** How many the training has at most. */
  readonly epochs: number;
}

/** What the program is given for an epoch, in the order of `beginEpoch`. */
export function epochInputs(
  program: Pick<Program, "key" | "stepsPerEpoch">,
  settings: TrainingSettings,
  examples: Pick<Examples, "used">,
  place: EpochPlace,
): [order: Int32Array, numbers: Float32Array, draws: BigUint64Array] {
  const { key, stepsPerEpoch } = program;
  return [
    batchOrder(program, examples, place),
    stepNumbers(key, settings, { ...place, stepsPerEpoch }),
    key.dropout ? maskDraws(stepsPerEpoch, place) : new BigUint64Array(),
  ];
}

/** Indices of the examples, batch by batch: a permutation of its own for each epoch. */
function batchOrder(
  { key, stepsPerEpoch }: Pick<Program, "key" | "stepsPerEpoch">,
  { used }: Pick<Examples, "used">,
  { seed, epoch }: EpochPlace,
): Int32Array {
  const order = permutation(key.usedCount, stream(seed, "order"), epoch);
  const batches = order.subarray(0, stepsPerEpoch * key.batchSize);
  return used ? batches.map((place) => used[place]!) : batches;
}

/** For each step, what its masks of dropout are drawn from: the member's key, and the step over the whole training. */
function maskDraws(stepsPerEpoch: number, { seed, epoch }: EpochPlace): BigUint64Array {
  const { k0, k1 } = stream(seed, "dropout");
  const key = BigInt(k1) << 32n | BigInt(k0);
  const draws = new BigUint64Array(2 * stepsPerEpoch);
  for (let i = 0; i < stepsPerEpoch; i++) {
    draws.set([key, BigInt((epoch - 1) * stepsPerEpoch + i + 1)], 2 * i);
  }
  return draws;
}
