import type { Diagnostic } from "../core/diagnostic.ts";
import type { LocatedEntry } from "./located.ts";
import { MAX_INSTANCES } from "./matrix.ts";

/** What may still be made of the settings of stages when their expressions are replaced. */
export interface ExpansionBudget {
  /** What is in the settings of all variants; see `sizeOf`. */
  values: number;
  /** Variants of stages that name axes; their instances are as many or more. */
  variants: number;
  /** Variants of the limits that name axes; the instances that they are for are as many or more. */
  limits: number;
}

const MAX_VALUES = 1_000_000;

export function expansionBudget(): ExpansionBudget {
  return { values: MAX_VALUES, variants: MAX_INSTANCES, limits: MAX_INSTANCES };
}

/** exceeded: for the first time; spent: before already, which is told. */
export function spend(
  budget: ExpansionBudget,
  what: keyof ExpansionBudget,
  amount: number,
): "enough" | "exceeded" | "spent" {
  if (budget[what] < 0) return "spent";
  budget[what] -= amount;
  return budget[what] < 0 ? "exceeded" : "enough";
}

export function tooManyValues({ key }: LocatedEntry): Diagnostic {
  return {
    severity: "error",
    code: "too-large",
    message:
      `Cannot expand the pipeline: its stages have more than ${MAX_VALUES} values, matrix and params expanded`,
    at: key,
    help: "take fewer combinations, or smaller params",
  };
}
