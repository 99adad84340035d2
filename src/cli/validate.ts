import { resolve } from "node:path";
import { type CheckedFile, drawDiagnostic, validate } from "../mod.ts";
import { githubAnnotation } from "./annotations.ts";
import { type Command, EXIT, givenParams, PARAM_OPTIONS } from "./command.ts";
import { printData, printLine } from "./output.ts";
import { namedFiles } from "./pipeline_paths.ts";
import { count } from "./text.ts";

export const validateCommand: Command = {
  name: "validate",
  summary: "Check pipeline files without running anything",
  operand: {
    name: "FILES",
    least: 1,
    most: Infinity,
    description: "pipelines to check, folders of pipelines, or - for standard input",
  },
  options: {
    format: {
      value: "FORMAT",
      among: ["text", "json", "github"],
      description: "text (default), json, or github: annotations of a pull request",
    },
    ...PARAM_OPTIONS,
  },
  examples: [
    ["weft validate pipelines/*.yaml", "all problems, with their places"],
    ["weft validate pipelines", "the same for all YAML files in a folder and below"],
    ["weft validate --format json widths.yaml", "for programs"],
    ["weft validate --format github pipelines", "for a workflow of GitHub Actions"],
    ["git show HEAD:widths.yaml | weft validate -", "what comes from another program"],
  ],
  run: async (args) => {
    const params = givenParams(args);
    const named = await namedFiles(args.operands);
    const checked = named.map((file) => typeof file === "string" ? validate([file], params) : [file]);
    const files = withoutRepetition((await Promise.all(checked)).flat());
    switch (args.values.format) {
      case "json":
        printData(`${JSON.stringify(validationJson(files), null, 2)}\n`);
        break;
      case "github":
        printData(annotations(files));
        break;
      default:
        files.forEach(printProblems);
    }
    printLine(summary(files));
    return files.some(hasErrors) ? EXIT.wrong : EXIT.done;
  },
};

/** Draws what is wrong with a file on standard error. */
export function printProblems({ sources, diagnostics }: CheckedFile): void {
  const color = Deno.stderr.isTerminal() && !Deno.env.get("NO_COLOR");
  for (const diagnostic of diagnostics) {
    printLine(`${drawDiagnostic(diagnostic, (path) => sources.get(path), { color })}\n`);
  }
}

/** `{ok, diagnostics: [{severity, code, message, path, line, column, endLine, endColumn, help, related}]}` */
export function validationJson(files: readonly CheckedFile[]) {
  const diagnostics = files.flatMap(({ path, diagnostics }) =>
    diagnostics.map(({ severity, code, message, at, help, related = [] }) => ({
      severity,
      code,
      message,
      ...(at ?? { path }),
      help,
      related: related.map(({ message, at }) => ({ message, ...at })),
    }))
  );
  return { ok: !files.some(hasErrors), diagnostics };
}

/** The files with each problem only where it is first: two files may import the same one. */
export function withoutRepetition(files: readonly CheckedFile[]): CheckedFile[] {
  const told = new Set<string>();
  return files.map((file) => ({
    ...file,
    diagnostics: file.diagnostics.filter(({ code, message, at }) => {
      const place = at && { ...at, path: resolve(at.path) }; // without one the message names what it is about
      const key = JSON.stringify([place, code, message]);
      return !told.has(key) && told.add(key);
    }),
  }));
}

/** "2 errors and 1 warning in 2 files", or "3 files: no problems". */
export function summary(files: readonly CheckedFile[]): string {
  const problems = files.flatMap(({ path, diagnostics }) =>
    diagnostics.map(({ severity, at }) => ({ severity, path: at?.path ?? path }))
  );
  if (problems.length === 0) return `${count(files.length, "file")}: no problems`;
  const numbers = (["error", "warning"] as const).map((severity) =>
    [problems.filter((problem) => problem.severity === severity).length, severity] as const
  );
  const told = numbers.filter(([n]) => n > 0).map(([n, noun]) => count(n, noun));
  return `${told.join(" and ")} in ${count(new Set(problems.map(({ path }) => path)).size, "file")}`;
}

function annotations(files: readonly CheckedFile[]): string {
  const lines = files.flatMap((file) =>
    file.diagnostics.map((diagnostic) => githubAnnotation(diagnostic, file))
  );
  return lines.map((line) => `${line}\n`).join("");
}

function hasErrors({ diagnostics }: CheckedFile): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}
