import type { Dataset } from "../artifacts/dataset.ts";
import type { Member } from "../artifacts/sample.ts";
import type { ArchitectureSettings } from "../artifacts/settings.ts";
import { usedCount } from "./examples.ts";
import type { Image } from "./models/model.ts";
import { type OptimizerVariant, variantOf } from "./optimizers.ts";

/** What a program is built for. Members that agree in it share the program, one after the other. */
export interface ProgramKey {
  readonly architecture: ArchitectureSettings;
  readonly optimizer: OptimizerVariant;
  /** Whether steps drop units. */
  readonly dropout: boolean;
  /** Whether they smooth their targets. */
  readonly smoothing: boolean;
  readonly batchSize: number;
  readonly image: Image;
  readonly classes: number;
  /** Whether images are seen with mean 0 and standard deviation 1; else in [0, 1]. */
  readonly standardized: boolean;
  /** How many of the training examples an epoch is made of. */
  readonly usedCount: number;
  readonly trainCount: number;
  readonly testCount: number;
  /** Absent: there is no validation split. */
  readonly validationCount?: number;
}

/** The key of the program that trains a member. Members that differ in rates alone share it. */
export function programKey(
  { shape, classes, splits, derived }: Pick<Dataset, "shape" | "classes" | "splits" | "derived">,
  { settings: { architecture, training } }: Pick<Member, "settings">,
): ProgramKey {
  return {
    architecture,
    optimizer: variantOf(training.optimizer),
    dropout: !!training.dropout,
    smoothing: !!training.label_smoothing,
    batchSize: training.batch_size,
    image: shape,
    classes: classes.length,
    standardized: derived?.transforms.normalize === "standard",
    usedCount: usedCount(training, splits.train.count),
    trainCount: splits.train.count,
    testCount: splits.test.count,
    ...splits.validation && { validationCount: splits.validation.count },
  };
}
