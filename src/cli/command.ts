import type { Arguments, ArgumentSpec, OptionSpec } from "./arguments.ts";

/** One command of the program. */
export interface Command extends ArgumentSpec {
  readonly name: string;
  readonly summary: string;
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** @returns The exit code */
  readonly run: (args: Arguments) => Promise<number>;
}

/** Exit codes, the same for every command. */
export const EXIT = { done: 0, failed: 1, wrong: 2, interrupted: 130 } as const;

export const OUTPUTS_OPTION: OptionSpec = {
  value: "DIR",
  description: "folder for the store and the results (default: outputs)",
};
export const ONLY_OPTION: OptionSpec = {
  value: "STAGE",
  description: "this stage and what it needs, nothing else",
};
