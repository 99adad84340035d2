import { assert, assertEquals } from "@std/assert";
import { epochColumns, memberColumns } from "../../../artifacts/population.ts";
import { labelColumns } from "../../../artifacts/groups.ts";
import type { Problem } from "../../../core/diagnostic.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { InputOutlooks, Labels } from "../../../core/stage_kind.ts";
import type { PlotConfig } from "../schema.ts";
import { plot } from "../stage.ts";
import { fakePopulation } from "../testing/fakes.ts";

const CONFIG = { population: "trained", groups: "quality" } as const;
const CURVES: JsonObject = {
  data: { name: "trained.epochs" },
  transform: [{ lookup: "id", from: { data: { name: "quality.labels" }, key: "id", fields: ["group"] } }],
  mark: "line",
  encoding: {
    x: { field: "epoch", type: "quantitative" },
    y: { aggregate: "mean", field: "test_accuracy" },
    color: { field: "group" },
  },
};

Deno.test("plot finds nothing wrong with a spec that draws what there is", () => {
  assertEquals(problemsOf(CURVES), []);
  assertEquals(problemsOf({ ...CURVES, data: { name: "population.epochs" } }), []);
  assertEquals(
    problemsOf({ data: { values: [{ a: 1 }] }, mark: "bar", encoding: { x: { field: "a" } } }),
    [],
  );
});

Deno.test("plot tells what a spec has that Vega-Lite has not, at its place", () => {
  assertEquals(problemsOf({ ...CURVES, mark: { type: "lien" } }), [{
    code: "bad-value",
    message: 'Cannot read the Vega-Lite spec: "lien" is not one of its values',
    at: ["spec", "mark", "type"],
    help:
      'did you mean "line"? Values: boxplot, errorbar, errorband, arc, area, bar, image, line, point, rect, rule, text, …',
  }]);
  const [misspelt] = problemsOf({ ...CURVES, encodng: {} });
  assertEquals([misspelt!.at, misspelt!.on, misspelt!.code], [["spec", "encodng"], "key", "unknown-key"]);
});

Deno.test("plot points at a table that no stage makes, and suggests one under the names of the file", () => {
  assertEquals(problemsOf({ ...CURVES, data: { name: "trained.epoch" } }), [{
    code: "unknown-table",
    message: 'Cannot draw data "trained.epoch": stage "trained" makes no table "epoch"',
    at: ["spec", "data", "name"],
    help: 'did you mean "trained.epochs"? Tables: trained.members, trained.epochs, quality.labels',
  }]);
  assertEquals(
    problemsOf({ ...CURVES, data: { name: "trianed.epochs" } }).map(({ message, help }) => [message, help]),
    [[
      'Cannot draw data "trianed.epochs": this plot reads no stage "trianed"',
      'did you mean "trained.epochs"? Tables: trained.members, trained.epochs, quality.labels',
    ]],
  );
  const inLookup = structuredClone(CURVES) as { transform: { from: { data: { name: string } } }[] };
  inLookup.transform[0]!.from.data.name = "labels";
  assertEquals(problemsOf(inLookup as JsonObject).map(({ message, at }) => [message, at.join(".")]), [[
    'Cannot draw data "labels": a table is named STAGE.TABLE',
    "spec.transform.0.from.data.name",
  ]]);
});

Deno.test("plot points at a field that the table does not have, and suggests one", () => {
  assertEquals(problemsOf({ ...CURVES, encoding: { x: { field: "epohc" }, y: { field: "group" } } }), [{
    code: "unknown-field",
    message: 'Cannot draw field "epohc": table "trained.epochs" has no such field',
    at: ["spec", "encoding", "x", "field"],
    help: 'did you mean "epoch"? Columns: ' +
      "member, epoch, train_loss, train_accuracy, test_loss, test_accuracy, instance, id, group",
  }]);
  const filtered = { ...CURVES, transform: [{ filter: "datum.group == 'low'" }] };
  assertEquals(fieldsWrong(filtered), ["group at transform.0.filter", "group at encoding.color.field"]);
  const aggregated = {
    ...CURVES,
    transform: [{ aggregate: [{ op: "max", field: "epoch", as: "last" }], groupby: ["id"] }],
  };
  assertEquals(fieldsWrong(aggregated), [
    "epoch at encoding.x.field",
    "test_accuracy at encoding.y.field",
    "group at encoding.color.field",
  ]);
});

