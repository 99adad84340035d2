import { assert, assertEquals, assertFalse } from "@std/assert";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { isJsonObject, type Json, type JsonObject } from "../src/core/json.ts";
import { pipelineSchema, stageSchema } from "../src/language/pipeline_schema.ts";
import { mapSubschemas } from "../src/language/subschemas.ts";
import { stageKinds } from "../src/stages/registry.ts";
import { REFERENCE, referencePage, schemaFiles } from "./write.ts";

const kinds = stageKinds("", () => "");
const sources = new Map([
  ["pipeline", pipelineSchema(kinds)],
  ...kinds.map((kind) => [kind.name, stageSchema(kind)] as const),
]);
const published = new Map(
  [...schemaFiles()].map(([name, text]) => [name.split(".")[0]!, compiled(JSON.parse(text))]),
);
const stages = pipelines().flatMap((pipeline) => Object.entries(pipeline["stages"] as JsonObject));

Deno.test("schemas/ holds what schemas/write.ts writes", () => {
  const here = [...Deno.readDirSync(new URL(".", import.meta.url))].map(({ name }) => name);
  const committed = here.filter((name) => name.endsWith(".schema.json")).sort();
  assertEquals(committed, [...schemaFiles().keys()].sort());
  for (const [name, text] of schemaFiles()) {
    assertEquals(Deno.readTextFileSync(new URL(name, import.meta.url)), text, `renew schemas/${name}`);
  }
});

Deno.test("docs/language.md has the tables that schemas/write.ts writes", () => {
  const page = Deno.readTextFileSync(REFERENCE);
  assertEquals(page, referencePage(page), "renew them with deno task schemas");
});

Deno.test("docs/language.md has a row for every setting of every kind, with its default", () => {
  const page = Deno.readTextFileSync(REFERENCE);
  for (const { name, schema } of kinds) {
    const section = page.slice(page.indexOf(`\n### ${name}\n`)).split("\n### ")[1]!;
    const rows = new Map(section.split("\n").map((line) => [line.split("`")[1], line]));
    for (
      const [setting, { default: usual }] of Object.entries(
        schema["properties"] as Record<string, JsonObject>,
      )
    ) {
      assert(rows.has(setting), `${name}.${setting} has no row`);
      if (typeof usual === "string") {
        assert(rows.get(setting)!.includes(`| \`${usual}\` |`), `${name}.${setting}`);
      }
    }
  }
});

Deno.test("docs/language.md has a row for every column of every table that a kind declares", () => {
  const page = Deno.readTextFileSync(REFERENCE);
  const sections = page.slice(page.indexOf("\n## Tables\n")).split(/\n(?=`\w+`, of a stage of kind)/).slice(
    1,
  );
  const output = { members: [], dataset: { splits: { validation: {} } } };
  const outlook = { labels: {}, instance: "draw", reads: {}, output, tables: () => ({}) };
  const config = { measures: ["statistics", "distribution"], rule: "tertiles", non: false };
  const declared = kinds.flatMap((kind) =>
    Object.entries(kind.tables?.(config, { sample: [outlook] }) ?? {}).map(([table, columns]) => ({
      title: `\`${table}\`, of a stage of kind ${kind.name}:`,
      columns,
    }))
  );
  assertEquals(declared.length, sections.length);
  for (const { title, columns } of declared) {
    const section = sections.find((section) => section.startsWith(title));
    for (const { name, type, description } of columns) {
      const cells = [`\`${name}\``, type, description.replaceAll("|", "\\|")];
      assert(section?.includes(`| ${cells.join(" | ")} |`), `${title} ${name}`);
    }
  }
});

for (const [name, schema] of sources) {
  Deno.test(`the schema of ${name} is strict, and its defaults, neutral values and examples fit it`, () => {
    const ajv = strictAjv();
    ajv.addVocabulary(["neutral"]);
    ajv.addSchema(schema, name);
    for (const [pointer, { default: usual, neutral, examples = [] }] of subschemas(schema)) {
      for (const value of [usual, neutral, ...(examples as Json[])]) {
        if (value === undefined) continue;
        const fits = ajv.validate({ $ref: `${name}${pointer}` }, value);
        assert(fits, `${name}${pointer}: ${JSON.stringify(value)}: ${ajv.errorsText()}`);
      }
    }
  });

  Deno.test(`every setting of ${name} has a description, and an example unless it is a map`, () => {
    for (const [pointer, subschema] of subschemas(schema)) {
      if (!/\/properties\/[^/]+$/.test(pointer)) continue;
      const setting = { ...targetOf(subschema, schema), ...subschema };
      assert(typeof setting["description"] === "string", `${name}${pointer} has no description`);
      if (["properties", "additionalProperties", "const"].some((key) => setting[key] !== undefined)) continue;
      const examples = setting["examples"];
      assert(Array.isArray(examples) && examples.length > 0, `${name}${pointer} has no examples`);
    }
  });
}

