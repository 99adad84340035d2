import { assert, assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import type { JsonObject } from "../../core/json.ts";
import type { Labels } from "../../core/stage_kind.ts";
import { convergence } from "./convergence.ts";
import { allLabels, commonRule, figureSpec } from "./figure_spec.ts";
import { gridOf, panelFields, sideFacet, stackOf } from "./grid.ts";
import { render } from "./render.ts";
import type { PlotConfig } from "./schema.ts";
import { drawFigure } from "./run.ts";
import { vegaLiteSchema } from "./spec/vega_lite_schema.ts";
import type { PlotInputs } from "./stage.ts";
import { fakeAnalysis, fakeGroups, fakeObjects, fakePopulation } from "./testing/fakes.ts";

const objects = fakeObjects();
const NINE: Labels[] = ["mlps", "cnns", "vits"].flatMap((stage) =>
  ["mnist", "fashion-mnist", "cifar-10"].map((data) => ({ stage, data }))
);

Deno.test("gridOf() puts the last label across and the others down, in the order of the entries", () => {
  const { down, across } = gridOf(NINE.map((labels) => ({ labels })), [])!;
  assertEquals([down!.field, down!.values], ["stage", ["mlps", "cnns", "vits"]]);
  assertEquals([across.field, across.values], ["data", ["mnist", "fashion-mnist", "cifar-10"]]);
  const one = gridOf([{ labels: { seed: 2 } }, { labels: { seed: 1 } }], [])!;
  assertEquals([one.down, one.across.values], [null, [2, 1]]);
  assertEquals(gridOf([{ labels: {} }], []), null);
});

Deno.test("gridOf() combines labels that go down together, and gives rows each of them", () => {
  const entry = { labels: { rate: 0.1, optimizer: "adam", data: "mnist" } };
  const grid = gridOf([entry, { labels: { ...entry.labels, rate: 0.2 } }], []);
  assertEquals(panelFields(grid, entry), {
    rate: 0.1,
    optimizer: "adam",
    data: "mnist",
    "rate and optimizer": "rate 0.1, adam",
  });
  assertEquals(stackOf([entry], [])!.values, ["rate 0.1, adam, mnist"]);
});

Deno.test("gridOf() tells an axis from a field of the same name", () => {
  const grid = gridOf([{ labels: { group: "a" } }], ["group", "member"])!;
  assertEquals(panelFields(grid, { labels: { group: "a" } }), { "matrix.group": "a" });
  assertEquals(sideFacet(grid.across, "column")["field"], "matrix\\.group");
});

Deno.test("allLabels() keeps the order that all rules agree on", () => {
  const three = ["diverged", "non", "low", "mid", "high"];
  assertEquals(allLabels([three, three]), three);
  assertEquals(allLabels([["diverged", "low", "high"], three]), three);
  assertEquals(allLabels([["worst", "others"], ["diverged", "worst", "others"]]), [
    "diverged",
    "worst",
    "others",
  ]);
});

Deno.test("commonRule() says one rule as it is, and of several what they have in common", () => {
  const [a, b] = ["test_accuracy: low < 0.5 <= high", "test_accuracy: low < 0.6 <= high"];
  assertEquals(commonRule([a!, a!], ["low", "high"]), a!);
  assertEquals(
    commonRule([a!, b!], ["low", "high"]),
    "test_accuracy: low, high; each panel has bounds of its own",
  );
  assertEquals(commonRule([], []), null);
});

Deno.test("convergence() takes the n-th groups for the n-th population, and one for all", () => {
  const populations = [24, 20].map((count) => fakePopulation({ count, planned: count }));
  const entries = populations.map((population, i) => ({
    labels: { data: ["a", "b"][i]! },
    population: { ...population, dataset: { ...population.dataset, source: `source-${i}` } },
    groups: fakeGroups(population),
  }));
  const { title, rows, body } = convergence(entries);
  assertEquals(title, "Convergence of 44 models on source-0 and source-1");
  assertEquals(rows.filter(({ data }) => data === "b").length, 200);
  const legends = JSON.stringify(body).match(/\{\\"non.*?\}/g)!;
  assertEquals(
    new Set(legends),
    new Set([
      '{\\"non\\":\\"non (n = 4)\\",\\"low\\":\\"low (n = 14)\\",\\"mid\\":\\"mid (n = 13)\\",\\"high\\":\\"high (n = 13)\\"}',
    ]),
  );
  assertEquals(figureSpec(convergence(entries))["vconcat"] instanceof Array, true);
});

Deno.test("drawFigure() draws nine combinations in one figure: valid, without warnings, a panel each", async () => {
  const valid = new Ajv({ strict: false, validateFormats: false, validateSchema: false }).compile(
    vegaLiteSchema(),
  );
  const inputs = await inputsOf(NINE);
  const drawings: [PlotConfig, PlotInputs, panels: number][] = [
    [{ figure: "convergence" }, { population: inputs.population!, groups: inputs.groups! }, 2 * 9],
    [{ figure: "convergence" }, { population: inputs.population! }, 2 * 9],
    [{ figure: "weight-statistics", statistics: ["std", "skewness"] }, { analysis: inputs.analysis! }, 2 * 9],
    [{ figure: "weight-distribution" }, { analysis: inputs.analysis! }, 3 * 9],
  ];
  for (const [config, inputs, panels] of drawings) {
    const { spec, svg } = await draw(config, inputs);
    assert(valid(spec), JSON.stringify(valid.errors?.slice(0, 3)));
    assertEquals((await render(spec)).warnings, []);
    assertEquals(panelsIn(svg), panels, config.figure);
    for (const name of ["mlps", "cnns", "vits", "mnist", "fashion-mnist", "cifar-10"]) {
      assert(svg.includes(`>${name}<`), `${config.figure} does not name ${name}`);
    }
    const rows = (spec["data"] as { values: JsonObject[] }).values;
    assertEquals(new Set(rows.map(({ stage, data }) => `${stage} ${data}`)).size, 9);
  }
});

Deno.test("drawFigure() draws one entry with a label as the first of many", async () => {
  const inputs = await inputsOf([{ data: "mnist" }]);
  const { spec } = await draw({ figure: "weight-statistics" }, { analysis: inputs.analysis! });
  assert((spec["data"] as { values: JsonObject[] }).values.every(({ data }) => data === "mnist"));
});

Deno.test("drawFigure() draws entries that lack a label of others, and says so over their panels", async () => {
  const mixed: Labels[] = [{ stage: "deep", n: 1 }, { stage: "deep", n: 2 }, { stage: "wide" }];
  const texts: Labels[] = [{ stage: "wide" }, { stage: "deep", data: "mnist" }, { stage: "deep", data: "" }];
  for (const [labels, name] of [[mixed, "n –"], [texts, "–"]] as const) {
    const { population, groups, analysis } = await inputsOf(labels);
    const drawings: [PlotConfig, PlotInputs, string][] = [
      [{ figure: "convergence" }, { population: population!, groups: groups! }, name],
      [{ figure: "weight-statistics" }, { analysis: analysis! }, name],
      [{ figure: "weight-distribution" }, { analysis: analysis! }, name === "–" ? "data –" : name],
    ];
    for (const [config, inputs, name] of drawings) {
      const { spec, svg } = await draw(config, inputs);
      assertEquals((await render(spec)).warnings, []);
      assert(svg.includes(`>${name}<`), `${config.figure} does not name ${name}`);
    }
  }
});

async function inputsOf(labels: readonly Labels[]): Promise<PlotInputs> {
  const population = labels.map((labels, i) => ({ labels, value: fakePopulation({ count: 24 - i }) }));
  const analysis = await fakeAnalysis(objects);
  return {
    population,
    groups: population.map(({ labels, value }) => ({ labels, value: fakeGroups(value) })),
    analysis: labels.map((labels) => ({ labels, value: analysis })),
  };
}

async function draw(config: PlotConfig, inputs: PlotInputs) {
  const figure = await drawFigure(config, inputs, { objects, signal: new AbortController().signal });
  const text = async (digest: Parameters<typeof objects.get>[0]) =>
    new TextDecoder().decode(await objects.get(digest));
  return {
    spec: JSON.parse(await text(figure.files["vl.json"])) as JsonObject,
    svg: await text(figure.files.svg),
  };
}

/** Groups of the size of a panel that begin with a grid. */
function panelsIn(svg: string): number {
  const groups = [...svg.matchAll(/d="M0,0h(\d+)v(\d+)h-\d+Z"\/><g><g class="mark-group role-axis"/g)];
  return groups.filter(([, width, height]) => Number(width) >= 80 && Number(height) >= 80).length;
}