Deno.test("plot takes settings under their full names, and says how an expression writes them", () => {
  const members = (change: JsonObject): JsonObject => ({
    data: { name: "trained.members" },
    mark: "bar",
    ...change,
  });
  const x = (field: string) => members({ encoding: { x: { field } } });
  assertEquals(problemsOf(x("architecture.depth")), []);
  assertEquals(problemsOf(x("architecture\\.depth")), []);
  assertEquals(problemsOf(x("['architecture.depth']")), []);
  const filter = (filter: string) => problemsOf(members({ transform: [{ filter }] }));
  assertEquals(filter('datum["architecture.depth"] > 1 && datum.architecture == "mlp"'), []);
  for (const way of ["datum.architecture.depth > 1", "datum.training.optimizer.learning_rate > 1"]) {
    const name = way.slice("datum.".length, -" > 1".length);
    assertEquals(filter(way).map(({ message, help }) => [message, help]), [[
      `Cannot draw field "${name}": table "trained.members" has no such column`,
      `write datum["${name}"]`,
    ]]);
  }
  const [problem] = problemsOf(x("architecture.dept"));
  assert(problem!.help!.startsWith('did you mean "architecture.depth"?'));
});

Deno.test("plot takes the last part of a setting's name for a column that is meant, and lists all columns", () => {
  const members = (change: JsonObject) =>
    problemsOf({ data: { name: "trained.members" }, mark: "bar", ...change }).map(({ help }) => help);
  const [help] = members({ encoding: { x: { field: "depth" } } });
  assert(help!.startsWith('did you mean "architecture.depth"? Columns: member, case, '), help);
  assert(help!.endsWith(", best_test_accuracy, instance, id"), help);
  assertEquals(members({ transform: [{ filter: "datum.optimizer.learning_rate > 1" }] }), [
    'write datum["training.optimizer.learning_rate"]',
  ]);
});

Deno.test("plot tells of a spec without data, with the tables that there are", () => {
  const { data: _, transform: __, ...spec } = CURVES;
  assertEquals(problemsOf({ ...spec, encoding: {} }), [{
    code: "missing-key",
    message: 'Cannot read the Vega-Lite spec: "data" is missing',
    at: ["spec"],
    on: "key",
    help: "add data: { name: trained.members }; tables: trained.members, trained.epochs, quality.labels",
  }]);
  const [alone] = problemsOf({ mark: "bar", encoding: {} }, { config: {}, inputs: {} });
  assertEquals(alone!.help, "add the input `population`, `groups` or `analysis` with the name of a stage");
});

Deno.test("plot points at an expression that is none", () => {
  assertEquals(problemsOf({ ...CURVES, transform: [{ filter: "datum.epoch >" }], encoding: {} }), [{
    code: "bad-expression",
    message: 'Cannot read the Vega expression "datum.epoch >": Unexpected end of input',
    at: ["spec", "transform", 0, "filter"],
    help: 'write it as in JavaScript, such as "datum.test_accuracy > 0.9"',
  }]);
  const axis = (labelExpr: string) =>
    problemsOf({ ...CURVES, encoding: { x: { field: "epoch", axis: { labelExpr } } } });
  assertEquals(axis("datum.label + '!'"), []);
  assertEquals(axis("datum.label +").map(({ at }) => at.join(".")), ["spec.encoding.x.axis.labelExpr"]);
});

Deno.test("plot refuses groups of another population, whether a figure or a spec is drawn", () => {
  const inputs = outlooks([{}]);
  const [quality] = inputs["groups"]!;
  const groupsOf = (read: string): InputOutlooks => ({
    ...inputs,
    groups: [{ ...quality!, reads: { population: [read] } }],
  });
  const named: PlotConfig = { figure: "convergence", population: "trained", groups: "quality" };
  for (const [read, codes] of [["trained-0", []], ["others", ["other-population"]]] as const) {
    assertEquals(problemsOf(CURVES, { inputs: groupsOf(read) }).map(({ code }) => code), [...codes]);
    assertEquals(plot.checkInputs!(named, groupsOf(read)).map(({ code }) => code), [...codes]);
  }
});

Deno.test("plot does not judge fields of rows that nobody can know", () => {
  const pivot = { pivot: "member", value: "epoch", groupby: ["group"] };
  const lookup = (CURVES["transform"] as JsonObject[])[0]!;
  assertEquals(problemsOf({ ...CURVES, transform: [lookup, pivot], encoding: { x: { field: "low" } } }), []);
  const undeclared: InputOutlooks = {
    population: [{ labels: {}, instance: "trained", reads: {}, tables: () => ({}) }],
  };
  assertEquals(
    problemsOf({ ...CURVES, transform: [] }, { inputs: undeclared, config: { population: "trained" } }),
    [],
  );
});

Deno.test("plot knows the fields that a pivot makes of labels", () => {
  const spec = (field: string): JsonObject => ({
    data: { name: "quality.labels" },
    transform: [{ pivot: "group", value: "id", groupby: ["member"], op: "count" }],
    mark: "bar",
    encoding: { x: { field } },
  });
  assertEquals(problemsOf(spec("high")), []);
  assertEquals(problemsOf(spec("hihg")).map(({ help }) => help), [
    'did you mean "high"? Columns: member, low, high',
  ]);
});

