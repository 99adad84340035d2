import { assert, assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import { isJsonObject, type Json, type JsonObject } from "../src/core/json.ts";
import { stageSchema } from "../src/language/pipeline_schema.ts";
import { stageKinds } from "../src/stages/registry.ts";
import { schemaFiles } from "./write.ts";

const kinds = stageKinds("");

Deno.test("schemas/ holds what schemas/write.ts writes", () => {
  const here = [...Deno.readDirSync(new URL(".", import.meta.url))].map(({ name }) => name);
  const committed = here.filter((name) => name.endsWith(".schema.json")).sort();
  assertEquals(committed, [...schemaFiles().keys()].sort());
  for (const [name, text] of schemaFiles()) {
    assertEquals(Deno.readTextFileSync(new URL(name, import.meta.url)), text, `renew schemas/${name}`);
  }
});

for (const kind of kinds) {
  Deno.test(`the schema of ${kind.name} is strict, and its defaults, neutral values and examples fit it`, () => {
    const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
    ajv.addVocabulary(["neutral"]);
    ajv.compile(stageSchema(kind));
    for (const [path, schema] of subschemas(kind.schema, kind.name)) {
      assert(schema["$ref"] === undefined, `${path}: the language follows no $ref`);
      const examples = Array.isArray(schema["examples"]) ? schema["examples"] : [];
      for (const value of [schema["default"], schema["neutral"], ...examples]) {
        if (value === undefined) continue;
        assert(ajv.validate(schema, value), `${path}: ${JSON.stringify(value)}: ${ajv.errorsText()}`);
      }
    }
  });

  Deno.test(`every setting of ${kind.name} has a description, and every input is a setting`, () => {
    for (const [path, schema] of subschemas(kind.schema, kind.name)) {
      for (const [name, property] of Object.entries(schema["properties"] ?? {})) {
        assert(typeof property["description"] === "string", `${path}.${name} has no description`);
      }
    }
    const settings = Object.keys(kind.schema["properties"] ?? {});
    for (const role of Object.keys(kind.inputs)) assert(settings.includes(role), `${role} is not a setting`);
  });
}

/** A schema and all below it, with their paths. */
function subschemas(schema: JsonObject, path: string): [string, JsonObject][] {
  const named = (key: string): [string, Json][] => {
    const value = schema[key];
    if (Array.isArray(value)) return value.map((item: Json, i) => [`${path}.${key}[${i}]`, item]);
    if (!isJsonObject(value)) return [];
    if (key !== "properties") return [[`${path}.${key}`, value]];
    return Object.entries(value).map(([name, property]) => [`${path}.${name}`, property]);
  };
  const below = ["properties", "items", "anyOf", "oneOf", "allOf", "additionalProperties"].flatMap(named);
  const inner = below.flatMap(([path, value]) => (isJsonObject(value) ? subschemas(value, path) : []));
  return [[path, schema], ...inner];
}
