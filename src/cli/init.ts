import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { schema, UsageError, UserError } from "../mod.ts";
import { type Command, EXIT } from "./command.ts";
import { printLine, writeFailure } from "./output.ts";
import { quoted } from "./text.ts";

const PIPELINE = "starter.yaml";
/** The pipeline's first line names it, so that editors complete and check settings. */
const SCHEMA = ".weft/pipeline.schema.json";
/** Trained networks: large, and made again from the pipeline. */
const IGNORED = "outputs/store/";

export const initCommand: Command = {
  name: "init",
  summary: "Write a first pipeline that runs, with comments",
  operand: { name: "[DIR]", least: 0, most: 1, description: "folder for it (default: this one)" },
  options: {},
  examples: [
    ["weft init", `${PIPELINE}, a JSON Schema for editors and a .gitignore, in this folder`],
    ["weft init experiments/widths", "the same in another folder, which is made"],
  ],
  run: async ({ operands }) => {
    const folder = operands[0] ?? ".";
    const files = new Map([
      [PIPELINE, await Deno.readTextFile(new URL(PIPELINE, import.meta.url))],
      [SCHEMA, await schema()],
    ]);
    const ignores = ignoredLines(folder);
    if (ignores === undefined) files.set(".gitignore", `${IGNORED}\n`);
    refuseExisting(folder, [...files.keys()]);
    makeFolder(join(folder, dirname(SCHEMA)));
    for (const [name, text] of files) writeNew(join(folder, name), text);
    if (ignores?.some(coversStore) === false) {
      printLine(`add this line to ${join(folder, ".gitignore")}, so that git leaves out trained networks:`);
      printLine(`  ${IGNORED}`);
    }
    nextSteps(folder).forEach(printLine);
    return EXIT.done;
  },
};

/** Lines of the folder's .gitignore; undefined if it has none. */
function ignoredLines(folder: string): string[] | undefined {
  try {
    return Deno.readTextFileSync(join(folder, ".gitignore")).split(/\r?\n/);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw new UserError(`Cannot read "${join(folder, ".gitignore")}": ${writeFailure(error)}`);
  }
}

function coversStore(line: string): boolean {
  return /^\/?(\*\*\/)?outputs(\/store)?(\/|\/\*{1,2})?\s*$/.test(line);
}

/** Before anything is written. */
function refuseExisting(folder: string, names: readonly string[]): void {
  const existing = names.map((name) => join(folder, name)).filter(exists);
  if (existing.length === 0) return;
  const named = existing.map((path) => `"${path}"`).join(" and ");
  throw new UsageError(
    `Cannot write ${named}: ${existing.length > 1 ? "they exist" : "it exists"} already`,
    "name another folder: weft init DIR",
  );
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
  }
}

function makeFolder(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw new UserError(`Cannot make folder "${path}": it is a file`);
    }
    throw new UserError(`Cannot make folder "${path}": ${writeFailure(error)}`);
  }
}

function writeNew(path: string, text: string): void {
  try {
    Deno.writeTextFileSync(path, text, { createNew: true });
  } catch (error) {
    throw new UserError(`Cannot write "${path}": ${writeFailure(error)}`);
  }
  printLine(`wrote ${path}`);
}

function nextSteps(folder: string): string[] {
  const weft = programWords(folder);
  const commands = [
    [`${weft} plan ${PIPELINE}`, "what would be trained"],
    [`${weft} run ${PIPELINE} --setup`, "train and draw; installs the engine first if it is missing"],
  ] as const;
  const width = Math.max(...commands.map(([line]) => line.length));
  return [
    "next:",
    ...(resolve(folder) === Deno.cwd()
      ? []
      : [`  cd ${folder.startsWith("-") ? "-- " : ""}${quoted(folder)}`]),
    ...commands.map(([line, does]) => `  ${line.padEnd(width)}  ${does}`),
  ];
}

/** How the program is called from a folder: `deno task` sets INIT_CWD, and finds the checkout only from inside of it. */
function programWords(folder: string): string {
  if (Deno.env.get("INIT_CWD") === undefined) return "weft";
  const checkout = fileURLToPath(new URL("../../", import.meta.url));
  const isInside = !relative(checkout, resolve(folder)).startsWith("..");
  return isInside ? "deno task weft" : `deno task --config ${quoted(join(checkout, "deno.json"))} weft`;
}
