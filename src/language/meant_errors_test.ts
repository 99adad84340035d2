import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import type { Json, JsonObject } from "../core/json.ts";
import { meantErrors } from "./meant_errors.ts";
import { inWords } from "./shape_words.ts";

/** A text or a choice of such, in a map that is told from another by its kind; behind references. */
const schema: JsonObject = {
  type: "object",
  additionalProperties: false,
  properties: {
    color: { $ref: "#/definitions/color", description: "The colour" },
    size: { $ref: "#/definitions/size", description: "The size" },
    shape: { anyOf: [{ $ref: "#/definitions/circle" }, { $ref: "#/definitions/square" }] },
  },
  definitions: {
    color: { anyOf: [{ enum: ["red", "green"] }, { $ref: "#/definitions/choice" }] },
    choice: {
      type: "object",
      additionalProperties: false,
      properties: { choice: { type: "array", items: { $ref: "#/definitions/color" } } },
    },
    size: {
      type: ["integer", "object"],
      minimum: 1,
      additionalProperties: false,
      properties: { choice: { type: "array", items: { $ref: "#/definitions/size" } } },
    },
    circle: {
      type: "object",
      required: ["kind", "radius"],
      additionalProperties: false,
      properties: {
        kind: { const: "circle" },
        radius: { $ref: "#/definitions/size", description: "The radius" },
        choice: { type: "array" },
      },
    },
    square: {
      type: "object",
      required: ["kind", "side"],
      additionalProperties: false,
      properties: {
        kind: { const: "square" },
        side: { $ref: "#/definitions/size", description: "The side" },
      },
    },
  },
};

/** Place, words and help of each error that is told. */
function told(value: Json, inlineRefs: boolean): string[] {
  const validate = new Ajv({ allErrors: true, verbose: true, strict: false, inlineRefs }).compile(schema);
  validate(value);
  return meantErrors(validate.errors ?? [], schema).map((error) => {
    const { what, help, key } = inWords(error, schema);
    return `${error.instancePath}${key === undefined || key === "" ? "" : `/${key}`}: ${what}; ${help}`;
  });
}

const cases: [string, Json, string[]][] = [
  ["a value in a choice in a choice", { color: { choice: ["red", { choice: ["green", "rde"] }] } }, [
    '/color/choice/1/choice/1: expected "red", "green" or a map, found the text "rde"; did you mean "red"? ' +
    "Allowed: red, green",
  ]],
  ["mistakes at several depths", {
    color: { choice: ["gren", { chioce: [] }] },
    size: { choice: [0, { choice: ["1"] }] },
  }, [
    '/color/choice/0: expected "red", "green" or a map, found the text "gren"; did you mean "green"? Allowed: red, green',
    '/color/choice/1/chioce: "chioce" is not known here; did you mean "choice"?',
    "/size/choice/0: expected at least 1, found 0; The size",
    '/size/choice/1/choice/0: expected an integer or a map, found the text "1"; write it without quotes',
  ]],
  ["a shared definition", { shape: { kind: "square", side: { choice: [1, 0] } }, size: 0 }, [
    "/size: expected at least 1, found 0; The size",
    "/shape/side/choice/1: expected at least 1, found 0; The side",
  ]],
  ["a map that was meant as a choice", { shape: { kind: "circle", chioce: [1] } }, [
    '/shape/chioce: "chioce" is not known here; did you mean "choice"? Known: kind, radius, choice',
  ]],
  ["a missing key", { shape: { kind: "circle" } }, ['/shape: "radius" is missing; radius: The radius']],
  ["a key of the other kind", { shape: { kind: "circle", radius: 1, side: 2 } }, [
    '/shape/side: "side" is not known here; it belongs to kind "square"',
  ]],
  ["a wrong kind", { shape: { kind: "circel", radius: 1 } }, [
    '/shape/kind: "circel" is not one of its values; did you mean "circle"? Allowed: circle, square',
  ]],
];
for (const [name, value, errors] of cases) {
  Deno.test(`meantErrors() tells of ${name} behind references, however ajv compiles them`, () => {
    assertEquals(told(value, false).toSorted(), errors.toSorted());
    assertEquals(told(value, true).toSorted(), errors.toSorted());
  });
}
