import { kindNames, namesBeginningWith } from "../mod.ts";
import type { OperandSpec, OptionSpec } from "./arguments.ts";
import type { Command } from "./command.ts";
import { COMMANDS } from "./commands.ts";

/** What may stand where the cursor is. */
export interface Completion {
  /** Which files the shell is to offer itself; it knows how to quote them. */
  readonly files: "none" | "any" | "yaml" | "folders";
  /** Whole words. */
  readonly words: readonly Candidate[];
}
interface Candidate {
  readonly word: string;
  readonly description: string;
}

const NOTHING: Completion = { files: "none", words: [] };
const FIRST_OPTIONS: readonly Candidate[] = [
  { word: "--help", description: "list the commands" },
  { word: "--version", description: "tell the version of weft" },
];

/**
 * What the scripts read: which files, then a line for each word, with a description after a tab. Whatever goes wrong,
 * nothing is offered, since a message would stand in the middle of what the user types.
 * @param shell whose words these are; those of bash are still quoted
 */
export async function completionLines(shell: string | undefined, words: readonly string[]): Promise<string> {
  const typed = shell === "bash" ? words.map(unquoted) : words;
  const { files, words: candidates } = await complete(typed).catch(() => NOTHING);
  return [files, ...candidates.map(({ word, description }) => `${word}\t${description}`), ""].join("\n");
}

/** @param typed words after `weft`, of which the last is being typed */
export async function complete(typed: readonly string[]): Promise<Completion> {
  const [name = "", ...rest] = typed;
  if (rest.length === 0) return beginningWith(name, name.startsWith("-") ? FIRST_OPTIONS : firstWords());
  if (name === "help") return rest.length === 1 ? beginningWith(rest[0]!, commandWords()) : NOTHING;
  const entry = COMMANDS.find((command) => command.name === name);
  return entry === undefined ? NOTHING : await completeArgument(await entry.load(), rest);
}

function firstWords(): Candidate[] {
  return [...commandWords(), { word: "help", description: "list the commands, or tell all about one" }];
}

function commandWords(): Candidate[] {
  return COMMANDS.map(({ name, summary }) => ({ word: name, description: summary }));
}

async function completeArgument(command: Command, words: readonly string[]): Promise<Completion> {
  const current = words.at(-1)!;
  const { operands, given, pending, onlyOperands } = readWords(command, words.slice(0, -1));
  if (pending !== undefined) return await completeValue(pending, current, operands);
  const inline = onlyOperands ? null : /^--([^=]+)=(.*)$/s.exec(current);
  if (inline !== null) {
    const [, name, value] = inline;
    const option = optionOf(command, `--${name}`);
    return option === undefined
      ? NOTHING
      : prefixed(`--${name}=`, await completeValue(option, value!, operands));
  }
  if (current.startsWith("-") && !onlyOperands) {
    return beginningWith(current, optionWords(command, given));
  }
  const { operand } = command;
  if (operand === undefined || operands.length >= operand.most) {
    return onlyOperands ? NOTHING : beginningWith(current, optionWords(command, given));
  }
  return await completeValue(operand, current, operands);
}

interface WordsBefore {
  readonly operands: readonly string[];
  readonly given: ReadonlySet<string>;
  /** The option whose value comes next. */
  readonly pending: OptionSpec | undefined;
  /** Whether `--` was there. */
  readonly onlyOperands: boolean;
}

function readWords(command: Command, words: readonly string[]): WordsBefore {
  const operands: string[] = [];
  const given = new Set<string>();
  let pending: OptionSpec | undefined;
  let onlyOperands = false;
  for (const word of words) {
    if (pending !== undefined) pending = undefined;
    else if (onlyOperands || word === "-" || !word.startsWith("-")) operands.push(word);
    else if (word === "--") onlyOperands = true;
    else {
      given.add(word.split("=", 1)[0]!);
      const option = optionOf(command, word);
      if (option?.value !== undefined) pending = option;
    }
  }
  return { operands, given, pending, onlyOperands };
}

function optionOf({ options }: Command, word: string): OptionSpec | undefined {
  const name = word.slice("--".length);
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

function optionWords({ options }: Command, given: ReadonlySet<string>): Candidate[] {
  const own = Object.entries(options).filter(([name, { many }]) => many || !given.has(`--${name}`));
  return [
    ...own.map(([name, { description }]) => ({ word: `--${name}`, description })),
    { word: "--help", description: "tell all about the command" },
  ];
}

/** By what the value is called. */
async function completeValue(
  spec: OptionSpec | OperandSpec,
  current: string,
  operands: readonly string[],
): Promise<Completion> {
  if (spec.among !== undefined) return oneOf(spec.among, current);
  const isOperand = "name" in spec;
  switch (isOperand ? spec.name : spec.value) {
    case "FILE":
    case "FILES":
      return { ...NOTHING, files: isOperand ? "yaml" : "any" };
    case "DIR":
    case "[DIR]":
      return { ...NOTHING, files: "folders" };
    case "[KIND]":
      return oneOf(await kindNames(), current);
    case "FILE INSTANCE[/MEMBER]":
      if (operands.length === 0) return { ...NOTHING, files: "yaml" };
      return oneOf(await namesBeginningWith(current, operands[0]!), current);
    case "STAGE":
      return operands[0] === undefined
        ? NOTHING
        : oneOf(await namesBeginningWith(current, operands[0]), current);
    default:
      return NOTHING;
  }
}

function oneOf(all: readonly string[], current: string): Completion {
  return beginningWith(current, all.map((word) => ({ word, description: "" })));
}

function beginningWith(current: string, all: readonly Candidate[]): Completion {
  return { files: "none", words: all.filter(({ word }) => word.startsWith(current)) };
}

function prefixed(prefix: string, { files, words }: Completion): Completion {
  return { files, words: words.map(({ word, description }) => ({ word: prefix + word, description })) };
}

/** A word of a POSIX shell without its quotes, of which the last may still be open. */
function unquoted(word: string): string {
  return word.replace(
    /'([^']*)(?:'|$)|"((?:\\.|[^"\\])*)(?:"|$)|\\(.)/gs,
    (_, single, double, escaped) => single ?? double?.replace(/\\(["$`\\])/g, "$1") ?? escaped,
  );
}
