import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import { parse as parseYaml } from "yaml";
import { compile } from "../src/compiler/compile.ts";
import type { Diagnostic } from "../src/core/diagnostic.ts";
import { drawDiagnostic } from "../src/core/draw_diagnostic.ts";
import { publishedSchemas } from "../src/language/published_schemas.ts";
import { stageKinds } from "../src/stages/registry.ts";
import {
  entriesOf,
  misspell,
  type Mutant,
  type Path,
  withEntryTwice,
  withMisspeltKey,
  withoutEntry,
  withValue,
} from "./testing/mutants.ts";
import { ROOT } from "./testing/weft.ts";

// Every file of pipelines/ is changed in every place. What makes a change a mistake is found by rules that are not the
// language's own: the published schemas with ajv alone, and the names that stages, params and axes have. A mistake must be
// told where the change is, or (a reference to what is gone) where the name stands; what is no mistake must compile.

const kinds = stageKinds("", () => "");
const schema = JSON.parse(publishedSchemas(kinds).get("pipeline.schema.json")!);
const isWellShaped = new Ajv({ strict: false, allErrors: false }).compile(schema);
/** Of every type that YAML has, so that each is wrong somewhere. */
const VALUES = [null, true, -7.5, "zzz", [], {}, [[]]] as const;

for (const path of await pipelineFiles()) {
  const text = Deno.readTextFileSync(ROOT + path).replace(/\b(count|models): \d+/g, "$1: 8"); // to be drawn in less time
  const entries = entriesOf(text);

  Deno.test(`compile() tells the place of every key that is deleted from ${path}`, () => {
    check(path, entries.map(({ map, key }) => withoutEntry(text, map, key)));
  });

  Deno.test(`compile() tells the place of every key that is misspelt in ${path}`, () => {
    check(path, entries.map(({ map, key }) => withMisspeltKey(text, map, key)));
  });

  Deno.test(`compile() tells the place of every key that stands twice in ${path}`, () => {
    check(path, entries.map(({ map, key }) => withEntryTwice(text, map, key)), () => true);
  });

  Deno.test(`compile() tells the place of every value of another type in ${path}`, () => {
    check(path, entries.flatMap(({ map, key }) => VALUES.map((value) => withValue(text, map, key, value))));
  });

  Deno.test(`compile() tells the place of every reference in ${path} to no stage, or to one that makes something else`, () => {
    const mutants = referencesIn(text).flatMap(({ map, key, artifact, names }) => {
      const wrong = Object.entries(stagesOf(text)).filter(([, stage]) =>
        kindNamed(stage)?.output.name !== artifact
      );
      return [misspell(names[0]!), ...wrong.map(([name]) => name)].flatMap((name) => [
        withValue(text, map, key, name),
        ...(names.length > 1 ? [withValue(text, map, key, [...names.slice(1), name])] : []),
      ]);
    });
    check(path, mutants, () => true);
  });
}

/** @param mustFail Whether a mutant is a mistake; without it, by the rules */
function check(
  path: string,
  mutants: readonly Mutant[],
  mustFail: (mutant: Mutant) => boolean = isMistake,
): void {
  const wrong = mutants.flatMap((mutant) => {
    const why = whyWrong(path, mutant, mustFail(mutant));
    return why === undefined ? [] : [`${mutant.what}: ${why}`];
  });
  assertEquals(wrong, []);
}

function whyWrong(path: string, mutant: Mutant, mustFail: boolean): string | undefined {
  let result;
  try {
    result = compile({ path, text: mutant.text }, kinds);
  } catch (error) {
    return `it crashes, ${error}`;
  }
  if (result.ok) return mustFail ? "it is accepted" : undefined;
  const drawn = result.error.map((problem) => drawDiagnostic(problem, () => mutant.text));
  if (drawn.some((text) => /^ {4}at /m.test(text))) return "it shows a stack trace";
  const { error } = result;
  if (error.some((problem) => isAt(problem, mutant) || namesWhatIsGone(problem, mutant))) return undefined;
  if (!mustFail && error.filter(isError).every((problem) => isInDependent(problem, mutant))) return undefined;
  const places = mutant.places.map(({ line, column }) => `${line}:${column}`).join(" or ");
  return `no problem is at ${places}\n${drawn.slice(0, 3).join("\n")}`;
}

/** Whether a problem is shown, or related, where the change is. */
function isAt({ at, related = [] }: Diagnostic, { places }: Mutant): boolean {
  return [at, ...related.map(({ at }) => at)].some((span) =>
    places.some(({ line, column }) => span?.line === line && span.column === column)
  );
}

