import { assertEquals, assertThrows } from "@std/assert";
import type { Json, JsonObject } from "../core/json.ts";
import { resolved, withDefaults, withoutNeutral } from "./schema_walk.ts";

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

Deno.test("withDefaults() and withoutNeutral() follow references and conditions", () => {
  const recursive: JsonObject = {
    type: "object",
    properties: { tree: { $ref: "#/definitions/tree", default: { kind: "p" } } },
    definitions: {
      size: { type: "integer" },
      tree: {
        type: "object",
        if: { required: ["choice"] },
        then: { properties: { choice: { type: "array", items: { $ref: "#/definitions/tree" } } } },
        else: {
          allOf: [
            {
              if: { required: ["kind"], properties: { kind: { const: "p" } } },
              then: { properties: { size: { $ref: "#/definitions/size", default: 2, neutral: 2 } } },
            },
            {
              if: { required: ["kind"], properties: { kind: { const: "r" } } },
              then: { properties: { size: { $ref: "#/definitions/size", default: 7 } } },
            },
          ],
        },
      },
    },
  };
  assertEquals(withDefaults(recursive, {}), { tree: { kind: "p", size: 2 } });
  const nested = withDefaults(recursive, { tree: { choice: [{ kind: "r" }, { choice: [{ kind: "p" }] }] } });
  assertEquals(nested, { tree: { choice: [{ kind: "r", size: 7 }, { choice: [{ kind: "p", size: 2 }] }] } });
  assertEquals(withoutNeutral(recursive, nested), {
    tree: { choice: [{ kind: "r", size: 7 }, { choice: [{ kind: "p" }] }] },
  });
  assertEquals(withDefaults(recursive, { tree: { kind: "x" } }), { tree: { kind: "x" } });
});

Deno.test("resolved() lays what stands beside a reference over what it refers to", () => {
  const definitions = {
    size: { type: "integer", description: "Size" },
    same: { $ref: "#/definitions/size" },
  };
  const reference = { $ref: "#/definitions/same", default: 1 };
  assertEquals(resolved(reference, { definitions }), { type: "integer", description: "Size", default: 1 });
  assertThrows(
    () => resolved({ $ref: "#/definitions/toString" }, { definitions }),
    Error,
    "no such definition",
  );
});

function filled(value: Json): Json {
  return withDefaults(schema, value);
}

function telling(value: Json): Json {
  return withoutNeutral(schema, filled(value));
}
