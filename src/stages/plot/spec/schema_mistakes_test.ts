import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import fc from "fast-check";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.ts";
import { KEYWORDS, mistakesIn } from "./schema_mistakes.ts";
import { vegaLiteSchema } from "./vega_lite_schema.ts";

const schema = vegaLiteSchema();
const valid = new Ajv({ strict: false, validateFormats: false, validateSchema: false }).compile(schema);

const BAR: JsonObject = {
  data: { name: "weights.statistics" },
  mark: "bar",
  encoding: {
    x: { field: "group", type: "nominal", sort: ["low", "high"], axis: { title: "Group" } },
    y: { aggregate: "mean", field: "std", scale: { type: "log" } },
    color: { condition: { test: "datum.std > 1", value: "red" }, value: "#222222" },
    tooltip: [{ field: "member" }],
  },
};
const LAYERS: JsonObject = {
  data: { name: "trained.epochs" },
  transform: [
    { lookup: "member", from: { data: { name: "quality.labels" }, key: "member", fields: ["group"] } },
    { filter: { and: [{ field: "epoch", gt: 1 }, "isValid(datum.train_loss)"] } },
    { window: [{ op: "row_number", as: "row" }], groupby: ["member"], sort: [{ field: "epoch" }] },
    { aggregate: [{ op: "mean", field: "train_loss", as: "loss" }], groupby: ["group", "epoch"] },
  ],
  params: [{ name: "pick", select: { type: "point", fields: ["group"] }, bind: "legend" }],
  layer: [
    {
      mark: { type: "line", interpolate: "monotone" },
      encoding: { x: { field: "epoch" }, y: { field: "loss" } },
    },
    {
      mark: { type: "boxplot", extent: "min-max" },
      encoding: { y: { field: "loss", bin: { maxbins: 10 } } },
    },
  ],
  config: { axis: { labelFontSize: 10 } },
};
const FACETS: JsonObject = {
  data: { values: [{ a: 1 }] },
  facet: { row: { field: "a", header: { labelAngle: 0 } } },
  spec: { layer: [BAR], resolve: { scale: { y: "independent" } } },
};
const REPEAT = {
  repeat: { column: ["a", "b"] },
  spec: { ...BAR, encoding: { x: { field: { repeat: "column" } } } },
};
const SPECS: readonly Json[] = [BAR, LAYERS, FACETS, REPEAT, { hconcat: [BAR, { vconcat: [BAR] }] }];

Deno.test("mistakesIn() understands every keyword of Vega-Lite's schema", () => {
  const passedOver = ["$schema", "definitions", "description", "format"];
  assertEquals([...keywordsIn(schema)].filter((word) => ![...KEYWORDS, ...passedOver].includes(word)), []);
});

Deno.test("mistakesIn() finds something wrong with a spec if and only if ajv does", () => {
  for (const spec of SPECS) assertEquals([mistakesIn(spec, schema), valid(spec)], [[], true]);
  const other = fc.oneof(
    fc.constantFrom<Json>("bar", "quantitative", null, true, 0, -1, [], {}, { field: "a" }, [{
      type: "line",
    }]),
    fc.string(),
  );
  const mutation = fc.record({ spec: fc.constantFrom(...SPECS), place: fc.nat(), how: fc.nat(3), other });
  fc.assert(
    fc.property(mutation, ({ spec, place, how, other }) => {
      const mutant = mutate(spec, place, how, other);
      const mistakes = mistakesIn(mutant, schema);
      assertEquals(mistakes.length === 0, valid(mutant), JSON.stringify([mutant, mistakes]));
    }),
    { numRuns: 300 },
  );
});

Deno.test("mistakesIn() tells one mistake for a misspelled key, at the key, with the one that was meant", () => {
  for (const spec of [BAR, LAYERS, FACETS]) {
    for (
      const path of placesIn(spec).filter((path) =>
        typeof path.at(-1) === "string" && !path.includes("values")
      )
    ) {
      const key = path.at(-1) as string;
      const wrong = `${key}q`;
      const mistakes = mistakesIn(renamed(spec, path, wrong), schema);
      assertEquals(
        mistakes.map(({ code, at, on, help }) => [code, at, on, help?.split("?")[0]]),
        [["unknown-key", [...path.slice(0, -1), wrong], "key", `did you mean "${key}"`]],
        path.join("."),
      );
    }
  }
});

