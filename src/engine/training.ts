import type { EpochRow } from "../artifacts/population.ts";
import type { MemberSettings, OptimizerSettings } from "../artifacts/settings.ts";
import { permutation } from "../core/random/arrays.ts";
import { stream } from "../core/random/keyed.ts";
import { initialWeights } from "./init.ts";
import { OPTIMIZERS } from "./optimizers.ts";
import type { EpochSums, Program, ProgramState } from "./program.ts";

/** How a member trained. */
export interface TrainingResult {
  /** diverged: the loss of an epoch was not finite; later epochs were not run. */
  readonly status: "done" | "diverged";
  /** In the order of the program's tensors. */
  readonly initial: readonly Float32Array[];
  /** Where it ended: its epochs, its final weights, and what more epochs go on from. */
  readonly state: TrainingState;
}

/** Where a training stands between two steps. What comes next depends on this, the settings, the seed and the data alone. */
export interface TrainingState extends ProgramState {
  /** Of the finished epochs. */
  readonly epochs: readonly EpochRow[];
  /** How many steps of the next epoch are done. */
  readonly step: number;
  /** Over those steps. */
  readonly sums: EpochSums;
  /** By epoch, those weights after it that are kept. */
  readonly weightsAfter: ReadonlyMap<number, readonly Float32Array[]>;
}

export interface TrainingOptions extends Partial<Pace> {
  readonly seed: string;
  readonly epochs: number;
  readonly signal: AbortSignal;
  /** Where to go on from; without it, the beginning. */
  readonly from?: TrainingState;
  /** Whether to keep the weights after each epoch. */
  readonly keepWeights?: boolean;
  /** After each call of the library; `last` is the last finished epoch. */
  readonly progress?: (share: number, last: EpochRow | undefined) => void;
  /** Keeps a state from time to time, and when the signal is aborted. */
  readonly save?: (state: TrainingState) => Promise<void>;
}

/** How often a training pauses and saves, in seconds. It changes no bit. */
export interface Pace {
  /** How long a call of the library should take. */
  readonly secondsPerCall: number;
  /** How many steps the first call takes, before it is known how long a step is: of a large model some tenths of a second. */
  readonly firstSteps: number;
  readonly firstSave: number;
  /** From the end of one to the next. */
  readonly saveEvery: number;
}

const PACE: Pace = { secondsPerCall: 1, firstSteps: 10, firstSave: 20, saveEvery: 60 };

/** What a training uses of its program. */
export type TrainingProgram = Pick<
  Program,
  | "key"
  | "tensors"
  | "stepsPerEpoch"
  | "start"
  | "resume"
  | "beginEpoch"
  | "train"
  | "evaluate"
  | "weights"
  | "state"
>;

/**
 * Trains one member from its seed, or on from a state, which gives the same bytes. Each epoch takes all examples in a new
 * order, in batches of one size; what is left over when the size does not divide their number sits out the epoch.
 * Between calls of the library, of about a second each, progress is told, states are kept and an interruption is heard.
 * @throws The signal's reason when it is aborted, after a state was kept
 */
export async function trainMember(
  program: TrainingProgram,
  settings: MemberSettings,
  options: TrainingOptions,
): Promise<TrainingResult> {
  const initial = initialWeights(program.tensors, settings.init, options.seed);
  await (options.from ? program.resume(options.from) : program.start(initial));
  const training = new Training(program, settings.training.optimizer, options);
  while (!training.isOver) await training.runEpoch();
  const state = await training.state();
  return { status: statusOf(state.epochs), initial, state };
}

/** How a training stands whose last epochs were these. */
export function statusOf(epochs: readonly EpochRow[]): TrainingResult["status"] {
  return epochs.at(-1)?.train_loss === null ? "diverged" : "done";
}

const NOTHING: EpochSums = { loss: 0, correct: 0 };

class Training {
  readonly #calls: CallLength;
  readonly #saves: SaveTimes;
  readonly #epochs: EpochRow[];
  readonly #weightsAfter: Map<number, readonly Float32Array[]>;
  #step: number;
  #sums: EpochSums;
  #isSaved = true;

