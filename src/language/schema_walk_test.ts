import { assertEquals } from "@std/assert";
import type { Json, JsonObject } from "../core/json.ts";
import { withDefaults, withoutNeutral } from "./schema_walk.ts";

const domain: JsonObject = {
  type: "object",
  required: ["choice"],
  additionalProperties: false,
  properties: { choice: {} },
};
const schema: JsonObject = {
  type: "object",
  properties: {
    plain: { type: "integer", default: 1, neutral: 1 },
    moved: { type: "integer", default: 5, neutral: 1 },
    kept: { type: "integer", default: 3 },
    nested: {
      type: "object",
      default: {},
      neutral: {},
      properties: { a: { default: "x", neutral: "x" }, b: { type: "integer" } },
    },
    list: { type: "array", items: { type: "object", properties: { w: { default: 1, neutral: 1 } } } },
    union: {
      oneOf: [
        {
          type: "object",
          required: ["kind"],
          properties: { kind: { const: "p" }, q: { default: 7, neutral: 7 } },
        },
        {
          type: "object",
          required: ["kind"],
          properties: { kind: { const: "r" }, s: { anyOf: [{ type: "integer" }, domain], default: 8 } },
        },
      ],
    },
  },
};

Deno.test("withDefaults() fills in what is missing, at every depth, and nothing else", () => {
  assertEquals(filled({}), { plain: 1, moved: 5, kept: 3, nested: { a: "x" } });
  assertEquals(filled({ plain: 2, nested: { b: 1 }, list: [{}, { w: 2 }] }), {
    plain: 2,
    moved: 5,
    kept: 3,
    nested: { a: "x", b: 1 },
    list: [{ w: 1 }, { w: 2 }],
  });
});

Deno.test("withDefaults() takes the branch of a union that the value fits", () => {
  const union = (value: Json) => (filled({ union: value }) as JsonObject)["union"];
  assertEquals(union({ kind: "p" }), { kind: "p", q: 7 });
  assertEquals(union({ kind: "r" }), { kind: "r", s: 8 });
  assertEquals(union({ kind: "r", s: { choice: [1] } }), { kind: "r", s: { choice: [1] } });
  assertEquals(union("other"), "other");
});

Deno.test("withoutNeutral() leaves out what is neutral, and a default that is not stays", () => {
  assertEquals(telling({}), { moved: 5, kept: 3 });
  assertEquals(telling({ moved: 1, kept: 3, plain: 2 }), { kept: 3, plain: 2 });
  assertEquals(telling({ nested: { a: "y" } }), { moved: 5, kept: 3, nested: { a: "y" } });
  assertEquals(telling({ nested: { a: "x", b: 2 } }), { moved: 5, kept: 3, nested: { b: 2 } });
  assertEquals(telling({ list: [{ w: 1 }, { w: 2 }] }), { moved: 5, kept: 3, list: [{}, { w: 2 }] });
  assertEquals(telling({ union: { kind: "p" } }), { moved: 5, kept: 3, union: { kind: "p" } });
});

function filled(value: Json): Json {
  return withDefaults(schema, value);
}

function telling(value: Json): Json {
  return withoutNeutral(schema, filled(value));
}
