import { assert, assertEquals } from "@std/assert";
import type { Problem } from "../../../core/diagnostic.ts";
import { isJsonObject, type JsonObject } from "../../../core/json.ts";
import type { InputOutlook, InputOutlooks, Labels, Sourced } from "../../../core/stage_kind.ts";
import { type FigureConfig, figureOutlook, withFigureDefaults } from "../figures.ts";
import { drawFigure } from "../run.ts";
import { plotSchema } from "../schema.ts";
import { plot, type PlotInputs } from "../stage.ts";
import { fakeAnalysis, fakeGroups, fakeObjects, fakePopulation } from "../testing/fakes.ts";
import { fieldUses } from "./fields.ts";
import { checkOverride } from "./override.ts";

const CONVERGENCE = { figure: "convergence", population: "trained", groups: "quality" } as const;
const STATISTICS = { figure: "weight-statistics", analysis: "weights" } as const;
const DISTRIBUTION = { figure: "weight-distribution", analysis: "weights" } as const;
const FIGURES: readonly FigureConfig[] = [
  CONVERGENCE,
  { ...STATISTICS, statistics: ["skewness", "std"] },
  DISTRIBUTION,
  { ...DISTRIBUTION, normalization: "max_abs" },
];
const LABELS: readonly (readonly Labels[])[] = [
  [{}],
  [{ data: "mnist" }],
  ["mlps", "cnns"].flatMap((stage) => [1, 2].map((group) => ({ stage, group, normal: "a" }))),
];

const objects = fakeObjects();
const trained = fakePopulation();
const analyses = [await fakeAnalysis(objects), await fakeAnalysis(objects, { grouped: false })] as const;

Deno.test("Each figure declares the fields that its rows have, with and without groups and labels", async () => {
  for (const config of FIGURES) {
    for (const labels of LABELS) {
      for (const grouped of [true, false]) {
        const { rows } = await drawn(config, labels, grouped);
        const { fields } = figureOutlook(config, outlooks(config, labels, grouped));
        const mayHave = grouped || config.figure === "convergence" ? [] : ["group"]; // no column of an analysis tells
        const declared = fields.filter((field) => !mayHave.includes(field));
        assert(rows.length > 0);
        for (const row of rows) assertEquals(Object.keys(row), declared, config.figure);
      }
    }
  }
});

Deno.test("Each figure is known before it is drawn with all fields that it reads and makes", async () => {
  for (const config of FIGURES) {
    for (const labels of LABELS) {
      const { spec: { data: _, ...body } } = await drawn(config, labels, true);
      const outlook = figureOutlook(config, outlooks(config, labels, true));
      assertEquals(placesIn(outlook.body), placesIn(body));
      assertEquals(checkOverride(body, config.figure, outlook), []);
    }
  }
});

Deno.test("plot finds nothing wrong with an override that names what a figure has", () => {
  assertEquals(
    problemsOf(CONVERGENCE, { transform: [{ filter: "datum.epoch > 1 && datum.group != 'low'" }] }),
    [],
  );
  assertEquals(problemsOf(DISTRIBUTION, { facet: { column: { field: "group" } } }), []);
  assertEquals(problemsOf(STATISTICS, { vconcat: [pointsOf("position", "excess_kurtosis")] }), []);
});

Deno.test("plot points at a field of an override that the figure does not have, and suggests one", () => {
  assertEquals(problemsOf(CONVERGENCE, { hconcat: [pointsOf("epohc", "train_loss")] }), [{
    code: "unknown-field",
    message: 'Cannot draw field "epohc": the data of figure "convergence" has no such column',
    at: ["override", "hconcat", 0, "encoding", "x", "field"],
    help: 'did you mean "epoch"? Columns: member, group, epoch, train_loss, test_accuracy',
  }]);
  assertEquals(wrong(DISTRIBUTION, { facet: { row: { field: "grup" } } }), [[
    "override.facet.row.field",
    'did you mean "group"? Columns: group, position, x, density, low, high, normal',
  ]]);
  assertEquals(wrong(STATISTICS, { transform: [{ filter: { field: "positon", equal: "last" } }] }), [[
    "override.transform.0.filter.field",
    'did you mean "position"? Columns: group, position, std, skewness, excess_kurtosis',
  ]]);
  assertEquals(wrong({ ...STATISTICS, statistics: ["l2"] }, { vconcat: [pointsOf("position", "std")] }), [[
    "override.vconcat.0.encoding.y.field",
    "columns: group, position, l2",
  ]]);
});

