import { assert, assertEquals, assertRejects } from "@std/assert";
import { Ajv } from "ajv";
import { UserError } from "../../../core/diagnostic.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import type { Labels } from "../../../core/stage_kind.ts";
import { render } from "../render.ts";
import { drawFigure } from "../run.ts";
import type { PlotConfig } from "../schema.ts";
import { plot, type PlotInputs } from "../stage.ts";
import { fakeAnalysis, fakeGroups, fakeObjects, fakePopulation } from "../testing/fakes.ts";
import { vegaLiteSchema } from "./vega_lite_schema.ts";

const objects = fakeObjects();
const signal = new AbortController().signal;
const CONFIG = { population: "trained", groups: "quality", analysis: "weights" } as const;
const valid = new Ajv({ strict: false, validateFormats: false, validateSchema: false }).compile(
  vegaLiteSchema(),
);

const SCATTER: JsonObject = {
  data: { name: "trained.members" },
  transform: [{ lookup: "id", from: { data: { name: "quality.labels" }, key: "id", fields: ["group"] } }],
  mark: "point",
  encoding: {
    x: { field: "architecture.depth", type: "ordinal" },
    y: { field: "test_accuracy", type: "quantitative" },
    color: { field: "group" },
  },
};

Deno.test("plot draws a spec with the rows of the tables that it names, and of these only what it reads", async () => {
  const { spec } = await draw(SCATTER, await inputsOf([{}]));
  const { "population.members": members, "groups.labels": labels } = datasets(spec);
  assertEquals(members!.length, 24);
  assertEquals(Object.keys(members![2]!), [
    "id",
    "member",
    "architecture",
    "architecture.depth",
    "test_accuracy",
  ]);
  assertEquals(labels![2], { id: "2", member: "2", group: "low" });
  assertEquals(Object.keys(datasets(spec)), ["population.members", "groups.labels"]);
});

Deno.test("plot draws specs that are valid, give no reason to warn, and show fields with dots under their names", async () => {
  const aggregate = {
    aggregate: [{ op: "mean", field: "init.scale", as: "scale" }],
    groupby: ["architecture.depth"],
  };
  const settings = { data: { name: "trained.members" }, key: "id", fields: ["architecture.depth"] };
  const specs: JsonObject[] = [
    SCATTER,
    {
      ...SCATTER,
      transform: [aggregate],
      encoding: { x: { field: "architecture.depth" }, y: { field: "scale" } },
    },
    {
      data: { name: "trained.epochs" },
      transform: [{ lookup: "id", from: settings }],
      mark: "line",
      encoding: {
        x: { field: "epoch" },
        y: { field: "test_loss", aggregate: "mean" },
        color: { field: "architecture.depth" },
      },
    },
    {
      data: { name: "trained.members" },
      repeat: ["architecture.depth", "architecture.width"],
      spec: {
        mark: "bar",
        encoding: { x: { field: { repeat: "repeat" }, type: "ordinal" }, y: { aggregate: "count" } },
      },
    },
    {
      data: { name: "trained.members" },
      facet: { row: { field: "architecture.depth" } },
      spec: { mark: "bar", encoding: {} },
    },
  ];
  for (const own of specs) {
    const { spec, svg } = await draw(own, await inputsOf([{}]));
    assert(valid(spec), JSON.stringify(valid.errors?.slice(0, 3)));
    assertEquals((await render(spec)).warnings, []);
    assert(svg.includes(">architecture.depth<"));
    assert(!svg.includes(">undefined<") && !svg.includes(">null<"), JSON.stringify(own));
  }
});

