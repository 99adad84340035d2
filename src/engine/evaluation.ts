import type { EpochRow } from "../artifacts/population.ts";
import type { Program } from "./program.ts";
import type { ProgramKey } from "./program_key.ts";

/** The splits that weights are evaluated on. */
export type EvaluatedSplit = "test" | "validation";

/** What weights come to on a split: mean loss in nats, null where it is not finite, and accuracy. */
export interface Evaluation {
  readonly loss: number | null;
  readonly accuracy: number;
}

/** By split; of a data set without a validation split on the test split alone. */
export type Evaluations = { readonly test: Evaluation } & Partial<Record<EvaluatedSplit, Evaluation>>;

/** Evaluates the present weights on all splits that there are. */
export async function evaluateAll(program: Pick<Program, "key" | "evaluate">): Promise<Evaluations> {
  const test = await evaluate(program, "test");
  return hasValidation(program.key) ? { test, validation: await evaluate(program, "validation") } : { test };
}

/** Evaluates the present weights on one split. */
export async function evaluate(
  program: Pick<Program, "evaluate">,
  split: EvaluatedSplit,
): Promise<Evaluation> {
  const { loss, accuracy } = await program.evaluate(split);
  return { loss: finiteOrNull(loss), accuracy };
}

/** The row of an epoch, of what its steps and the weights after it came to. */
export function epochRow(
  epoch: number,
  train: Pick<EpochRow, "train_loss" | "train_accuracy">,
  { test, validation }: Evaluations,
): EpochRow {
  return {
    epoch,
    ...train,
    test_loss: test.loss,
    test_accuracy: test.accuracy,
    ...(validation && { validation_loss: validation.loss, validation_accuracy: validation.accuracy }),
  };
}

export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function hasValidation({ validationCount }: ProgramKey): boolean {
  return validationCount !== undefined;
}
