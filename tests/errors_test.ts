import { assert, assertEquals } from "@std/assert";
import { compile } from "../src/compiler/compile.ts";
import type { Diagnostic } from "../src/core/diagnostic.ts";
import { drawDiagnostic } from "../src/core/draw_diagnostic.ts";
import { PipelineFiles } from "../src/sources/pipeline_files.ts";
import { stageKinds } from "../src/stages/registry.ts";
import { type ErrorExample, errorExamples } from "./testing/error_examples.ts";
import { ROOT } from "./testing/weft.ts";

// docs/errors.md is written from these examples: `deno test -A tests/errors_test.ts -- --write`.

const PAGE = `${ROOT}docs/errors.md`;
const kinds = stageKinds("", () => "");

for (const example of errorExamples) {
  Deno.test(`A pipeline gets the code ${example.code} and no other: ${example.meaning}`, async () => {
    const { problems } = await problemsOf(example);
    const codes = new Set(problems.map(({ code }) => code));
    assertEquals([...codes].sort(), [example.code, ...example.beside ?? []].sort(), problems[0]?.message);
  });
}

Deno.test("Every code in the sources has an example, and every example a code", () => {
  assertEquals(errorExamples.map(({ code }) => code).sort(), codesInSources());
});

Deno.test("docs/errors.md is as the examples make it", async () => {
  const page = await pageOf(errorExamples);
  if (Deno.args.includes("--write")) Deno.writeTextFileSync(PAGE, page);
  assert(Deno.readTextFileSync(PAGE) === page, "renew it: deno test -A tests/errors_test.ts -- --write");
});

interface Told {
  readonly problems: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

async function problemsOf({ code, yaml, imports = {}, set = [], answer }: ErrorExample): Promise<Told> {
  const files = new PipelineFiles();
  const path = "my.yaml";
  if (code === "unreadable-file") return told([await files.root("not-there.yaml")], files);
  const overrides = set.map((text) => files.param(text));
  const read = (name: string) => {
    const text = imports[name.replace("./", "")];
    return text === undefined ? { why: "there is no such file" } : { path: name.replace("./", ""), text };
  };
  const result = compile({ path, text: yaml }, kinds, {
    read,
    overrides: overrides.filter((one) => "type" in one),
    answers: () => answer,
  });
  const sources = new Map([...files.sources, [path, yaml], ...Object.entries(imports)]);
  return { problems: result.ok ? result.value.warnings : result.error, sources };
}

function told(found: readonly (Diagnostic | object)[], { sources }: PipelineFiles): Told {
  return { problems: found.filter((one) => "severity" in one) as Diagnostic[], sources };
}

function codesInSources(): string[] {
  const found = new Set(["unknown-param", "unknown-axis"]); // substitute.ts makes them from what a name stands for
  for (const text of sources()) {
    const places = [
      /\bcode\??: "([a-z0-9-]+)"/g,
      /\b(?:[a-z]+Problem|problem|refuse|warning|expected)\(\s*"([a-z0-9-]+)"/g,
      /\bcode = [^;]*? "([a-z0-9-]+)"/g,
      /\bcode = [^;]*? : "([a-z0-9-]+)"/g,
    ];
    for (const place of places) for (const [, code] of text.matchAll(place)) found.add(code!);
  }
  return [...found].sort();
}

function sources(): string[] {
  const folders = ["src/language", "src/artifacts", "src/stages", "src/compiler"].map((folder) =>
    ROOT + folder
  );
  return [Deno.readTextFileSync(`${ROOT}src/sources/pipeline_files.ts`), ...folders.flatMap(textsBelow)];
}

function textsBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return name === "testing" ? [] : textsBelow(`${folder}/${name}`);
    return name.endsWith(".ts") && !name.endsWith("_test.ts")
      ? [Deno.readTextFileSync(`${folder}/${name}`)]
      : [];
  });
}

async function pageOf(examples: readonly ErrorExample[]): Promise<string> {
  const sorted = [...examples].sort((a, b) => a.code < b.code ? -1 : 1);
  const sections = await Promise.all(sorted.map(sectionOf));
  return `${HEAD}\n${sections.join("\n")}`;
}

const HEAD = `<!-- deno-fmt-ignore-file -->
# Errors and warnings

Every code that \`weft validate\` and the commands that read a pipeline tell, each with a small example. Written from
\`tests/testing/error_examples.ts\`.
`;

async function sectionOf(example: ErrorExample): Promise<string> {
  const { code, meaning, yaml, shown = yaml, set = [] } = example;
  const { problems, sources } = await problemsOf(example);
  const problem = problems.find((problem) => problem.code === code);
  const drawn = problem === undefined ? "" : drawDiagnostic(problem, (path) => sources.get(path));
  const file = shown === "" ? "" : `\n\`\`\`yaml\n${visible(shown.trimEnd())}\n\`\`\`\n`;
  const options = set.map((text) => `\nwith \`--set ${text}\`\n`).join("");
  return `## ${code}\n\n${meaning}\n${file}${options}\n\`\`\`text\n${drawn}\n\`\`\`\n`;
}

/** Characters that cannot be shown, as people write of them. */
function visible(text: string): string {
  return text.replaceAll("\0", "␀").replaceAll("\ufffd", "�");
}
