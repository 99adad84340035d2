import type { EpochRow, TrainingStatus } from "../artifacts/population.ts";
import type { MemberSettings, TrainingSettings } from "../artifacts/settings.ts";
import { Course, type Duration } from "./course.ts";
import { epochInputs } from "./epoch_inputs.ts";
import { epochRow, evaluateAll, finiteOrNull } from "./evaluation.ts";
import { type Examples, examplesOf } from "./examples.ts";
import { initialWeights } from "./init.ts";
import type { EpochSums, Program, ProgramState } from "./program.ts";

/** How a member trained. */
export interface TrainingResult {
  readonly status: TrainingStatus;
  /** The epoch whose weights are the final ones, where early stopping restored it; null: they are those of `state`. */
  readonly bestEpoch: number | null;
  /** In the order of the program's tensors. */
  readonly initial: Weights;
  readonly final: Weights;
  /** Of what it trained on, in nats: see {@link Examples}. */
  readonly labelEntropy: number;
  /** Where it ended: its epochs, its last weights, and what more epochs go on from. */
  readonly state: TrainingState;
}

export type Weights = ProgramState["weights"];

/** Where a training stands between two steps. What comes next depends on this, the settings, the seed and the data alone. */
export interface TrainingState extends ProgramState {
  /** Of the finished epochs. */
  readonly epochs: readonly EpochRow[];
  /** How many steps of the next epoch are done. */
  readonly step: number;
  /** Over those steps. */
  readonly sums: EpochSums;
  /** By epoch, those weights after it that are kept. */
  readonly weightsAfter: ReadonlyMap<number, Weights>;
}

export interface TrainingOptions extends Duration, Partial<Pace> {
  readonly seed: string;
  readonly signal: AbortSignal;
  /** Where to go on from; without it, the beginning. */
  readonly from?: TrainingState;
  /** Whether to keep the weights after an epoch. Those that a rule may restore are kept anyway, while it may. */
  readonly keeps?: (epoch: number) => boolean;
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
  | "trainLabels"
  | "label"
  | "start"
  | "resume"
  | "beginEpoch"
  | "train"
  | "evaluate"
  | "weights"
  | "state"
>;

/**
 * Trains one member from its seed, or on from a state, which gives the same bytes. Each epoch takes its examples in a new
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
  const examples = examplesOf(program.trainLabels, program.key.classes, settings.training, options.seed);
  program.label(examples.labels);
  if (options.from) program.resume(options.from);
  else program.start(initial);
  const training = new Training(program, settings.training, examples, options);
  while (!training.course.isOver) await training.runEpoch();
  const { status, bestEpoch } = training.course;
  const state = training.state();
  const final = bestEpoch === null ? state.weights : state.weightsAfter.get(bestEpoch)!;
  return { status, bestEpoch, initial, final, labelEntropy: examples.labelEntropy, state };
}

const NOTHING: EpochSums = { loss: 0, correct: 0 };

class Training {
  readonly course: Course;
  readonly #calls: CallLength;
  readonly #saves: SaveTimes;
  readonly #weightsAfter: Map<number, Weights>;
  #step: number;
  #sums: EpochSums;
  #isSaved = true;

  constructor(
    private readonly program: TrainingProgram,
    private readonly settings: TrainingSettings,
    private readonly examples: Examples,
    private readonly options: TrainingOptions,
  ) {
    const { from } = options;
    const pace = { ...PACE, ...options };
    this.#calls = new CallLength(pace);
    this.#saves = new SaveTimes(pace);
    this.course = new Course(options);
    for (const row of from?.epochs ?? []) this.course.add(row);
    this.#weightsAfter = new Map(from?.weightsAfter);
    this.#step = from?.step ?? 0;
    this.#sums = from?.sums ?? NOTHING;
  }

  /** Runs what is left of the epoch. */
  async runEpoch(): Promise<void> {
    const { program, options } = this;
    const epoch = this.course.rows.length + 1;
    const place = { seed: options.seed, epoch, epochs: options.epochs };
    program.beginEpoch(...epochInputs(program, this.settings, this.examples, place));
    while (this.#step < program.stepsPerEpoch) {
      await this.#pause();
      await this.#call();
    }
    this.#endEpoch(await describeEpoch(program, epoch, this.#sums));
    this.#step = 0;
    this.#sums = NOTHING;
    this.#tellProgress();
  }

  state(): TrainingState {
    return {
      ...this.program.state(),
      epochs: [...this.course.rows],
      step: this.#step,
      sums: this.#sums,
      weightsAfter: new Map(this.#weightsAfter),
    };
  }

  #endEpoch(row: EpochRow): void {
    const { course, program, options: { keeps } } = this;
    const bestBefore = course.bestEpoch;
    course.add(row);
    const isBest = course.bestEpoch === row.epoch;
    if (keeps?.(row.epoch) || isBest) this.#weightsAfter.set(row.epoch, program.weights());
    if (isBest && bestBefore !== null && !keeps?.(bestBefore)) this.#weightsAfter.delete(bestBefore);
  }

  async #pause(): Promise<void> {
    const { signal, save } = this.options;
    if (save && !this.#isSaved && (signal.aborted || this.#saves.isDue)) {
      await save(this.state());
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
    const { rows } = this.course;
    const done = rows.length + this.#step / this.program.stepsPerEpoch;
    this.options.progress?.(done / this.options.epochs, rows.at(-1));
  }
}

async function describeEpoch(program: TrainingProgram, epoch: number, sums: EpochSums): Promise<EpochRow> {
  const train_loss = finiteOrNull(sums.loss / program.stepsPerEpoch);
  const train_accuracy = sums.correct / (program.stepsPerEpoch * program.key.batchSize);
  return epochRow(epoch, { train_loss, train_accuracy }, await evaluateAll(program));
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