  constructor(
    private readonly program: TrainingProgram,
    private readonly optimizer: OptimizerSettings,
    private readonly options: TrainingOptions,
  ) {
    const { from, keepWeights } = options;
    const pace = { ...PACE, ...options };
    this.#calls = new CallLength(pace);
    this.#saves = new SaveTimes(pace);
    this.#epochs = [...from?.epochs ?? []];
    this.#weightsAfter = new Map(keepWeights ? from?.weightsAfter : []);
    this.#step = from?.step ?? 0;
    this.#sums = from?.sums ?? NOTHING;
  }

  get isOver(): boolean {
    return this.#epochs.length >= this.options.epochs || statusOf(this.#epochs) === "diverged";
  }

  /** Runs what is left of the epoch. */
  async runEpoch(): Promise<void> {
    const { program, options } = this;
    const epoch = this.#epochs.length + 1;
    await program.beginEpoch(
      batchOrder(program, options.seed, epoch),
      stepRates(program, this.optimizer, epoch),
    );
    while (this.#step < program.stepsPerEpoch) {
      await this.#pause();
      await this.#call();
    }
    this.#epochs.push(await describeEpoch(program, epoch, this.#sums));
    if (options.keepWeights) this.#weightsAfter.set(epoch, await program.weights());
    this.#step = 0;
    this.#sums = NOTHING;
    this.#tellProgress();
  }

  async state(): Promise<TrainingState> {
    return {
      ...await this.program.state(),
      epochs: [...this.#epochs],
      step: this.#step,
      sums: this.#sums,
      weightsAfter: new Map(this.#weightsAfter),
    };
  }

  async #pause(): Promise<void> {
    const { signal, save } = this.options;
    if (save && !this.#isSaved && (signal.aborted || this.#saves.isDue)) {
      await save(await this.state());
      this.#isSaved = true;
      this.#saves.saved();
    }
    signal.throwIfAborted();
  }

  async #call(): Promise<void> {
    const from = this.#step;
    const to = Math.min(this.program.stepsPerEpoch, from + this.#calls.steps);
    const began = performance.now();
    this.#sums = await this.program.train(from, to, this.#sums);
    this.#calls.took(to - from, performance.now() - began);
    this.#step = to;
    this.#isSaved = false;
    if (to < this.program.stepsPerEpoch) this.#tellProgress();
  }

  #tellProgress(): void {
    const done = this.#epochs.length + this.#step / this.program.stepsPerEpoch;
    this.options.progress?.(done / this.options.epochs, this.#epochs.at(-1));
  }
}

async function describeEpoch(program: TrainingProgram, epoch: number, sums: EpochSums): Promise<EpochRow> {
  const test = await program.evaluate();
  return {
    epoch,
    train_loss: finiteOrNull(sums.loss / program.stepsPerEpoch),
    train_accuracy: sums.correct / (program.stepsPerEpoch * program.key.batchSize),
    ...testColumns(test),
  };
}

/** What a row holds of an evaluation. */
export function testColumns(
  { loss, accuracy }: Awaited<ReturnType<Program["evaluate"]>>,
): Pick<EpochRow, "test_loss" | "test_accuracy"> {
  return { test_loss: finiteOrNull(loss), test_accuracy: accuracy };
}

/** Indices of the examples, batch by batch: a permutation of its own for each epoch. */
function batchOrder(program: TrainingProgram, seed: string, epoch: number): Int32Array {
  const order = permutation(program.key.trainCount, stream(seed, "order"), epoch);
  return order.subarray(0, program.stepsPerEpoch * program.key.batchSize);
}

/** The optimizer's numbers for each step of the epoch; steps count from 1 over the whole training. */
function stepRates(program: TrainingProgram, settings: OptimizerSettings, epoch: number): Float32Array {
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
  steps: number;
  constructor(private readonly pace: Pace) {
    this.steps = pace.firstSteps;
  }

  took(steps: number, milliseconds: number): void {
    const fitting = Math.round(1000 * this.pace.secondsPerCall * steps / Math.max(milliseconds, 0.01));
    this.steps = Math.max(1, Math.min(fitting, 8 * this.steps)); // the first calls also compile
  }
}

/** When a state is to be kept. */
class SaveTimes {
  #due: number;
  constructor(private readonly pace: Pace) {
    this.#due = performance.now() + 1000 * pace.firstSave;
  }

  get isDue(): boolean {
    return performance.now() >= this.#due;
  }

  saved(): void {
    this.#due = performance.now() + 1000 * this.pace.saveEvery;
  }
}

function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
