import { assertEquals } from "@std/assert";
import type { JsonObject } from "../../../core/json.ts";
import { render } from "../render.ts";
import { fieldUses } from "./fields.ts";

Deno.test("fieldUses() takes an expression for broken exactly where Vega cannot draw it", async () => {
  const expressions = [
    "datum.a > least && datum['a'] < PI",
    "if(isValid(datum.a), {least: 1, b: 2}.b, null)",
    "length([datum.a, least]) + width / height",
    "test(/^a$/, toString(datum.a)) ? 'foo' : true",
    "brush.a ? 1 : inner_most",
    "inrange(datum.a, [0, MAX_VALUE]) && !isNaN(NaN)",
    "a > 1",
    "datum.a > lest",
    "isvalid(datum.a)",
    "Math.abs(datum.a)",
    "undefined",
    "datum[foo]",
    "round(foo(datum.a))",
    "[1, {b: foo}]",
  ];
  for (const text of expressions) {
    const spec = specWith(text);
    const { broken } = fieldUses(spec, () => undefined);
    assertEquals(broken.length === 0, await isDrawn(spec), `${text}: ${broken[0]?.why}`);
  }
});

Deno.test("fieldUses() says of a name or a function what is meant", () => {
  const told = (text: string) =>
    fieldUses(specWith(text), () => undefined).broken.map(({ why, help }) => [why, help]);
  assertEquals(told("a > 1"), [['nothing is named "a"', "write datum.a"]]);
  assertEquals(told("datum.a > lest"), [['nothing is named "lest"', 'did you mean "least"?']]);
  assertEquals(told("isvalid(datum.a)"), [['Vega has no function "isvalid"', 'did you mean "isValid"?']]);
  assertEquals(told("Math.abs(datum.a)"), [['Vega has no function "Math.abs"', 'did you mean "abs"?']]);
});

Deno.test("fieldUses() reads expressions of axes and marks for names, too", () => {
  const spec: JsonObject = {
    ...specWith("datum.a"),
    mark: { type: "point", size: { expr: "least * sise" } },
    encoding: { x: { field: "a", axis: { labelExpr: "fromat(datum.value, '.1f')" } } },
  };
  assertEquals(fieldUses(spec, () => undefined).broken.map(({ at }) => at.join(".")), [
    "encoding.x.axis.labelExpr",
    "mark.size.expr",
  ]);
});

function specWith(calculate: string): JsonObject {
  return {
    data: { values: [{ a: 1 }] },
    params: [{ name: "least", value: 0.5 }, { name: "inner_most", expr: "least + 1" }],
    layer: [{
      params: [{ name: "brush", select: "interval" }],
      transform: [{ calculate, as: "b" }],
      mark: "point",
      encoding: { x: { field: "a", type: "quantitative" }, y: { field: "b", type: "quantitative" } },
    }],
  };
}

async function isDrawn(spec: JsonObject): Promise<boolean> {
  try {
    await render(spec);
    return true;
  } catch {
    return false;
  }
}
