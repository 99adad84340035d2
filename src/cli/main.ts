import { nearestName, UsageError, UserError } from "../mod.ts";
import { parseArguments } from "./arguments.ts";
import { type Command, EXIT } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { printData, printLine, styler } from "./output.ts";

/** Runs the program with its arguments. @returns The exit code */
export async function main(args: readonly string[]): Promise<number> {
  try {
    return await dispatch(args);
  } catch (error) {
    tellError(error);
    return error instanceof UsageError ? EXIT.wrong : EXIT.failed;
  }
}

async function dispatch([first, ...rest]: readonly string[]): Promise<number> {
  if (first === undefined) {
    printLine(await helpText(undefined, Deno.stderr));
    return EXIT.wrong;
  }
  if (first === "--version") return await tellVersion();
  if (first === "help" || first === "--help" || first === "-h") return await tellHelp(rest);
  if (first === "__complete") return await tellCompletions(rest);
  if (rest.includes("--help") || rest.includes("-h")) return await tellHelp([first]);
  const command = await find(first);
  return await command.run(parseArguments(command.name, command, rest));
}

async function find(name: string): Promise<Command> {
  const found = COMMANDS.find((command) => command.name === name);
  if (found !== undefined) return await found.load();
  const nearest = nearestName(name, [...COMMANDS.map((command) => command.name), "help"]);
  throw new UsageError(
    `Cannot run command "${name}": weft has no such command`,
    nearest === undefined ? '"weft help" lists the commands' : `did you mean "${nearest}"?`,
  );
}

async function tellHelp([name, further]: readonly string[]): Promise<number> {
  if (further !== undefined) {
    const why = '"weft help" takes the name of one command';
    throw new UsageError(`Cannot read argument "${further}": ${why}`, '"weft help" lists the commands');
  }
  printData(await helpText(name, Deno.stdout));
  return EXIT.done;
}

async function helpText(name: string | undefined, stream: { isTerminal(): boolean }): Promise<string> {
  const { commandHelp, overview } = await import("./help.ts");
  const paint = styler(stream);
  return name === undefined ? overview(COMMANDS, paint) : commandHelp(await find(name), paint);
}

/** Answers the scripts of `weft completions`. */
async function tellCompletions([shell, ...words]: readonly string[]): Promise<number> {
  const { completionLines } = await import("./complete.ts");
  printData(await completionLines(shell, words));
  return EXIT.done;
}

async function tellVersion(): Promise<number> {
  const { default: { version } } = await import("../../deno.json", { with: { type: "json" } });
  printData(`weft ${version} (deno ${Deno.version.deno})\n`);
  return EXIT.done;
}

/** A failure for the user stands as it is; any other is a mistake in weft, which a person should hear of. */
function tellError(error: unknown): void {
  const paint = styler(Deno.stderr);
  const debug = Deno.env.get("WEFT_DEBUG") === "1";
  if (error instanceof UserError) {
    printLine(`${paint("red", "error:")} ${error.message}`);
    if (error.help !== undefined) printLine(`  ${paint("cyan", "help:")} ${error.help}`);
  } else {
    const message = error instanceof Error ? error.message : String(error);
    const report = "a mistake in weft; please report it with what WEFT_DEBUG=1 adds";
    printLine(`${paint("red", "error:")} ${message} (${report})`);
  }
  if (debug && error instanceof Error) printLine(error.stack ?? "");
}

if (import.meta.main) {
  const folder = Deno.env.get("INIT_CWD"); // where the user is: `deno task` itself goes to the folder of deno.json
  if (folder !== undefined) Deno.chdir(folder);
  Deno.exit(await main(Deno.args));
}