Deno.test("plot points at expressions of an override that read other fields, or are none", () => {
  const filter = (filter: string) => problemsOf(CONVERGENCE, { transform: [{ filter }] });
  assertEquals(filter("datum.epohc > 1").map(({ code, at }) => [code, at.join(".")]), [
    ["unknown-field", "override.transform.0.filter"],
  ]);
  assertEquals(filter("datum.epoch >").map(({ code, at }) => [code, at.join(".")]), [
    ["bad-expression", "override.transform.0.filter"],
  ]);
});

Deno.test("plot knows what transforms of an override make, and what is left after them", () => {
  const doubled = { calculate: "datum.epoch * 2", as: "doubled" };
  assertEquals(
    problemsOf(CONVERGENCE, { transform: [doubled], hconcat: [pointsOf("doubled", "train_loss")] }),
    [],
  );
  const last = { aggregate: [{ op: "max", field: "epoch", as: "last" }], groupby: ["group"] };
  assertEquals(
    wrong(CONVERGENCE, { transform: [last], hconcat: [pointsOf("member", "last")] }).map(([at]) => at),
    ["override.hconcat.0.encoding.x.field"],
  );
});

Deno.test("plot knows what a figure's own transforms make, where the override leaves them", () => {
  const encoding = { tooltip: { field: "normal" } };
  assertEquals(problemsOf(DISTRIBUTION, { spec: { encoding } }), []);
  assertEquals(wrong({ ...DISTRIBUTION, normalization: "max_abs" }, { spec: { encoding } }).length, 1);
  assertEquals(wrong(DISTRIBUTION, { spec: { encoding, layer: [{ mark: "line" }] } }).map(([at]) => at), [
    "override.spec.encoding.tooltip.field",
  ]);
});

Deno.test("plot knows that only grouped models have groups, and that labels are columns", () => {
  const { groups: _, ...ungrouped } = CONVERGENCE;
  assertEquals(wrong(ungrouped, { hconcat: [pointsOf("group", "epoch")] }).length, 1);
  const fields = (names: readonly string[], labels: readonly Labels[]) => {
    const { groups: _, ...config } = CONVERGENCE;
    return problemsOf(config, { hconcat: names.map((name) => pointsOf(name, "epoch")) }, labels).map((
      { at },
    ) => at[2]);
  };
  const labels = [{ stage: "mlps", group: 1, seed: 1 }, { stage: "cnns", group: 1, seed: 1 }];
  assertEquals(fields(["stage", "seed", "matrix.group", "stage and matrix.group"], labels), []);
  assertEquals(fields(["stage", "stgae", "group"], labels), [1, 2]);
  assertEquals(fields(["stage"], [{}]), [0]);
});

Deno.test("plot refuses parts that a figure has not at its top level", () => {
  assertEquals(problemsOf(CONVERGENCE, { mark: null, title: "Learning" }), [{
    code: "override-unused",
    message: 'Cannot override "mark": figure "convergence" has no such part at its top level',
    at: ["override", "mark"],
    on: "key",
    help: "its parts: title, config, hconcat, spacing",
  }]);
  const unused = (config: FigureConfig, override: JsonObject) =>
    problemsOf(config, override).map(({ code, at }) => [code, at.at(-1)]);
  const encoding = { x: { field: "position" } };
  assertEquals(unused(DISTRIBUTION, { encoding, width: 300, spacing: 9 }), [
    ["override-unused", "encoding"],
    ["override-unused", "width"],
  ]);
  assertEquals(unused(DISTRIBUTION, { spec: { width: 300, encoding } }), []);
});

Deno.test("plot takes rows that views of an override bring, and no others", () => {
  const rule = { data: { values: [{ chance: 0.1 }] }, mark: "rule", encoding: { y: { field: "chance" } } };
  assertEquals(problemsOf(CONVERGENCE, { hconcat: [rule] }), []);
  assertEquals(wrong(CONVERGENCE, { hconcat: [{ ...rule, encoding: { y: { field: "chnace" } } }] }), [[
    "override.hconcat.0.encoding.y.field",
    'did you mean "chance"?',
  ]]);
  const shown = (override: JsonObject) =>
    problemsOf(CONVERGENCE, override).map(({ code, at }) => [code, at.join(".")]);
  assertEquals(shown({ data: { values: [] }, hconcat: [pointsOf("epoch", "train_loss")] }), [
    ["override-data", "override.data"],
  ]);
  assertEquals(shown({ hconcat: [{ ...rule, data: { name: "trained.epochs" } }] }), [
    ["override-data", "override.hconcat.0.data.name"],
  ]);
  assertEquals(shown({ hconcat: [{ ...rule, data: { url: "a.csv" } }, { mark: "image" }] }), [
    ["outside-data", "override.hconcat.0.data.url"],
    ["outside-data", "override.hconcat.1.mark"],
  ]);
});

