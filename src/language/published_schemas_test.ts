import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { Ajv } from "ajv";
import type { JsonObject } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";
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
  const expression = "${{ params.x }}";
  const parts = {
    matrix: { size: expression },
    imports: { b: { file: "./b.yaml", params: { n: expression } } },
  };
  assert(
    pipeline({ weft: 1, name: `a-${expression}`, ...parts, stages: { d: { ...data, limit: expression } } }),
  );
  assertFalse(pipeline({ weft: expression, stages: { d: data } }));
  assertFalse(pipeline({ weft: 1, stages: { d: { kind: expression } } }));
  const stage = validator("data.schema.json");
  assert(stage(data));
  assertFalse(stage({ ...data, kind: "training" }));
});

Deno.test("publishedSchemas() keeps apart what kinds call by the same name, and leaves out what none refers to", () => {
  const kind = (name: string, depth: JsonObject): StageKind => ({
    ...fakeKinds[0]!,
    name,
    schema: {
      type: "object",
      required: ["depth"],
      properties: {
        depth: { $ref: "#/definitions/depth", description: "Layers", examples: [2] },
        loud: { $ref: "#/definitions/loud", description: "Own words" },
      },
      definitions: { depth, loud: { type: "integer", description: "Other words" }, unused: { type: "null" } },
    },
  } as StageKind);
  const nested: JsonObject = {
    type: ["integer", "object"],
    additionalProperties: { $ref: "#/definitions/depth" },
  };
  const kinds = [kind("text", { type: "string", minLength: 2 }), kind("tree", nested)];

  const pipeline = validator("pipeline.schema.json", kinds);
  const stage = (settings: JsonObject) => pipeline({ weft: 1, stages: { s: settings } });
  assert(stage({ kind: "text", depth: "ab" }));
  assertFalse(stage({ kind: "text", depth: 3 }));
  assert(stage({ kind: "tree", depth: { a: { b: 3, c: "${{ params.c }}" } } }));
  assertFalse(stage({ kind: "tree", depth: { a: { b: "three" } } }));
  assert(validator("tree.schema.json", kinds)({ kind: "tree", depth: { a: { b: 3 } } }));

  const schema: JsonObject = JSON.parse(publishedSchemas(kinds).get("pipeline.schema.json")!);
  const names = Object.keys(schema["definitions"]!);
  assertEquals(names, ["stage.text", "text.depth", "stage.tree", "tree.depth", "expression", "template"]);
  // Beside a $ref everything is ignored, so each description stands elsewhere, and that of the setting comes first.
  const { loud, depth } = settingsOf(schema, "stage.tree");
  assertEquals([depth!["description"], depth!["$ref"]], ["Layers", undefined]);
  assertEquals(loud!["description"], "Own words");
  assertFalse(JSON.stringify(loud).includes("Other words"));
});

Deno.test("publishedSchemas() refuses a reference to anything but a definition", () => {
  const properties = { a: { $ref: "other.json#/a", description: "Elsewhere" } };
  const kind = { ...fakeKinds[0]!, schema: { type: "object", properties } } as StageKind;
  assertThrows(() => publishedSchemas([kind]), Error, 'Cannot publish $ref "other.json#/a"');
});

Deno.test("publishedSchemas() tells defaults, and of a union's branch also what the union is for", () => {
  const rule: JsonObject = {
    description: "How it is split",
    default: "tertiles",
    examples: ["tertiles", { at: 3 }],
    anyOf: [
      { const: "tertiles", description: "In three" },
      { type: "object", properties: { at: { type: "integer", description: "Where", examples: [[{}]] } } },
    ],
  };
  const kind = { ...fakeKinds[0]!, schema: { type: "object", properties: { rule } } } as StageKind;
  const schema: JsonObject = JSON.parse(publishedSchemas([kind]).get("data.schema.json")!);
  const published = (schema["properties"] as Record<string, JsonObject>)["rule"]!;
  assertEquals(published["description"], "How it is split\n\nDefault: tertiles");
  const [constant] = published["anyOf"] as JsonObject[];
  assertEquals(constant!["description"], "How it is split\n\nDefault: tertiles\n\nIn three");
  // Editors suggest examples by label, which a map has not; hover text is taken from the branch of a condition, too.
  assertEquals(published["examples"], ["tertiles"]);
  assertEquals(published["allOf"], [{ if: {}, then: { examples: [{ at: 3 }] } }]);
});

function settingsOf(schema: JsonObject, definition: string): Record<string, JsonObject> {
  const stage = (schema["definitions"] as JsonObject)[definition] as JsonObject;
  return stage["properties"] as Record<string, JsonObject>;
}

function validator(file: string, kinds: readonly StageKind[] = fakeKinds) {
  const schema: JsonObject = JSON.parse(publishedSchemas(kinds).get(file)!);
  return new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);
}