Deno.test("plot joins tables of several inputs by the id of a model, each with its own", async () => {
  const labels: Labels[] = [{ data: "mnist" }, { data: "cifar-10" }];
  const { spec, svg } = await draw(SCATTER, await inputsOf(labels));
  const { "population.members": members, "groups.labels": groups } = datasets(spec);
  assertEquals([members!.length, groups!.length], [47, 47]);
  assertEquals(new Set(members!.map(({ id }) => id)).size, 47);
  assertEquals(members!.map(({ id }) => id), groups!.map(({ id }) => id));
  assertEquals([members![0]!.id, members!.at(-1)!.id], ["data=mnist/0", "data=cifar-10/22"]);
  const colours = new Set([...svg.matchAll(/group: (\w+)/g)].map(([, group]) => group));
  assertEquals([...colours].sort(), ["high", "low", "mid", "non"]);
});

Deno.test("plot calls the entries of one figure by the names of its first input, and keeps other stages apart", async () => {
  const inputs = await inputsOf([{ stage: "mlps" }, { stage: "cnns" }]);
  const groups = inputs.groups!.map(({ value }, i) => ({ labels: { stage: `quality-${i}` }, value }));
  const config = { population: ["mlps", "cnns"], groups: ["quality-0", "quality-1"] };
  const { spec } = await draw({
    ...SCATTER,
    data: { name: "population.members" },
    transform: lookup("groups"),
  }, {
    ...inputs,
    groups,
  }, config);
  assertEquals(
    datasets(spec)["population.members"]!.map(({ id }) => id),
    datasets(spec)["groups.labels"]!.map(({ id }) => id),
  );
  const one = await draw({ ...SCATTER, data: { name: "cnns.members" }, transform: lookup("quality-1") }, {
    ...inputs,
    groups,
  }, config);
  assertEquals(Object.keys(datasets(one.spec)), ["cnns.members", "quality-1.labels"]);
  assertEquals(datasets(one.spec)["quality-1.labels"]![0]!.id, "cnns/0");
});

Deno.test("plot gives rows null for a label that only other entries have", async () => {
  const inputs = await inputsOf([{ stage: "mlps", n: 2 }, { stage: "cnns" }]);
  const spec = { data: { name: "population.members" }, mark: "point", encoding: { x: { field: "n" } } };
  const drawn = await draw(spec, inputs, {
    population: ["mlps", "cnns"],
    groups: ["quality-0", "quality-1"],
  });
  const values = datasets(drawn.spec)["population.members"]!.map(({ n }) => n);
  assertEquals([...new Set(values)], [2, null]);
});

Deno.test("plot draws the same whatever the stages are called", async () => {
  const inputs = await inputsOf([{}]);
  const renamed = JSON.parse(JSON.stringify(SCATTER).replaceAll("trained.", "other."));
  const [a, b] = [
    await draw(SCATTER, inputs),
    await draw(renamed, inputs, { ...CONFIG, population: "other" }),
  ];
  assertEquals(a.figure, b.figure);
});

Deno.test("plot keeps every column where an expression computes the name of a field", async () => {
  const transform = [{ calculate: "datum['best_' + 'test_accuracy']", as: "best" }];
  const { spec, svg } = await draw({
    ...SCATTER,
    transform,
    encoding: { y: { field: "best", type: "quantitative" } },
  }, await inputsOf([{}]));
  assert("seed" in datasets(spec)["population.members"]![0]!);
  assert(/best: 0\.9/.test(svg));
});

Deno.test("plot says under the title how many of the models are there", async () => {
  const inputs = await inputsOf([{}]);
  const { value } = inputs.population![0]!;
  const fewer = { population: [{ labels: {}, value: { ...value, planned: 30 } }], groups: inputs.groups! };
  const title = async (title: Json | undefined) => {
    const own = title === undefined ? SCATTER : { ...SCATTER, title };
    return (await draw(own, fewer)).spec["title"];
  };
  assertEquals(await title("A"), { text: "A", subtitle: ["24 of 30 models trained"] });
  assertEquals(await title({ text: "A", subtitle: "B", fontSize: 9 }), {
    text: "A",
    fontSize: 9,
    subtitle: ["B", "24 of 30 models trained"],
  });
  assertEquals((await title(undefined) as JsonObject)["text"], ["24 of 30 models trained"]);
});