Deno.test("plot writes names with dots in an override as Vega-Lite wants them", async () => {
  const override = { hconcat: [pointsOf("epoch", "matrix.group")] };
  const { groups: _, ...config } = CONVERGENCE;
  const { spec, svg } = await drawn({ ...config, override }, [{ group: "alpha" }, { group: "omega" }], false);
  const [panel] = spec["hconcat"] as { encoding: { y: JsonObject } }[];
  assertEquals(panel!.encoding.y["field"], "matrix\\.group");
  for (const label of ["alpha", "omega"]) assert(svg.includes(`>${label}<`));
});

Deno.test("The description of `override` names the fields of each figure", () => {
  const { description } = plotSchema.properties.override;
  for (const config of FIGURES) {
    const shown: readonly string[] = config.statistics ?? [];
    const { fields } = figureOutlook(config, outlooks(config, [{}], true));
    for (const field of fields.filter((field) => !shown.includes(field))) {
      assert(new RegExp(`\\b${field}\\b`).test(description), `${config.figure}: ${field}`);
    }
  }
});

Deno.test("plot is planned without Vega and Vega-Lite", async () => {
  const stage = import.meta.resolve("../stage.ts");
  const configFile = new URL("../../../../deno.json", import.meta.url).pathname;
  const args = ["info", "--json", "--config", configFile, stage];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "null" }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: Module[] };
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set([stage]);
  for (const specifier of loaded) {
    for (const { isDynamic, code } of bySpecifier.get(specifier)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) loaded.add(code.specifier);
    }
  }
  assert(loaded.has(import.meta.resolve("../convergence.ts")));
  assertEquals(
    [...loaded].filter((specifier) => specifier.includes("vega") && !specifier.startsWith("file:")),
    [],
  );
});

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
  }[];
}

/** A view of points, its fields in `x` and `y`. */
function pointsOf(x: string, y: string): JsonObject {
  return { mark: "point", encoding: { x: { field: x }, y: { field: y } } };
}

/** As the machine checks: the settings alone, then beside the inputs. */
function problemsOf(
  config: FigureConfig,
  override: JsonObject,
  labels: readonly Labels[] = [{}],
): readonly Problem[] {
  const normal = plot.normalize!({ ...config, override });
  return [
    ...plot.check!(normal),
    ...plot.checkInputs!(normal, outlooks(config, labels, config.groups !== undefined)),
  ];
}

function wrong(config: FigureConfig, override: JsonObject, labels?: readonly Labels[]) {
  return problemsOf(config, override, labels).map(({ at, help }) => [at.join("."), help]);
}

function outlooks(config: FigureConfig, labels: readonly Labels[], grouped: boolean): InputOutlooks {
  const all = (tables: readonly string[]) =>
    labels.map((labels, i): InputOutlook => ({
      labels,
      instance: `${tables}-${i}`,
      reads: {},
      tables: () => Object.fromEntries(tables.map((name) => [name, []])),
    }));
  if (config.figure !== "convergence") return { analysis: all(["statistics", "distribution"]) };
  return { population: all(["members", "epochs"]), ...grouped && { groups: all(["labels"]) } };
}

/** What a figure really is. */
async function drawn(config: FigureConfig, labels: readonly Labels[], grouped: boolean) {
  const all = <Value>(value: Value) => labels.map((labels): Sourced<Value> => ({ labels, value }));
  const inputs: PlotInputs = config.figure === "convergence"
    ? { population: all(trained), ...grouped && { groups: all(fakeGroups(trained)) } }
    : { analysis: all(analyses[grouped ? 0 : 1]) };
  const context = { objects, signal: new AbortController().signal };
  const { files } = await drawFigure(withFigureDefaults(config), inputs, context);
  const text = async (digest: typeof files.svg) => new TextDecoder().decode(await objects.get(digest));
  const spec = JSON.parse(await text(files["vl.json"])) as JsonObject;
  const data = spec["data"];
  const rows = isJsonObject(data) ? data["values"] as readonly JsonObject[] : [];
  return { spec, rows, svg: await text(files.svg) };
}

/** Every field that a spec names, with its place. */
function placesIn(spec: JsonObject): string[] {
  return fieldUses(spec, () => undefined).uses.map(({ at, way }) => `${at.join(".")}: ${way.join(".")}`);
}
