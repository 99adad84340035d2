import type { EpochRow, TrainingStatus } from "../artifacts/population.ts";
import { EarlyStopping, type StopRule } from "./stopping.ts";

/** How long a training goes on. */
export interface Duration {
  /** At most. */
  readonly epochs: number;
  readonly stop?: StopRule;
}

/** The rows of a training one after the other, whether they were run or read, and what follows from them: when it ends, and how. */
export class Course {
  readonly #rows: EpochRow[] = [];
  readonly #stopping: EarlyStopping | undefined;

  constructor(private readonly duration: Duration) {
    this.#stopping = duration.stop && new EarlyStopping(duration.stop);
  }

  get rows(): readonly EpochRow[] {
    return this.#rows;
  }

  add(row: EpochRow): void {
    this.#rows.push(row);
    this.#stopping?.see(row);
  }

  /**
   * Whether no more epochs follow. What a training is evaluated on ends it by its rule alone: it does not diverge by a
   * loss that no step saw.
   */
  get isOver(): boolean {
    const hasDiverged = this.#rows.at(-1)?.train_loss === null;
    return hasDiverged || this.#rows.length >= this.duration.epochs || this.#stopping?.hasRunOut === true;
  }

  /** Of a training that is over. */
  get status(): TrainingStatus {
    const last = this.#rows.at(-1);
    if (last !== undefined && LOSSES.some((loss) => last[loss] === null)) return "diverged";
    return this.#rows.length < this.duration.epochs ? "stopped_early" : "done";
  }

  /** The epoch so far whose weights the rule restores; null where the weights are those after the last epoch. */
  get bestEpoch(): number | null {
    return this.duration.stop?.restore === "best" ? this.#stopping?.bestEpoch ?? null : null;
  }

  /** The epoch after which the weights are those that it ends with, if it ends here. */
  get finalEpoch(): number {
    return this.bestEpoch ?? this.#rows.length;
  }
}

const LOSSES = ["train_loss", "test_loss", "validation_loss"] as const;