Deno.test("plot knows the columns that entries of a list have beside their own", () => {
  const labels: Labels[] = [{ stage: "mlps", seed: 1 }, { stage: "cnns", seed: 1 }];
  const options = { inputs: outlooks(labels), config: { population: ["mlps", "cnns"] } };
  const spec = (field: string, name = "population.members"): JsonObject => ({
    data: { name },
    mark: "bar",
    encoding: { x: { field } },
  });
  for (const field of ["stage", "instance", "id", "seed", "matrix.seed"]) {
    assertEquals(problemsOf(spec(field), options), []);
  }
  assertEquals(problemsOf(spec("stage", "mlps.members"), options), []);
  assertEquals(problemsOf(spec("stage")).map(({ code }) => code), ["unknown-field"]);
});

Deno.test("plot refuses data and pictures from outside the run", () => {
  const at = (spec: JsonObject) => problemsOf(spec).map(({ code, at }) => [code, at.join(".")]);
  assertEquals(at({ ...CURVES, data: { url: "https://example.org/a.json" }, transform: [] }), [[
    "outside-data",
    "spec.data.url",
  ]]);
  assertEquals(
    at({ data: { name: "trained.epochs" }, hconcat: [{ mark: "image" }, { mark: { type: "image" } }] }),
    [
      ["outside-data", "spec.hconcat.0.mark"],
      ["outside-data", "spec.hconcat.1.mark.type"],
    ],
  );
});

Deno.test("plot takes a spec or a figure, and beside a spec only inputs", () => {
  assertEquals(check({ population: "trained" }).map(({ code, at }) => [code, at]), [["nothing-to-draw", []]]);
  assertEquals(
    check({ ...CONFIG, spec: CURVES, figure: "convergence", title: "A" }).map(({ at, on }) => [at, on]),
    [
      [["figure"], "key"],
      [["title"], "key"],
    ],
  );
});

Deno.test("plot checks an override as a part of a spec, without data of its own", () => {
  const override = (override: JsonObject) =>
    check({ figure: "convergence", population: "trained", override }).map((
      { message, at },
    ) => [message, at.join(".")]);
  assertEquals(override({ title: { subtitle: null }, config: { axis: { grid: false } } }), []);
  assertEquals(override({ config: { axis: { gird: false } }, data: { values: [] } }), [
    ['Cannot read the Vega-Lite override: "gird" is not known here', "override.config.axis.gird"],
    ['Cannot override "data": a figure has its data from its inputs', "override.data"],
  ]);
});

Deno.test("plot does not read Vega-Lite's schema for a named figure", async () => {
  const schema = new URL(import.meta.resolve("vega-lite/vega-lite-schema.json")).pathname;
  const program = (config: PlotConfig) =>
    `import { plot } from "${import.meta.resolve("../stage.ts")}"; plot.check(${JSON.stringify(config)});`;
  const run = async (config: PlotConfig) => {
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    await Deno.writeTextFile(file, program(config));
    const configFile = new URL("../../../../deno.json", import.meta.url).pathname;
    const args = ["run", "--no-check", "--config", configFile, "--allow-read", `--deny-read=${schema}`, file];
    const { code } = await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" })
      .output();
    await Deno.remove(file);
    return code;
  };
  assertEquals(await run({ figure: "convergence", population: "trained" }), 0);
  assertEquals(await run({ ...CONFIG, spec: CURVES }), 1);
});

interface Options {
  readonly config?: PlotConfig;
  readonly inputs?: InputOutlooks;
}

/** As the machine checks: the settings normalized, first alone and then beside the inputs. */
function problemsOf(
  spec: JsonObject,
  { config = CONFIG, inputs = outlooks([{}]) }: Options = {},
): readonly Problem[] {
  const normal = plot.normalize!({ ...config, spec });
  const alone = plot.check!(normal);
  return alone.length > 0 ? alone : plot.checkInputs!(normal, inputs);
}

function check(config: PlotConfig): readonly Problem[] {
  return plot.check!(plot.normalize!(config));
}

function fieldsWrong(spec: JsonObject): string[] {
  return problemsOf(spec).map(({ message, at }) =>
    `${/"(.*?)"/.exec(message)![1]} at ${at.slice(1).join(".")}`
  );
}

function outlooks(labels: readonly Labels[]): InputOutlooks {
  const { members } = fakePopulation();
  return {
    population: labels.map((labels, i) => ({
      labels,
      instance: `trained-${i}`,
      reads: {},
      tables: () => ({ members: memberColumns(members, {}), epochs: epochColumns({}) }),
    })),
    groups: [{
      labels: {},
      instance: "quality",
      reads: {},
      tables: () => ({ labels: labelColumns(["low", "high"]) }),
    }],
  };
}