Deno.test("every input of a kind is one of its settings", () => {
  for (const { name, schema, inputs } of kinds) {
    const settings = Object.keys(schema["properties"] ?? {});
    for (const role of Object.keys(inputs)) {
      assert(settings.includes(role), `${name}: ${role} is not a setting`);
    }
  }
});

Deno.test("published schemas accept the pipelines of pipelines/, whole and stage by stage", () => {
  for (const pipeline of pipelines()) accepts("pipeline", pipeline);
  for (const [, stage] of stages) accepts(kindOf(stage), stage);
});

Deno.test("published schemas accept an expression for any value of a stage but its kind and the axes it gathers", () => {
  for (const [, stage] of stages) {
    for (const path of pathsIn(stage)) {
      const changed = withValue(stage, path, "${{ params.some.value }}");
      if (path[0] === "kind" || path[0] === "gather") assertFalse(published.get(kindOf(stage))!(changed));
      else accepts(kindOf(stage), changed);
    }
  }
});

Deno.test("published schemas say of values without expressions what the schemas of the language say", () => {
  const values: Json[] = [null, true, -1, 0.5, 1e7, "", "zz", "$params.x", [], ["zz"], [[]], {}, { zz: 1 }];
  let refused = 0;
  for (const [, stage] of stages) {
    if (JSON.stringify(stage).includes("${{")) continue;
    const source = compiled(sources.get(kindOf(stage))!);
    for (const path of pathsIn(stage)) {
      for (const value of values) {
        const changed = withValue(stage, path, value);
        const said = source(changed);
        const where = `${kindOf(stage)}.${path.join(".")}: ${JSON.stringify(value)}`;
        assertEquals(published.get(kindOf(stage))!(changed), said, where);
        if (!said) refused++;
      }
    }
  }
  assert(refused > 1000);
});

function accepts(name: string, value: Json): void {
  const validate = published.get(name)!;
  assert(validate(value), `${name}: ${JSON.stringify(validate.errors)}: ${JSON.stringify(value)}`);
}

function compiled(schema: JsonObject) {
  const ajv = strictAjv();
  ajv.addVocabulary(["neutral"]);
  return ajv.compile(schema);
}

function strictAjv(): Ajv {
  return new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
}

function pipelines(folder: URL = new URL("../pipelines/", import.meta.url)): JsonObject[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    if (isDirectory) return pipelines(new URL(`${name}/`, folder));
    return name.endsWith(".yaml")
      ? [parse(Deno.readTextFileSync(new URL(name, folder)), { merge: true })]
      : [];
  });
}

function kindOf(stage: Json): string {
  return String((stage as JsonObject)["kind"]);
}

/** The paths of all values inside a value. */
function pathsIn(value: Json): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap((
    [key, inner],
  ) => [[key], ...pathsIn(inner).map((path) => [key, ...path])]);
}

/** A copy of a value with another value at a path. */
function withValue(whole: Json, [key, ...path]: readonly string[], value: Json): Json {
  if (key === undefined) return value;
  if (Array.isArray(whole)) {
    return whole.map((item, i) => (String(i) === key ? withValue(item, path, value) : item));
  }
  const map = whole as JsonObject;
  return { ...map, [key]: withValue(map[key]!, path, value) };
}

/** A schema and all below it, by JSON pointer. */
function subschemas(schema: JsonObject, pointer = "#"): [string, JsonObject][] {
  const found: [string, JsonObject][] = [[pointer, schema]];
  mapSubschemas(schema, (inner, role, way) => {
    if (role === "test") return inner; // it describes nothing
    const steps = way.map((step) =>
      `/${encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))}`
    );
    found.push(...subschemas(inner, pointer + steps.join("")));
    return inner;
  });
  return found;
}

/** What a schema refers to, if it does. */
function targetOf({ $ref: reference }: JsonObject, root: JsonObject): JsonObject {
  if (typeof reference !== "string") return {};
  const target = (root["definitions"] as JsonObject)[reference.replace("#/definitions/", "")];
  if (!isJsonObject(target)) throw new Error(`Cannot find ${reference}`);
  return target;
}
