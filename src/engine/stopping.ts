import type { EpochRow } from "../artifacts/population.ts";

/** What a training may be stopped by. */
export const STOP_METRICS = [
  "validation_loss",
  "validation_accuracy",
  "train_loss",
  "test_loss",
  "test_accuracy",
] as const;
export type StopMetric = typeof STOP_METRICS[number];

/** When a training ends before its last epoch, and which weights are its final ones. */
export interface StopRule {
  readonly by: StopMetric;
  /** The training ends after so many epochs in a row that brought no improvement. */
  readonly patience: number;
  /** Only what is better by more than this is an improvement. */
  readonly min_delta: number;
  /** Whose weights are the final ones: those after the last epoch that brought an improvement, or after the last one. */
  readonly restore: "best" | "last";
}

/**
 * Follows the rows of a training, and says when its patience has run out. As in Keras and PyTorch Lightning the first
 * finite value is an improvement, and each later one that is better than the best so far by more than `min_delta`. What is
 * not finite never improves, nor does an accuracy whose loss is not: weights that are not numbers get some answers right.
 * @see Prechelt, Early Stopping - But When? (1998), criterion UP with strips of one epoch
 */
export class EarlyStopping {
  #best: number | undefined;
  #bestEpoch: number | undefined;
  #seen = 0;

  constructor(private readonly rule: Omit<StopRule, "restore">) {}

  /** The last epoch that brought an improvement. */
  get bestEpoch(): number | undefined {
    return this.#bestEpoch;
  }

  get hasRunOut(): boolean {
    return this.#seen - (this.#bestEpoch ?? 0) >= this.rule.patience;
  }

  see(row: EpochRow): void {
    this.#seen = row.epoch;
    const score = scoreOf(row, this.rule.by);
    if (score === undefined) return;
    if (this.#best !== undefined && !(score - this.rule.min_delta > this.#best)) return;
    this.#best = score;
    this.#bestEpoch = row.epoch;
  }
}

/** A metric turned so that more is better; undefined where there is none. */
function scoreOf(row: EpochRow, by: StopMetric): number | undefined {
  const loss = row[LOSSES[by]] ?? undefined;
  if (loss === undefined) return undefined;
  return by === LOSSES[by] ? -loss : row[by] ?? undefined;
}

/** The loss that each metric is of or stands beside. */
const LOSSES = {
  validation_loss: "validation_loss",
  validation_accuracy: "validation_loss",
  train_loss: "train_loss",
  test_loss: "test_loss",
  test_accuracy: "test_loss",
} as const satisfies Record<StopMetric, keyof EpochRow>;
