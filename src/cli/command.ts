import type { ParamOptions } from "../mod.ts";
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
  description: "this stage, or instances of it (trained/data=mnist), and what they need; nothing else",
};

/** Values for a pipeline's params. */
export const PARAM_OPTIONS = {
  set: {
    value: "PARAM=VALUE",
    many: true,
    description: "value of a param, as YAML; may stand several times",
  },
  params: {
    value: "FILE",
    many: true,
    description:
      "file with values of params; may stand several times: later ones go over earlier ones, --set over all",
  },
} as const satisfies Readonly<Record<string, OptionSpec>>;

/** What {@link PARAM_OPTIONS} were given. */
export function givenParams({ lists }: Arguments): Pick<ParamOptions, "set" | "params"> {
  return { set: lists.set ?? [], params: lists.params ?? [] };
}
