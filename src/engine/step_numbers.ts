import type { TrainingSettings } from "../artifacts/settings.ts";
import { dropoutNumbers } from "./dropout.ts";
import { targetNumbers } from "./label_smoothing.ts";
import { optimizerOf } from "./optimizers.ts";
import type { ProgramKey } from "./program_key.ts";
import { rateFactor } from "./schedules.ts";

/** What of a program's key decides which numbers its steps need. */
export type NumbersKey = Pick<ProgramKey, "optimizer" | "smoothing" | "dropout" | "classes">;

/** How many numbers a step takes: the optimizer's, then those of smoothed targets, then those of dropout. */
export function numbersPerStep({ optimizer, smoothing, dropout }: Omit<NumbersKey, "classes">): number {
  return optimizerOf(optimizer).rates + (smoothing ? 2 : 0) + (dropout ? 2 : 0);
}

/** The numbers of one step by what they are for. */
export interface SplitNumbers<Value> {
  readonly rates: readonly Value[];
  /** What targets give to the label and to each other class; empty where they are not smoothed. */
  readonly targets: readonly Value[];
  /** Absent where nothing is dropped. */
  readonly dropout?: { readonly rate: Value; readonly scale: Value };
}

export function splitNumbers<Value>(
  { optimizer, smoothing, dropout }: Omit<NumbersKey, "classes">,
  numbers: readonly Value[],
): SplitNumbers<Value> {
  const rates = numbers.slice(0, optimizerOf(optimizer).rates);
  const targets = numbers.slice(rates.length, rates.length + (smoothing ? 2 : 0));
  const [rate, scale] = numbers.slice(rates.length + targets.length);
  return { rates, targets, ...dropout && { dropout: { rate: rate!, scale: scale! } } };
}

/** The numbers of each step of an epoch, counted from 1: float32 [stepsPerEpoch * numbersPerStep]. */
export function stepNumbers(
  key: NumbersKey,
  { optimizer, schedule, label_smoothing = 0, dropout = 0 }: TrainingSettings,
  { epoch, epochs, stepsPerEpoch }: {
    readonly epoch: number;
    readonly epochs: number;
    readonly stepsPerEpoch: number;
  },
): Float32Array {
  const { ratesAt } = optimizerOf(key.optimizer);
  const constant = [
    ...key.smoothing ? targetNumbers(label_smoothing, key.classes) : [],
    ...key.dropout ? dropoutNumbers(dropout) : [],
  ];
  const size = numbersPerStep(key);
  const table = new Float32Array(stepsPerEpoch * size);
  for (let i = 0; i < stepsPerEpoch; i++) {
    const step = (epoch - 1) * stepsPerEpoch + i + 1;
    const factor = rateFactor(schedule, { step, stepsPerEpoch, epochs });
    const rates = ratesAt({ ...optimizer, learning_rate: factor * optimizer.learning_rate }, step);
    table.set([...rates, ...constant], i * size);
  }
  return table;
}
