import { assert, assertEquals } from "@std/assert";
import { figureSpec } from "./figure_spec.ts";
import { render } from "./render.ts";
import { fakeAnalysis, fakeObjects } from "./testing/fakes.ts";
import { weightDistribution } from "./weight_distribution.ts";
import { weightStatistics } from "./weight_statistics.ts";
import { kernelRows } from "./weights_rows.ts";

type Spec = ReturnType<typeof figureSpec>;

Deno.test("kernelRows() keeps kernels of one phase", async () => {
  const objects = fakeObjects();
  const analysis = await fakeAnalysis(objects);
  const rows = await kernelRows(analysis, "statistics", "init", objects);
  assert(rows.every(({ role, phase }) => role === "kernel" && phase === "init"));
});

Deno.test("weightStatistics() holds a row a kernel with the statistics shown, and says which kernels lack one", async () => {
  const objects = fakeObjects();
  const analysis = await fakeAnalysis(objects);
  const rows = await kernelRows(analysis, "statistics", "final", objects);
  const spec = figureSpec(weightStatistics([{ labels: {}, analysis, rows }], ["std", "skewness"], "final"));
  const values = valuesOf(spec);
  assertEquals(values.length, rows.length);
  assertEquals(Object.keys(values[0]!), ["group", "position", "std", "skewness"]);
  assertEquals(subtitleOf(spec).slice(2), [
    "22 of 24 models measured; left out: diverged, non. A point is a kernel, 79 in all.",
    "Boxes: quartiles; whiskers: up to 1.5 boxes. No skewness: 1 of 79 kernels (zero variance)",
  ]);
});

Deno.test("weightStatistics() counts models, not kernels, in the legend", async () => {
  const objects = fakeObjects();
  const analysis = await fakeAnalysis(objects);
  const rows = await kernelRows(analysis, "statistics", "final", objects);
  const text = JSON.stringify(weightStatistics([{ labels: {}, analysis, rows }], ["std"], "final").body);
  assert(
    text.includes(
      JSON.stringify('{"low":"low (8 models)","mid":"mid (7 models)","high":"high (7 models)"}').slice(1, -1),
    ),
  );
});

Deno.test("weightStatistics() says together which statistics the same kernels lack", async () => {
  const objects = fakeObjects();
  const analysis = await fakeAnalysis(objects);
  const row = { member: "0", group: "low", position: "last", std: 1, l2: 1, skewness: 0, reason: null };
  const rows = [
    row,
    { ...row, std: null, l2: null, skewness: null, reason: "not_finite" },
    { ...row, std: 0, skewness: null, reason: "zero_variance" },
  ];
  const { notes } = weightStatistics([{ labels: {}, analysis, rows }], ["std", "skewness", "l2"], "final");
  assertEquals(notes.slice(-2), [
    "No standard deviation or L2 norm: 1 of 3 kernels (not finite)",
    "No skewness: 2 of 3 kernels (not finite, zero variance)",
  ]);
});

Deno.test("weightStatistics() writes very large and very small numbers so that they fit beside their axis", async () => {
  const objects = fakeObjects();
  const analysis = await fakeAnalysis(objects);
  const ticksOf = async (most: number) => {
    const row = { member: "0", group: "low", position: "last", reason: null };
    const rows = [{ ...row, std: 0 }, { ...row, std: most }];
    const figure = weightStatistics([{ labels: {}, analysis, rows }], ["std"], "final");
    const { svg } = await render(figureSpec(figure));
    return [...svg.matchAll(/>([\d.e+-]+)<\/text>/g)].map(([, text]) => text);
  };
  assertEquals(await ticksOf(4), ["0", "1", "2", "3", "4"]);
  assertEquals(await ticksOf(4e8), ["0", "1e+8", "2e+8", "3e+8", "4e+8"]);
  assertEquals((await ticksOf(4e-5)).slice(1), ["1e-5", "2e-5", "3e-5", "4e-5"]);
});

Deno.test("weightDistribution() draws bands of one deviation that end at 0", async () => {
  const objects = fakeObjects();
  const analysis = await fakeAnalysis(objects);
  const row = { group: "low", position: "last", normalization: "fan_in", estimate: "kde", reason: null };
  const rows = [
    { ...row, x: -1, density: 0.5, density_sd: 0.2, n: 2 },
    { ...row, x: 0, density: 0.1, density_sd: 0.2, n: 2 },
    { ...row, group: "mid", x: 0, density: 0.3, density_sd: null, n: 1 },
    { ...row, group: "high", x: null, density: null, density_sd: null, n: 0, reason: "zero_variance" },
    { ...row, normalization: "z_score", x: 0, density: 9, density_sd: 9, n: 2 },
    { ...row, estimate: "histogram", x: 0, density: 9, density_sd: 9, n: 2 },
  ];
  const spec = figureSpec(weightDistribution([{ labels: {}, analysis, rows }], "fan_in", "final"));
  assertEquals(valuesOf(spec), [
    { group: "low", position: "last", x: -1, density: 0.5, low: 0.3, high: 0.7 },
    { group: "low", position: "last", x: 0, density: 0.1, low: 0, high: 0.3 },
    { group: "mid", position: "last", x: 0, density: 0.3, low: 0.3, high: 0.3 },
  ]);
  assert(subtitleOf(spec).join(" ").includes("Without a density: high, last (zero variance)"));
});

Deno.test("weightDistribution() compares z-scores, and only these, with the standard normal", async () => {
  const objects = fakeObjects();
  const analysis = await fakeAnalysis(objects);
  const rows = await kernelRows(analysis, "distribution", "final", objects);
  const normal = (normalization: "z_score" | "max_abs") =>
    JSON.stringify(weightDistribution([{ labels: {}, analysis, rows }], normalization, "final")).includes(
      "sqrt(2 * PI)",
    );
  assertEquals([normal("z_score"), normal("max_abs")], [true, false]);
});

function valuesOf(spec: Spec) {
  return (spec.data as { values: Record<string, unknown>[] }).values;
}

function subtitleOf(spec: Spec) {
  return (spec.title as { subtitle: string[] }).subtitle;
}
