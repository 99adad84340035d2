import { assert, assertEquals, assertFalse } from "@std/assert";
import { Ajv } from "ajv";
import type { JsonObject } from "../core/json.ts";
import { fakeKinds } from "./testing/fake_kinds.ts";
import { publishedSchemas } from "./published_schemas.ts";

const data = { kind: "data", source: "mnist", limit: 3 };
const training = { kind: "training", space: "s" };

Deno.test("publishedSchemas() has a file for pipelines and one for each kind, as draft-07", () => {
  const files = publishedSchemas(fakeKinds);
  const names = ["pipeline", ...fakeKinds.map(({ name }) => name)].map((name) => `${name}.schema.json`);
  assertEquals([...files.keys()], names);
  for (const text of files.values()) {
    assertEquals(JSON.parse(text)["$schema"], "http://json-schema.org/draft-07/schema#");
    assertFalse(text.includes('"neutral"'));
  }
});

Deno.test("publishedSchemas() gives schemas that tell right from wrong stages without any other file", () => {
  const pipeline = validator("pipeline.schema.json");
  assert(pipeline({ weft: 1, name: "a", stages: { d: data, t: training }, "x-home": 1 }));
  assertFalse(pipeline({ weft: 1, stages: { d: { ...data, extra: 1 } } }));
  assertFalse(pipeline({ weft: 1, stages: { d: { kind: "training" } } }));
  assertFalse(pipeline({ weft: 1, stages: { d: { kind: "other" } } }));
  assertFalse(pipeline({ weft: 1, stages: { D: data } }));
  assertFalse(pipeline({ weft: 1, stages: { d: data }, extra: 1 }));
  const stage = validator("data.schema.json");
  assert(stage(data));
  assertFalse(stage({ ...data, kind: "training" }));
});

function validator(file: string) {
  const schema: JsonObject = JSON.parse(publishedSchemas(fakeKinds).get(file)!);
  return new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);
}