/** Whether a problem is a name of a stage, a param, an axis or a resource that is no longer there. */
function namesWhatIsGone({ code, message }: Diagnostic, { map, key }: Mutant): boolean {
  const kind = map.join(".");
  const codes: Readonly<Record<string, string>> = {
    stages: "unknown-stage",
    params: "unknown-param",
    matrix: "unknown-axis",
    resources: "unknown-resource",
  };
  const isWhole = map.length === 0 && ["params", "matrix", "resources"].includes(key);
  if (isWhole) return code === codes[key];
  return code === codes[kind] && message.includes(`"${key}"`);
}

/**
 * Whether a problem is in a stage that depends on what is changed: the stage itself, one that uses the param or the axis, or
 * one that reads such a stage. Of settings that are right by themselves and wrong together, that is all that can be said.
 */
function isInDependent({ at }: Diagnostic, { map, key, text }: Mutant): boolean {
  const [top, name] = [...map, key];
  const stages = stagesOf(text);
  const isChanged = (stage: string) =>
    top === "stages"
      ? stage === name
      : new RegExp(`\\$\\{\\{ *${top}\\.${name}\\b`).test(JSON.stringify(stages[stage]));
  const dependent = new Set(Object.keys(stages).filter(isChanged));
  for (let before = 0; before !== dependent.size;) {
    before = dependent.size;
    for (const { map: [, reader], names } of referencesIn(text)) {
      if (names.some((name) => dependent.has(name) || name.startsWith("${{"))) dependent.add(String(reader));
    }
  }
  return at !== undefined && [...dependent].some((stage) => isInStage(text, stage, at.line));
}

function isInStage(text: string, stage: string, line: number): boolean {
  const lines = text.split("\n");
  const start = lines.findLastIndex((text, i) => i < line && /^ {2}[a-z][\w-]*:/.test(text));
  return start > lines.indexOf("stages:") && lines[start]!.startsWith(`  ${stage}:`);
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function isMistake({ text }: Mutant): boolean {
  const pipeline = parseYaml(text, { merge: true });
  return !isWellShaped(pipeline) || namesNothing(text);
}

/** Whether some reference, resource or expression names what is not there. */
function namesNothing(text: string): boolean {
  const pipeline = parseYaml(text, { merge: true });
  const stages = stagesOf(text);
  const isGone = referencesIn(text).some(({ names }) =>
    names.some((name) => !name.includes("$") && !Object.hasOwn(stages, name))
  );
  const resources = Object.keys(pipeline.resources ?? {});
  const isTakenInVain = Object.values(stages).some((stage) =>
    isMap(stage) && isMap(stage["resources"]) &&
    Object.keys(stage["resources"]).some((name) => !resources.includes(name))
  );
  const roots: Record<string, unknown> = { params: pipeline.params, matrix: pipeline.matrix };
  const expressions = [...JSON.stringify(stages).matchAll(/\$\{\{ *(params|matrix)\.([\w-]+)/g)];
  return isGone || isTakenInVain ||
    expressions.some(([, root, name]) => !Object.hasOwn(roots[root!] ?? {}, name!));
}

interface NamedStages {
  readonly map: Path;
  readonly key: string;
  readonly artifact: string;
  readonly names: readonly string[];
}

/** The settings of stages that name other stages. */
function referencesIn(text: string): NamedStages[] {
  return Object.entries(stagesOf(text)).flatMap(([name, stage]) =>
    Object.entries(kindNamed(stage)?.inputs ?? {}).flatMap(([key, { artifact }]) => {
      const value = isMap(stage) ? stage[key] : undefined;
      const names = [value].flat().filter((name) => typeof name === "string");
      return names.length === 0 ? [] : [{ map: ["stages", name], key, artifact, names }];
    })
  );
}

function stagesOf(text: string): Readonly<Record<string, unknown>> {
  const { stages } = parseYaml(text, { merge: true }) ?? {};
  return isMap(stages) ? stages : {};
}

function kindNamed(stage: unknown) {
  return kinds.find(({ name }) => isMap(stage) && stage["kind"] === name);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

async function pipelineFiles(): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ["pipelines", "pipelines/examples"]) {
    for await (const { name, isFile } of Deno.readDir(ROOT + folder)) {
      if (isFile && name.endsWith(".yaml")) found.push(`${folder}/${name}`);
    }
  }
  return found.sort();
}
