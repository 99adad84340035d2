import { type CheckedFile, drawDiagnostic, validate } from "../mod.ts";
import { type Command, EXIT } from "./command.ts";
import { printData, printLine } from "./output.ts";
import { count } from "./text.ts";

export const validateCommand: Command = {
  name: "validate",
  summary: "Check pipeline files without running anything",
  operand: { name: "FILES", least: 1, most: Infinity, description: "pipelines to check" },
  options: {
    format: { value: "FORMAT", among: ["text", "json"], description: "text (default) or json" },
  },
  examples: [
    ["weft validate pipelines/*.yaml", "all problems, with their places"],
    ["weft validate --format json widths.yaml", "the same for programs"],
  ],
  run: async ({ operands, values }) => {
    const files = await validate(operands);
    const ok = files.every((file) => !hasErrors(file));
    if (values.format === "json") printData(`${JSON.stringify(validationJson(files), null, 2)}\n`);
    else printValidation(files);
    return ok ? EXIT.done : EXIT.wrong;
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

function printValidation(files: readonly CheckedFile[]): void {
  files.forEach(printProblems);
  const errors = files.flatMap(({ diagnostics }) => diagnostics).filter(({ severity }) =>
    severity === "error"
  );
  if (errors.length > 0) {
    printLine(`${count(errors.length, "error")} in ${count(files.filter(hasErrors).length, "file")}`);
  } else printLine(`${count(files.length, "file")}: no problems`);
}

function hasErrors({ diagnostics }: CheckedFile): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}