Deno.test("mistakesIn() tells of a value that has several forms what was meant", () => {
  const spec = (change: JsonObject) => ({ ...BAR, ...change });
  const told = (value: Json) =>
    mistakesIn(value, schema).map((
      { code, what, at, help },
    ) => [code, what, at.join("."), help?.split("?")[0]]);
  assertEquals(told(spec({ mark: "poin" })), [
    ["bad-value", '"poin" is not one of its values', "mark", 'did you mean "point"'],
  ]);
  assertEquals(told(spec({ mark: { type: "poin", filled: true } })), [
    ["bad-value", '"poin" is not one of its values', "mark.type", 'did you mean "point"'],
  ]);
  assertEquals(told(spec({ mark: { type: "line", extent: 1.5 } })).map(([code, , at]) => [code, at]), [
    ["unknown-key", "mark.extent"],
  ]);
  assertEquals(told(spec({ width: "wide" })), [
    [
      "wrong-type",
      'expected a number, "container" or a map, found the text "wide"',
      "width",
      "values: container",
    ],
  ]);
  assertEquals(told(spec({ transform: [{ calculate: "datum.std * 2" }] })), [
    ["missing-key", '"as" is missing', "transform.0", undefined],
  ]);
  assertEquals(told({ data: BAR["data"]!, encoding: BAR["encoding"]! }), [
    ["missing-key", '"mark" is missing', "", undefined],
  ]);
  assertEquals(
    told(spec({ encoding: { y: { field: "std", type: "quantitive", scale: { type: "lgo" } } } })),
    [
      [
        "bad-value",
        '"quantitive" is not one of its values',
        "encoding.y.type",
        'did you mean "quantitative"',
      ],
      ["bad-value", '"lgo" is not one of its values', "encoding.y.scale.type", 'did you mean "log"'],
    ],
  );
});

Deno.test("mistakesIn() of a part wants no key, takes null for what is removed, and lists whole", () => {
  const partial = (value: Json) => mistakesIn(value, schema, { partial: true }).map(({ what }) => what);
  assertEquals(partial({ encoding: { x: null, color: { legend: { title: null } } }, title: null }), []);
  assertEquals(partial({ transform: [{ calculate: "1" }] }), ['"as" is missing']);
  assertEquals(partial({ widht: 3 }), ['"widht" is not known here']);
});

function keywordsIn(schema: Json, words = new Set<string>()): Set<string> {
  if (Array.isArray(schema)) schema.forEach((branch) => keywordsIn(branch, words));
  if (!isJsonObject(schema)) return words;
  for (const [word, value] of Object.entries(schema)) {
    words.add(word);
    if (word === "properties" || word === "definitions") {
      Object.values(value as JsonObject).forEach((inner) => keywordsIn(inner, words));
    } else if (["anyOf", "items", "additionalProperties"].includes(word)) keywordsIn(value, words);
  }
  return words;
}

type Path = readonly (string | number)[];

function placesIn(value: Json, at: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  const entries: [string | number, Json][] = Array.isArray(value)
    ? value.map((item, i) => [i, item])
    : Object.entries(value);
  return entries.flatMap(([key, inner]) => [[...at, key], ...placesIn(inner, [...at, key])]);
}

/** A copy with one place deleted, renamed or replaced. */
function mutate(spec: Json, place: number, how: number, other: Json): Json {
  const places = placesIn(spec);
  const path = places[place % places.length]!;
  if (how === 0 && typeof path.at(-1) === "string") return renamed(spec, path, "other");
  return changed(spec, path, how === 1 ? undefined : other);
}

function renamed(spec: Json, path: Path, name: string): Json {
  const copy = structuredClone(spec) as Json;
  // deno-lint-ignore no-explicit-any -- a way into any JSON
  const parent = path.slice(0, -1).reduce<any>((node, key) => node[key], copy);
  const entries = Object.entries(parent).map(([key, value]) => [key === path.at(-1) ? name : key, value]);
  for (const key of Object.keys(parent)) delete parent[key];
  Object.assign(parent, Object.fromEntries(entries));
  return copy;
}

function changed(spec: Json, path: Path, value: Json | undefined): Json {
  const copy = structuredClone(spec) as Json;
  // deno-lint-ignore no-explicit-any -- a way into any JSON
  const parent = path.slice(0, -1).reduce<any>((node, key) => node[key], copy);
  if (value !== undefined) parent[path.at(-1)!] = value;
  else if (Array.isArray(parent)) parent.splice(path.at(-1) as number, 1);
  else delete parent[path.at(-1)!];
  return copy;
}
