import type { Command } from "./command.ts";
import type { Paint } from "./output.ts";

/** What the program does, for `weft help`. */
export function overview(commands: readonly Pick<Command, "name" | "summary">[], paint: Paint): string {
  return [
    "Experiments on populations of neural networks, declared in one file.",
    "",
    `${paint("bold", "Usage:")} weft COMMAND [ARGUMENTS]`,
    "",
    paint("bold", "Commands:"),
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    "",
    paint("bold", "Examples:"),
    ...columns([
      ["weft init widths", "a first pipeline, in a new folder"],
      ["weft plan pipelines/quickstart.yaml", "what would be trained, and what is stored"],
      ["weft run pipelines/quickstart.yaml", "train, group, measure and draw"],
      ["weft help run", "all about one command"],
    ]),
    "",
    "Exit codes: 0 done, 1 something failed while running, 2 the file or the arguments are wrong, 130 interrupted.",
    "",
  ].join("\n");
}

/** All about one command. */
export function commandHelp(command: Omit<Command, "run">, paint: Paint): string {
  const { name, summary, operand, options, examples } = command;
  const optionRows = Object.entries(options).map(([option, { value, description }]): [string, string] => [
    `--${option}${value === undefined ? "" : ` ${value}`}`,
    description,
  ]);
  const operandRow = operand === undefined ? [] : [[operand.name, operand.description] as const];
  const usage = ["weft", name, operand?.name, optionRows.length > 0 ? "[OPTIONS]" : undefined];
  return [
    `${summary}.`,
    "",
    `${paint("bold", "Usage:")} ${usage.filter((part) => part !== undefined).join(" ")}`,
    ...section("Arguments and options:", [...operandRow, ...optionRows], paint),
    ...section("Examples:", examples, paint),
    "",
  ].join("\n");
}

function section(title: string, rows: readonly (readonly [string, string])[], paint: Paint): string[] {
  return rows.length === 0 ? [] : ["", paint("bold", title), ...columns(rows)];
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
