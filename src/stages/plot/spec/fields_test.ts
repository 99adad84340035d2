import { assertEquals } from "@std/assert";
import type { Json, JsonObject } from "../../../core/json.ts";
import { ok } from "../../../core/result.ts";
import { expressionFields } from "./expression.ts";
import { fieldUses, type Scope } from "./fields.ts";

Deno.test("fieldUses() finds the fields of channels, facets, repeats, selections and predicates, each at its place", () => {
  const spec: JsonObject = {
    data: { name: "t" },
    params: [{ name: "pick", select: { type: "point", fields: ["p"] } }],
    mark: { type: "text", text: { expr: "datum.m" } },
    encoding: {
      x: { field: "a", sort: { field: "s", op: "mean" }, axis: { labelExpr: "datum.label" } },
      y: { aggregate: { argmax: "b" }, field: "c" },
      tooltip: [{ field: "d" }],
      color: {
        condition: { test: { and: ["datum.e > 1", { not: { field: "f", equal: 1 } }] }, value: "red" },
      },
      size: { aggregate: "count", field: "*" },
    },
  };
  assertEquals(placesIn(spec), {
    "params.0.select.fields.0": "p",
    "mark.text.expr": "m",
    "encoding.x.field": "a",
    "encoding.x.sort.field": "s",
    "encoding.y.aggregate.argmax": "b",
    "encoding.y.field": "c",
    "encoding.tooltip.0.field": "d",
    "encoding.color.condition.test.and.0": "e",
    "encoding.color.condition.test.and.1.not.field": "f",
  });
  assertEquals(placesIn({ data: { name: "t" }, repeat: { row: ["a"] }, spec: { mark: "bar" } }), {
    "repeat.row.0": "a",
  });
  assertEquals(
    placesIn({
      data: { name: "t" },
      facet: { column: { field: "g" } },
      spec: { layer: [{ encoding: { x: { field: "a" } } }] },
    }),
    { "facet.column.field": "g", "spec.layer.0.encoding.x.field": "a" },
  );
});

Deno.test("fieldUses() knows what each transform reads, and which fields there are after it", () => {
  const cases: [JsonObject, reads: string[], after: string[] | null][] = [
    [{ filter: "datum.a > datum['b']" }, ["a", "b"], ["a", "b"]],
    [{ filter: { or: [{ field: "a", gt: 1 }, "datum.b"] } }, ["a", "b"], ["a", "b"]],
    [{ calculate: "datum.a * 2", as: "c" }, ["a"], ["a", "b", "c"]],
    [{ aggregate: [{ op: "mean", field: "a", as: "m" }], groupby: ["b"] }, ["b", "a"], ["b", "m"]],
    [{ joinaggregate: [{ op: "mean", field: "a", as: "m" }] }, ["a"], ["a", "b", "m"]],
    [{ window: [{ op: "rank", as: "r" }], sort: [{ field: "a" }], groupby: ["b"] }, ["b", "a"], [
      "a",
      "b",
      "r",
    ]],
    [{ bin: true, field: "a", as: "c" }, ["a"], ["a", "b", "c", "c_end", "c_range"]],
    [{ timeUnit: "year", field: "a", as: "c" }, ["a"], ["a", "b", "c", "c_end", "c_range"]],
    [{ stack: "a", groupby: ["b"], as: ["c", "d"] }, ["a", "b"], ["a", "b", "c", "d"]],
    [{ fold: ["a", "b"] }, ["a", "b"], ["a", "b", "key", "value"]],
    [{ fold: ["a"], as: ["k"] }, ["a"], ["a", "b", "k", "value"]],
    [{ flatten: ["a"], as: ["c"] }, ["a"], ["a", "b", "c"]],
    [{ impute: "a", key: "b" }, ["a", "b"], ["a", "b"]],
    [{ sample: 3 }, [], ["a", "b"]],
    [{ extent: "a", param: "p" }, ["a"], ["a", "b"]],
    [{ density: "a", groupby: ["b"] }, ["a", "b"], ["b", "value", "density"]],
    [{ quantile: "a" }, ["a"], ["prob", "value"]],
    [{ regression: "a", on: "b" }, ["a", "b"], ["a", "b"]],
    [{ regression: "a", on: "b", params: true }, ["a", "b"], null],
    [{ loess: "a", on: "b", as: ["x", "y"] }, ["a", "b"], ["x", "y"]],
    [{ pivot: "a", value: "b" }, ["a", "b"], null],
    [{ lookup: "a", from: { data: { name: "other" }, key: "k", fields: ["v"] } }, ["a", "k", "v"], [
      "a",
      "b",
      "v",
    ]],
    [{ lookup: "a", from: { data: { name: "other" }, key: "k" }, as: "all" }, ["a", "k"], ["a", "all", "b"]],
    [{ lookup: "a", from: { param: "p", key: "k", fields: ["v"] } }, ["a"], ["a", "b", "v", "p"]],
  ];
  for (const [transform, reads, after] of cases) {
    const spec = {
      data: { name: "t" },
      transform: [transform],
      mark: "bar",
      encoding: { x: { field: "last" } },
    };
    const uses = [...fieldUses(spec, tableScope).uses];
    const last = uses.pop()!;
    assertEquals(uses.map(({ way }) => way.join(".")), reads, JSON.stringify(transform));
    const [{ columns, made, open }] = last.scopes as [Scope];
    assertEquals(
      open ? null : [...new Set([...columns, ...made])].sort(),
      after?.sort() ?? null,
      JSON.stringify(transform),
    );
  }
});

