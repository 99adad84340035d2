import type { Dataset } from "../artifacts/dataset.ts";
import type { Member } from "../artifacts/sample.ts";
import { usedCount } from "./examples.ts";
import { variantOf } from "./optimizers.ts";
import type { ProgramKey } from "./program.ts";

/** The key of the program that trains a member. Members that differ in rates alone share it. */
export function programKey(
  { shape, classes, splits }: Pick<Dataset, "shape" | "classes" | "splits">,
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
    usedCount: usedCount(training, splits.train.count),
    trainCount: splits.train.count,
    testCount: splits.test.count,
    ...splits.validation && { validationCount: splits.validation.count },
  };
}