Deno.test("plot gives a spec the look of the other figures where it does not say otherwise", async () => {
  const { spec } = await draw(
    { ...SCATTER, config: { axis: { grid: false }, background: "#EEEEEE" } },
    await inputsOf([{}]),
  );
  const { axis, background, font } = spec["config"] as { axis: JsonObject; background: string; font: string };
  assertEquals([axis["grid"], axis["tickSize"], background, font], [
    false,
    4,
    "#EEEEEE",
    "DejaVu Sans, sans-serif",
  ]);
});

Deno.test("plot lays an override over a named figure", async () => {
  const { population, groups } = await inputsOf([{}]);
  const override = {
    title: { text: "Mine", subtitle: null },
    spacing: 50,
    config: { axis: { gridColor: "red" } },
  };
  const figure = { figure: "convergence", population: "trained", groups: "quality" } as const;
  const plain = await drawing(figure, { population: population!, groups: groups! });
  const { spec } = await drawing({ ...figure, override }, { population: population!, groups: groups! });
  const { subtitle: _, ...title } = plain.spec["title"] as JsonObject;
  assertEquals(spec["title"], { ...title, text: "Mine" });
  assertEquals([spec["spacing"], spec["hconcat"]], [50, plain.spec["hconcat"]]);
  assertEquals((spec["config"] as { axis: JsonObject }).axis["gridColor"], "red");
});

Deno.test("plot says so where the tables of a spec have no rows", async () => {
  const { value } = (await inputsOf([{}])).population![0]!;
  const none = { ...value, members: [] };
  const inputs = {
    population: [{ labels: {}, value: none }],
    groups: [{ labels: {}, value: fakeGroups(none) }],
  };
  const error = await assertRejects(() => draw(SCATTER, inputs), UserError);
  assertEquals(error.message, "Cannot draw the spec: its inputs hold no model that could be drawn");
});

Deno.test("plot says what Vega-Lite finds wrong with an expression", async () => {
  const broken = { ...SCATTER, transform: [{ filter: "nosuch(datum.test_accuracy)" }] };
  const error = await assertRejects(() => inputsOf([{}]).then((inputs) => draw(broken, inputs)), UserError);
  assert(error.message.startsWith('Cannot draw the figure: Vega-Lite says "'), error.message);
  assertEquals(error.help, "correct the setting `spec`");
});

function lookup(stage: string) {
  return [{ lookup: "id", from: { data: { name: `${stage}.labels` }, key: "id", fields: ["group"] } }];
}

/** Populations of 24, 23, ... members with depths 1 to 4, with their groups and analyses. */
async function inputsOf(labels: readonly Labels[]): Promise<PlotInputs> {
  const population = labels.map((labels, n) => {
    const value = fakePopulation({ count: 24 - n, planned: 24 - n });
    const members = value.members.map(({ settings, ...member }, i) => ({
      ...member,
      settings: { ...settings, architecture: { ...settings.architecture, depth: 1 + i % 4 } },
    }));
    return { labels, value: { ...value, members } };
  });
  const analysis = { ...await fakeAnalysis(objects), measured: 24, planned: 24 };
  return {
    population,
    groups: population.map(({ labels, value }) => ({ labels, value: fakeGroups(value) })),
    analysis: labels.map((labels) => ({ labels, value: analysis })),
  };
}

function draw(spec: JsonObject, inputs: PlotInputs, config: PlotConfig = CONFIG) {
  return drawing({ ...config, spec }, inputs);
}

async function drawing(config: PlotConfig, inputs: PlotInputs) {
  const figure = await drawFigure(plot.normalize!(config), inputs, { objects, signal });
  const text = async (digest: Parameters<typeof objects.get>[0]) =>
    new TextDecoder().decode(await objects.get(digest));
  const spec = JSON.parse(await text(figure.files["vl.json"])) as JsonObject;
  return { figure, spec, svg: await text(figure.files.svg) };
}

function datasets(spec: JsonObject): Readonly<Record<string, readonly Record<string, Json>[]>> {
  return spec["datasets"] as Readonly<Record<string, readonly Record<string, Json>[]>>;
}
