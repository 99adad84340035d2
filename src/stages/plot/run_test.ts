import { assert, assertEquals, assertRejects } from "@std/assert";
import { Ajv } from "ajv";
import type { JsonObject } from "../../core/json.ts";
import type { Sourced } from "../../core/stage_kind.ts";
import { UserError } from "../../core/diagnostic.ts";
import { FONT } from "./font.ts";
import { render } from "./render.ts";
import { drawFigure } from "./run.ts";
import type { PlotConfig } from "./schema.ts";
import type { PlotInputs } from "./stage.ts";
import { fakeAnalysis, fakeGroups, fakeObjects, fakePopulation } from "./testing/fakes.ts";

const signal = new AbortController().signal;
const objects = fakeObjects();
const trained = fakePopulation();
const population = only(trained);
const groups = only(fakeGroups(trained));
const analysis = only(await fakeAnalysis(objects));
const ungrouped = only(await fakeAnalysis(objects, { grouped: false }));

const drawings: readonly (readonly [PlotConfig, PlotInputs])[] = [
  [{ figure: "convergence" }, { population, groups }],
  [{ figure: "convergence" }, { population: only(fakePopulation({ epochs: 1 })) }],
  [{ figure: "weight-statistics" }, { analysis }],
  [{ figure: "weight-statistics", statistics: ["std"], phase: "init" }, { analysis: ungrouped }],
  [{ figure: "weight-distribution" }, { analysis }],
  [{ figure: "weight-distribution", normalization: "max_abs" }, { analysis: ungrouped }],
];

Deno.test("drawFigure() writes specs that are valid by Vega-Lite's schema and give it no reason to warn", async () => {
  const schema = await readJson(import.meta.resolve("vega-lite/vega-lite-schema.json"));
  const valid = new Ajv({ strict: false, validateFormats: false }).compile(schema);
  for (const [config, inputs] of drawings) {
    const { spec } = await draw(config, inputs);
    assert(valid(spec), `${config.figure}: ${JSON.stringify(valid.errors?.slice(0, 5))}`);
    assertEquals((await render(spec)).warnings, []);
  }
});

Deno.test("drawFigure() draws its words in the font it carries, and the PNG at twice the size of the SVG", async () => {
  const { svg, png } = await draw(...drawings[0]!);
  const families = new Set([...svg.matchAll(/font-family="([^"]*)"/g)].map(([, family]) => family));
  assertEquals([...families], [FONT]);
  const [, width, height] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg)!;
  const header = new DataView(png.buffer, png.byteOffset);
  assertEquals([header.getUint32(16), header.getUint32(20)], [2 * Number(width), 2 * Number(height)]);
});

Deno.test("drawFigure() takes the title of the settings, and escapes it", async () => {
  const { svg } = await draw({ ...drawings[0]![0], title: "Loss < 1 & <b>bold</b>" }, drawings[0]![1]);
  assert(svg.includes("Loss &lt; 1 &amp; &lt;b&gt;bold&lt;/b&gt;"));
});

Deno.test("drawFigure() says so where there is nothing to draw", async () => {
  const none = { ...trained, members: [] };
  await assertRejects(
    () => draw({ figure: "convergence" }, { population: only(none) }),
    UserError,
    'Cannot draw figure "convergence": its inputs hold no model that could be drawn',
  );
});

Deno.test("drawFigure() gives the same bytes in another process and another working directory", async () => {
  const program = `
    import { drawFigure } from "${import.meta.resolve("./run.ts")}";
    import { fakeAnalysis, fakeObjects } from "${import.meta.resolve("./testing/fakes.ts")}";
    const objects = fakeObjects();
    const inputs = { analysis: [{ labels: {}, value: await fakeAnalysis(objects) }] };
    const context = { objects, signal: new AbortController().signal };
    console.log(JSON.stringify(await drawFigure({ figure: "weight-statistics" }, inputs, context)));`;
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      "--no-check",
      "--config",
      new URL("../../../deno.json", import.meta.url).pathname,
      program,
    ],
    cwd: "/",
  }).output();
  const { figure } = await draw({ figure: "weight-statistics" }, { analysis });
  assertEquals(JSON.parse(new TextDecoder().decode(stdout)), figure);
});

Deno.test("render() loads nothing from outside the spec", async () => {
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    data: { url: "data.json" },
    mark: "point",
    encoding: { x: { field: "a", type: "quantitative" } },
  };
  const { warnings } = await render(spec);
  assertEquals(
    warnings[0],
    'Loading failed data.json Error: Cannot load "data.json": a figure holds its own data',
  );
});

function only<Value>(value: Value): Sourced<Value>[] {
  return [{ labels: {}, value }];
}

async function draw(config: PlotConfig, inputs: PlotInputs) {
  const figure = await drawFigure(config, inputs, { objects, signal });
  const text = async (digest: Parameters<typeof objects.get>[0]) =>
    new TextDecoder().decode(await objects.get(digest));
  return {
    figure,
    spec: JSON.parse(await text(figure.files["vl.json"])) as JsonObject,
    svg: await text(figure.files.svg),
    png: await objects.get(figure.files.png),
  };
}

async function readJson(url: string): Promise<JsonObject> {
  return JSON.parse(await Deno.readTextFile(new URL(url)));
}
