import { parseArgs } from "node:util";
import { nearestName, UsageError } from "../mod.ts";

/** What a command takes. */
export interface ArgumentSpec {
  /** Name of the arguments that are no options: "FILE"; undefined where there are none. */
  readonly operand?: {
    readonly name: string;
    readonly least: number;
    readonly most: number;
    readonly description: string;
  };
  readonly options: Readonly<Record<string, OptionSpec>>;
}

export interface OptionSpec {
  /** Name of the value: "N"; undefined for a switch. */
  readonly value?: string;
  /** The only values allowed. */
  readonly among?: readonly string[];
  readonly description: string;
}

export interface Arguments {
  readonly operands: readonly string[];
  readonly values: Readonly<Record<string, string>>;
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
  const switches = new Set<string>();
  for (const token of tokens) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const option = spec.options[token.name] ?? unknownOption(command, spec, token.rawName);
    const value = optionValue(token.rawName, option, token.value);
    if (value === undefined) switches.add(token.name);
    else values[token.name] = value;
  }
  checkOperands(command, spec, operands);
  return { operands, values, switches };
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
  if (among === undefined || among.includes(value)) return value;
  const nearest = nearestName(value, among);
  throw new UsageError(
    `Cannot read ${rawName} "${value}": it must be one of ${among.join(", ")}`,
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
}
