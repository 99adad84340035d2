import { assert, assertEquals, assertFalse } from "@std/assert";
import { Ajv } from "ajv";
import fc from "fast-check";
import type { Json, JsonObject } from "../core/json.ts";
import { expressionDefinitions, withExpressions } from "./published_values.ts";

const ONE = "${{ params.a.b-c }}";
const WITHIN = "small-${{matrix.size.name}}";

Deno.test("withExpressions() accepts an expression in place of any value, but not of the whole", () => {
  const schema: JsonObject = {
    type: "object",
    additionalProperties: false,
    required: ["count"],
    properties: {
      count: { type: "integer", minimum: 1 },
      on: { type: "boolean" },
      method: { enum: ["grid", "random"] },
      level: { enum: [1, 2] },
      bounds: { type: "array", items: { type: "number" }, minItems: 2, maxItems: 2 },
      pair: {
        type: "array",
        items: [{ type: "integer" }, { enum: ["a"] }],
        minItems: 2,
        additionalItems: false,
      },
      odd: { type: "array", items: { type: "integer" }, if: { minItems: 2 }, then: { uniqueItems: true } },
      inner: {
        type: "object",
        required: ["x"],
        additionalProperties: { type: "number" },
        properties: { x: { const: "y" } },
      },
      rule: {
        oneOf: [{ const: "tertiles" }, {
          type: "object",
          required: ["k"],
          properties: { k: { type: "integer" } },
        }],
      },
      near: { allOf: [{ type: "number" }, { minimum: 0 }], not: { const: 3 } },
    },
  };
  const { accepts, refuses } = checks(schema);
  for (const name of Object.keys(schema["properties"]!)) accepts({ count: 1, [name]: ONE });
  accepts({ count: 1, method: WITHIN, inner: { x: WITHIN, z: ONE }, bounds: [0, ONE] });
  accepts({ count: 1, rule: { k: ONE }, pair: [ONE, WITHIN], odd: [1, ONE] });
  refuses(ONE);
  refuses({ [ONE]: 1 });
  refuses({ count: 1, on: WITHIN }); // a text in the end, whatever the expression is
  refuses({ count: 1, level: WITHIN });
  refuses({ count: 1, bounds: [WITHIN, 1] });
  refuses({ count: 1, bounds: [ONE] });
  refuses({ count: 1, near: 3 });
  refuses({ count: 1, odd: [1, 1] });
});

Deno.test("withExpressions() takes for an expression only what names a param or a field of the matrix", () => {
  const { accepts, refuses } = checks({ properties: { count: { type: "integer" } } });
  for (const text of ["${{params.a}}", " ${{  matrix.a-b.c_d.0 }} "]) accepts({ count: text });
  const wrong = [
    "${{ }}",
    "${{ params }}",
    "${{ env.HOME }}",
    "${{ params.a",
    "${ params.a }",
    "${{ params.a + 1 }}",
  ];
  for (const text of [...wrong, "${{ params..a }}", ""]) refuses({ count: text });
});

Deno.test("withExpressions() leaves a schema that accepts any text as it is", () => {
  const properties: JsonObject = {
    stage: { type: "string", minLength: 1, description: "A stage" },
    either: { anyOf: [{ type: ["string", "number"] }, { type: "array", items: { type: "string" } }] },
    any: { description: "Anything" },
  };
  assertEquals(withExpressions({ properties }), { properties });
});

Deno.test("withExpressions() reaches what references name, however deep they nest", () => {
  const tree = {
    properties: { leaf: { type: "integer" }, inner: { $ref: "#/definitions/tree" } },
    type: "object",
  };
  const { accepts, refuses } = checks({
    definitions: { tree },
    properties: { tree: { $ref: "#/definitions/tree" } },
  });
  accepts({ tree: { inner: { inner: { leaf: ONE } } } });
  accepts({ tree: { inner: ONE } });
  refuses({ tree: { inner: { inner: { leaf: "three" } } } });
});

Deno.test("withExpressions() changes nothing for values without expressions", () => {
  const text = fc.constantFrom("", "a", "ab", "${x}", "}}");
  const scalar: fc.Arbitrary<Json> = fc.oneof(
    text,
    fc.integer({ min: -2, max: 3 }),
    fc.boolean(),
    fc.constant(null),
  );
  const value: fc.Arbitrary<Json> = fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.dictionary(text, scalar),
  );
  const rules: fc.Arbitrary<JsonObject> = fc.oneof(
    fc.record({ type: fc.constantFrom("integer", "number", "string", "boolean", "array", "object") }),
    fc.record({ enum: fc.uniqueArray(scalar, { minLength: 1, selector: (one) => JSON.stringify(one) }) }),
    fc.record({ type: fc.constant("string"), pattern: fc.constantFrom("^a", "b$") }),
    fc.record({
      type: fc.constant("array"),
      items: fc.constantFrom<JsonObject[]>({ type: "integer" }, { enum: ["a", 1] }),
    }),
    fc.record({
      type: fc.constant("object"),
      additionalProperties: fc.constantFrom<Json[]>(false, { type: "integer" }),
    }),
  );
  const union = fc.record({ anyOf: fc.array(rules, { minLength: 1, maxLength: 3 }) });
  const schema = fc.oneof(
    rules,
    union,
    fc.record({ oneOf: fc.array(rules, { minLength: 1, maxLength: 3 }) }),
  );
  fc.assert(
    fc.property(schema, fc.array(value, { minLength: 5 }), (inner, values) => {
      const root = { properties: { x: inner } };
      const [plain, published] = [validator(root), validator(withDefinitions(root))];
      for (const x of values) assertEquals(published({ x }), plain({ x }), JSON.stringify([inner, x]));
    }),
    { numRuns: 100 },
  );
});

function checks(schema: JsonObject) {
  const validate = validator(withDefinitions(schema));
  return {
    accepts: (value: Json) => assert(validate(value), JSON.stringify([value, validate.errors])),
    refuses: (value: Json) => assertFalse(validate(value), JSON.stringify(value)),
  };
}

function withDefinitions(schema: JsonObject): JsonObject {
  const changed = withExpressions(schema);
  return { ...changed, definitions: { ...(changed["definitions"] as JsonObject), ...expressionDefinitions } };
}

function validator(schema: JsonObject) {
  return new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);
}
