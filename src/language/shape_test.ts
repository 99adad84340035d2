import { assertEquals } from "@std/assert";
import type { JsonObject } from "../core/json.ts";
import { parse } from "./parse.ts";
import { checkShape, soundPart } from "./shape.ts";

const schema: JsonObject = {
  type: "object",
  required: ["name"],
  additionalProperties: false,
  properties: {
    name: { type: "string" },
    count: { type: "integer" },
    inner: {
      type: "object",
      additionalProperties: false,
      properties: { rate: { type: "number" }, tag: { type: "string" } },
    },
    list: {
      type: "array",
      items: { type: "object", required: ["a"], properties: { a: { type: "integer" } } },
    },
  },
};

Deno.test("soundPart() is the map itself where nothing is wrong", () => {
  const map = { name: "n", count: 1 };
  assertEquals(soundPart(map, schema) === map, true);
});

Deno.test("soundPart() leaves out keys that are not known or malformed", () => {
  assertEquals(soundPart({ name: "n", count: "x", stray: 1, list: [{ a: 1 }] }, schema), {
    name: "n",
    list: [{ a: 1 }],
  });
});

Deno.test("soundPart() leaves out the map or the list around what is deeper", () => {
  assertEquals(soundPart({ name: "n", inner: { rate: "x", tag: "t" } }, schema), { name: "n" });
  assertEquals(soundPart({ name: "n", inner: { rat: 1 }, count: 2 }, schema), { name: "n", count: 2 });
  assertEquals(soundPart({ name: "n", list: [{ a: 1 }, { a: "x" }, {}] }, schema), { name: "n" });
});

Deno.test("soundPart() is undefined without what is required", () => {
  assertEquals(soundPart({ count: 1 }, schema), undefined);
  assertEquals(soundPart({ name: 1, count: 1 }, schema), undefined);
});

Deno.test("checkShape() says what a missing key means that another part of the schema describes than asks for it", () => {
  const layers: JsonObject = {
    properties: { width: { $ref: "#/definitions/units" }, widths: { type: "array" } },
    if: { required: ["widths"] },
    else: { required: ["width"] },
    definitions: { units: { type: "integer", description: "Units of a layer" } },
  };
  const document = parse({ path: "a.yaml", text: "depth: 2" });
  if (!document.ok) throw new Error("no YAML");
  assertEquals(checkShape(document.value.root, [], layers).map(({ message, help }) => [message, help]), [
    ['Cannot read the pipeline: "width" is missing', "width: Units of a layer"],
  ]);
});

Deno.test("checkShape() knows the map that a text alone stands for", () => {
  const name: JsonObject = { anyOf: [{ enum: ["adam", "sgd"] }, { type: "object" }] };
  const optimizer: JsonObject = { type: "object", else: { properties: { rate: { type: "number" }, name } } };
  const schemaOf: JsonObject = {
    properties: { optimizer: { $ref: "#/definitions/optimizer", description: "How it is trained" } },
    definitions: { optimizer },
  };
  const helpFor = (text: string) => {
    const document = parse({ path: "a.yaml", text });
    if (!document.ok) throw new Error("no YAML");
    return checkShape(document.value.root, [], schemaOf).map(({ help }) => help);
  };
  assertEquals(helpFor("optimizer: sgd"), ["write { name: sgd }"]);
  assertEquals(helpFor("optimizer: fast"), ["How it is trained"]);
  assertEquals(helpFor("optimizer: 3"), ["How it is trained"]);
});