Deno.test("fieldUses() takes the fields of a lookup for those of the other table", () => {
  const lookup = { lookup: "a", from: { data: { name: "other" }, key: "k", fields: ["v"] } };
  const [, key] = fieldUses({ data: { name: "t" }, transform: [lookup], mark: "bar" }, tableScope).uses;
  assertEquals([...key!.scopes[0]!.columns], ["k", "v"]);
});

Deno.test("fieldUses() takes rows of their own for what they are, and what a layer shares for any of its layers'", () => {
  const spec: JsonObject = {
    data: { name: "t" },
    encoding: { x: { field: "x" } },
    layer: [{ mark: "bar" }, { data: { sequence: { start: 0, stop: 9, as: "x" } }, mark: "line" }, {
      data: { values: [{ x: 1 }, { y: 2 }] },
      mark: "rule",
    }],
  };
  const [shared] = fieldUses(spec, tableScope).uses;
  assertEquals(shared!.scopes.map(({ columns, made }) => [...columns, ...made]), [["a", "b"], ["a", "b"], [
    "x",
  ], ["x", "y"]]);
});

Deno.test("expressionFields() finds fields in any way of writing, and none in texts or other maps", () => {
  const cases: [string, string[][]][] = [
    ["datum.a + datum['b c'] - datum[\"d.e\"]", [["a"], ["b c"], ["d.e"]]],
    ["datum.a.b['c'].length", [["a", "b", "c", "length"]]],
    ["'datum.x' + \"datum.y\" + 'it\\'s datum.z'", []],
    ["event.datum.x && mydatum.x && datum2.x", []],
    ["datum[name] && isValid(datum)", [[], []]],
    ["datum[datum.a] + datum['b'][datum.c]", [[], ["a"], ["b"], ["c"]]],
    ["if(datum . a > 3, [datum.b], {datum: datum.c})", [["a"], ["b"], ["c"]]],
    ["/datum.x/.test(datum.a) ? -datum.b : !datum.c", [["a"], ["b"], ["c"]]],
  ];
  for (const [expression, fields] of cases) {
    assertEquals(expressionFields(expression), ok(fields), expression);
  }
});

Deno.test("expressionFields() says what is wrong with a text that is no expression", () => {
  const why = (text: string) => {
    const fields = expressionFields(text);
    return fields.ok ? undefined : fields.error;
  };
  assertEquals(why("datum.a >"), "Unexpected end of input");
  assertEquals(why("a = 1"), "Unexpected token after expression.");
});

const TABLES: Readonly<Record<string, string[]>> = { t: ["a", "b"], other: ["k", "v"] };

function tableScope(name: string): Scope {
  return { owner: name, columns: new Set(TABLES[name]), made: new Set(), open: false };
}

function placesIn(spec: JsonObject): Record<string, Json> {
  return Object.fromEntries(
    fieldUses(spec, tableScope).uses.map(({ at, way }) => [at.join("."), way.join(".")]),
  );
}
