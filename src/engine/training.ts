import type { EpochRow } from "../artifacts/population.ts";
import type { MemberSettings, OptimizerSettings } from "../artifacts/settings.ts";
import { permutation } from "../core/random/arrays.ts";
import { stream } from "../core/random/keyed.ts";
import { initialWeights } from "./init.ts";
import { OPTIMIZERS } from "./optimizers.ts";
import type { EpochSums, Program } from "./program.ts";

/** How a member trained. */
export interface TrainingResult {
  /** diverged: the loss of an epoch was not finite; later epochs were not run. */
  readonly status: "done" | "diverged";
  readonly epochs: readonly EpochRow[];
  /** In the order of the program's tensors. */
  readonly initial: readonly Float32Array[];
  readonly final: readonly Float32Array[];
}

export interface TrainingOptions {
  readonly seed: string;
  readonly epochs: number;
  readonly signal: AbortSignal;
  /** After each call of the library; `last` is the last finished epoch. */
  readonly progress?: (share: number, last: EpochRow | undefined) => void;
  /** How long a call of the library should take. */
  readonly secondsPerCall?: number;
}

/**
 * Trains one member from its seed. Each epoch takes all examples in a new order, in batches of one size; what is left
 * over when the size does not divide their number sits out the epoch.
 * Between calls of the library, of about a second each, progress is told and an interruption is heard.
 */
export async function trainMember(
  program: Program,
  settings: MemberSettings,
  options: TrainingOptions,
): Promise<TrainingResult> {
  const initial = initialWeights(program.tensors, settings.init, options.seed);
  await program.start(initial);
  const calls = new CallLength(options.secondsPerCall ?? 1);
  const rows: EpochRow[] = [];
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    await program.beginEpoch(
      batchOrder(program, options.seed, epoch),
      stepRates(program, settings.training.optimizer, epoch),
    );
    const sums = await runEpoch(
      program,
      calls,
      options,
      (share) => options.progress?.((epoch - 1 + share) / options.epochs, rows.at(-1)),
    );
    rows.push(await describeEpoch(program, epoch, sums));
    options.progress?.(epoch / options.epochs, rows.at(-1));
    if (!Number.isFinite(sums.loss)) break;
  }
  const status = rows.at(-1)?.train_loss === null ? "diverged" : "done";
  return { status, epochs: rows, initial, final: await program.weights() };
}

async function runEpoch(
  program: Program,
  calls: CallLength,
  { signal }: TrainingOptions,
  progress: (share: number) => void,
): Promise<EpochSums> {
  let sums: EpochSums = { loss: 0, correct: 0 };
  const steps = program.stepsPerEpoch;
  for (let from = 0; from < steps;) {
    signal.throwIfAborted();
    const to = Math.min(steps, from + calls.steps);
    const began = performance.now();
    sums = await program.train(from, to, sums);
    calls.took(to - from, performance.now() - began);
    from = to;
    if (from < steps) progress(from / steps);
  }
  return sums;
}

async function describeEpoch(program: Program, epoch: number, sums: EpochSums): Promise<EpochRow> {
  const test = await program.evaluate();
  return {
    epoch,
    train_loss: finiteOrNull(sums.loss / program.stepsPerEpoch),
    train_accuracy: sums.correct / (program.stepsPerEpoch * program.key.batchSize),
    test_loss: finiteOrNull(test.loss),
    test_accuracy: test.accuracy,
  };
}

/** Indices of the examples, batch by batch: a permutation of its own for each epoch. */
function batchOrder(program: Program, seed: string, epoch: number): Int32Array {
  const order = permutation(program.key.trainCount, stream(seed, "order"), epoch);
  return order.subarray(0, program.stepsPerEpoch * program.key.batchSize);
}

/** The optimizer's numbers for each step of the epoch; steps count from 1 over the whole training. */
function stepRates(program: Program, settings: OptimizerSettings, epoch: number): Float32Array {
  const { ratesAt, rates } = OPTIMIZERS[settings.name];
  const steps = program.stepsPerEpoch;
  const table = new Float32Array(steps * rates);
  for (let step = 0; step < steps; step++) {
    table.set(ratesAt(settings, (epoch - 1) * steps + step + 1), step * rates);
  }
  return table;
}

/** How many steps fit into a call: learned from the calls so far, for the machine may be busy. */
class CallLength {
  steps = 100;
  constructor(private readonly seconds: number) {}

  took(steps: number, milliseconds: number): void {
    const fitting = Math.round(1000 * this.seconds * steps / Math.max(milliseconds, 0.01));
    this.steps = Math.max(1, Math.min(fitting, 8 * this.steps)); // the first calls also compile
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
