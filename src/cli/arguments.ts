import { parseArgs } from "node:util";
import { nearestName, UsageError } from "../mod.ts";

/** What a command takes. */
export interface ArgumentSpec {
  /** The arguments that are no options; undefined where there are none. */
  readonly operand?: OperandSpec;
  readonly options: Readonly<Record<string, OptionSpec>>;
}

export interface OperandSpec {
  /** "FILE"; also decides what completion offers. */
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** The only values allowed. */
  readonly among?: readonly string[];
  readonly description: string;
}

export interface OptionSpec {
  /** Name of the value: "N"; undefined for a switch. It also decides what completion offers. */
  readonly value?: string;
  /** Whether it may stand several times. */
  readonly many?: boolean;
  /** The only values allowed. */
  readonly among?: readonly string[];
  readonly description: string;
}

export interface Arguments {
  readonly operands: readonly string[];
  readonly values: Readonly<Record<string, string>>;
  /** Values of the options that may stand several times; those that are not there are absent. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly switches: ReadonlySet<string>;
}

/** @throws {UsageError} If the arguments are not what the command takes */
export function parseArguments(command: string, spec: ArgumentSpec, args: readonly string[]): Arguments {
  const types = Object.entries(spec.options).map(([name, { value }]) =>
    [name, { type: value === undefined ? "boolean" : "string" }] as const
  );
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const operands: string[] = [];
  const values: Record<string, string> = {};
  const lists: Record<string, string[]> = {};
  const switches = new Set<string>();
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(spec.options, token.name)
      ? spec.options[token.name]!
      : unknownOption(command, spec, token.rawName);
    const value = optionValue(token.rawName, option, token.value);
    if (value === undefined) switches.add(token.name);
    else if (option.many) (lists[token.name] ??= []).push(value);
    else values[token.name] = value;
  }
  checkOperands(command, spec, operands);
  return { operands, values, lists, switches };
}

/** @throws {UsageError} If `text` is not a whole number of at least 1 */
export function positiveInteger(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`Cannot read --${option} "${text}": it must be a whole number of at least 1`);
}

function unknownOption(command: string, { options }: ArgumentSpec, rawName: string): never {
  const nearest = nearestName(rawName, Object.keys(options).map((name) => `--${name}`));
  throw new UsageError(
    `Cannot read option "${rawName}": "weft ${command}" has no such option`,
    nearest === undefined ? `"weft help ${command}" lists its options` : `did you mean "${nearest}"?`,
  );
}

function optionValue(rawName: string, option: OptionSpec, value: string | undefined): string | undefined {
  if (option.value === undefined) {
    if (value === undefined) return undefined;
    throw new UsageError(`Cannot read option "${rawName}=${value}": it takes no value`);
  }
  const { among } = option;
  if (value === undefined || value === "" || value.startsWith("--")) {
    throw new UsageError(
      `Cannot read option "${rawName}": its value ${option.value} is missing`,
      among && `one of ${among.join(", ")}`,
    );
  }
  checkAmong(rawName, value, among);
  return value;
}

function checkAmong(what: string, value: string, among: readonly string[] | undefined): void {
  if (among === undefined || among.includes(value)) return;
  const nearest = nearestName(value, among);
  throw new UsageError(
    `Cannot read ${what} "${value}": it must be one of ${among.join(", ")}`,
    nearest && `did you mean "${nearest}"?`,
  );
}

function checkOperands(command: string, { operand }: ArgumentSpec, operands: readonly string[]): void {
  const most = operand?.most ?? 0;
  const help = `"weft help ${command}" shows what it takes`;
  if (operands.length > most) {
    throw new UsageError(
      `Cannot read argument "${operands[most]}": "weft ${command}" takes ${most || "none"}`,
      help,
    );
  }
  if (operand !== undefined && operands.length < operand.least) {
    throw new UsageError(`Cannot run "weft ${command}": its argument ${operand.name} is missing`, help);
  }
  for (const value of operands) checkAmong(operand!.name, value, operand!.among);
}
