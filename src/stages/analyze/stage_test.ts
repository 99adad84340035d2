import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { type Analysis, analysisArtifact } from "../../artifacts/analysis.ts";
import { type Groups, labelColumns } from "../../artifacts/groups.ts";
import type { Population, TrainedMember } from "../../artifacts/population.ts";
import { encodeSafetensors } from "../../artifacts/safetensors.ts";
import { UserError } from "../../core/diagnostic.ts";
import { type Digest, digestOf, sha256 } from "../../core/digest.ts";
import type { Json } from "../../core/json.ts";
import type { ItemContext, ObjectWriter } from "../../core/stage_kind.ts";
import { rowObjects, type Table } from "../../core/table.ts";
import type { AnalyzeConfig } from "./schema.ts";
import { analyze, type AnalyzeInputs } from "./stage.ts";

const CONFIG: AnalyzeConfig = {
  population: "trained",
  measures: ["statistics", "distribution"],
  without: ["diverged", "non"],
};

Deno.test("analyze has a row of statistics for each member, tensor and phase, with the weights' own numbers", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 6], final: [2, 4, 6, 8] });
  const { statistics } = await run.tables(CONFIG);
  const rows = rowObjects(statistics!);
  assertEquals(
    rows.map(({ member, group, tensor, layer, position, role, phase, mean, fan_in }) => [
      member,
      group,
      tensor,
      layer,
      position,
      role,
      phase,
      mean,
      fan_in,
    ]),
    [
      ["a", "all", "dense_1/kernel", 1, "last", "kernel", "init", 3, 2],
      ["a", "all", "dense_1/kernel", 1, "last", "kernel", "final", 5, 2],
      ["a", "all", "dense_1/kernel", 1, "last", "kernel", "difference", 2, 2],
      ["a", "all", "dense_1/bias", 1, "last", "bias", "init", 0, null],
      ["a", "all", "dense_1/bias", 1, "last", "bias", "final", 0.5, null],
      ["a", "all", "dense_1/bias", 1, "last", "bias", "difference", 0.5, null],
    ],
  );
  assertEquals(rows[2]!.max, 3);
  assertAlmostEquals(rows[1]!.std_times_sqrt_fan_in as number, Math.sqrt(10), 1e-12);
});

Deno.test("analyze averages the densities of a group, with their spread and number", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 4], final: [-1, -1, 1, 1] });
  await run.member("b", { init: [1, 2, 3, 4], final: [-1, 1, 1, 1] });
  await run.member("c", { init: [1, 2, 3, 4], final: [-1, -1, -1, 1] });
  const groups = groupsOf({ a: "low", b: "low", c: "high" });
  const { distribution } = await run.tables(CONFIG, groups);
  const rows = rowObjects(distribution!).filter((row) =>
    row.role === "kernel" && row.phase === "final" && row.normalization === "max_abs" &&
    row.estimate === "histogram"
  );
  assertEquals(rows.map(({ group }) => group), [...Array(64).fill("low"), ...Array(64).fill("high")]);
  const firstBins = rows.filter(({ x }) => x === -1 + 1 / 64);
  // A bin is 1/32 wide: a share of 1/2 in it is a density of 16, of 1/4 is 8, of 3/4 is 24.
  assertEquals(firstBins.map(({ group, density, density_sd, n }) => [group, density, density_sd, n]), [
    ["low", 12, 4, 2],
    ["high", 24, null, 1],
  ]);
});

Deno.test("analyze averages density estimates over 201 points, each with mass 1 where the range holds all", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 4], final: [-0.1, -0.05, 0.05, 0.1] });
  const { distribution } = await run.tables(CONFIG);
  const rows = rowObjects(distribution!).filter((row) =>
    row.role === "kernel" && row.phase === "final" && row.normalization === "fan_in" && row.estimate === "kde"
  );
  assertEquals(rows.map(({ x }) => x).slice(0, 3), [-4, -3.96, -3.92]);
  assertEquals(rows.length, 201);
  assertAlmostEquals(rows.reduce((sum, { density }) => sum + (density as number) * 0.04, 0), 1, 1e-6);
});

Deno.test("analyze has one row with a reason where no tensor of a group has a density", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 4], final: [1, 2, 3, 5] });
  const { distribution } = await run.tables(CONFIG);
  const rows = rowObjects(distribution!).filter(({ role, phase }) => role === "bias" && phase === "init");
  assertEquals(
    rows.map(({ normalization, estimate, x, density, n, reason }) => [
      normalization,
      estimate,
      x,
      density,
      n,
      reason,
    ]),
    [
      ["z_score", "histogram", null, null, 0, "zero_variance"],
      ["z_score", "kde", null, null, 0, "zero_variance"],
      ["max_abs", "histogram", null, null, 0, "all_zero"],
      ["max_abs", "kde", null, null, 0, "all_zero"],
      ["fan_in", "histogram", null, null, 0, "no_fan_in"],
      ["fan_in", "kde", null, null, 0, "no_fan_in"],
    ],
  );
});

Deno.test("analyze leaves out the groups that `without` names and says how many members it shows", async () => {
  const run = new Run();
  for (const id of ["a", "b", "c"]) await run.member(id, { init: [1, 2, 3, 4], final: [1, 2, 3, 5] });
  run.planned = 4;
  const groups = groupsOf({ a: "low", b: "diverged", c: "high" });
  const analysis = await run.analysis(CONFIG, groups);
  assertEquals([analysis.measured, analysis.planned], [2, 4]);
  assertEquals(analysis.without, ["diverged", "non"]);
  assertEquals(analysis.groups, { rule: groups.rule, labels: groups.labels });
  assertEquals(membersIn(await run.tables(CONFIG, groups)), ["a", "c"]);
  assertEquals(membersIn(await run.tables({ ...CONFIG, without: ["low"] }, groups)), ["b", "c"]);
});

Deno.test("analyze goes on without a member whose measuring failed", async () => {
  const run = new Run();
  for (const id of ["a", "b"]) await run.member(id, { init: [1, 2, 3, 4], final: [1, 2, 3, 5] });
  run.failing = "a";
  assertEquals(membersIn(await run.tables(CONFIG)), ["b"]);
  assertEquals((await run.analysis(CONFIG)).measured, 1);
});

Deno.test("analyze of weights that are not finite has nulls with a reason", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 4], final: [1, NaN, Infinity, 5] }, "diverged");
  const { statistics, distribution } = await run.tables(CONFIG);
  const rows = rowObjects(statistics!).filter(({ role }) => role === "kernel");
  assertEquals(rows.map(({ phase, count, std, reason }) => [phase, count, std === null, reason]), [
    ["init", 4, false, null],
    ["final", 4, true, "not_finite"],
    ["difference", 4, true, "not_finite"],
  ]);
  const final = rowObjects(distribution!).filter(({ role, phase }) => role === "kernel" && phase === "final");
  assertEquals(final.map(({ reason, n }) => [reason, n]), Array(6).fill(["not_finite", 0]));
});

Deno.test("analyze makes the tables of the chosen measures only", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 4], final: [1, 2, 3, 5] });
  assertEquals(Object.keys(await run.tables({ ...CONFIG, measures: ["distribution"] })), ["distribution"]);
  assertEquals(Object.keys(await run.tables({ ...CONFIG, measures: ["statistics"] })), ["statistics"]);
});

Deno.test("analyze gives every column a description, and every row a value for every column", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 4], final: [1, 2, 3, 5] });
  for (const { columns, rows } of Object.values(await run.tables(CONFIG))) {
    assert(columns.every(({ description }) => description.length > 0));
    assert(
      [...rows].every((row) => row.length === columns.length && row.every((value) => value !== undefined)),
    );
  }
});

Deno.test("analyze.list() identifies a member by its weights and measures, and by nothing else", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 4], final: [1, 2, 3, 5] });
  const [item] = analyze.list(CONFIG, run.inputs());
  assertEquals(
    digestOf(item!.identity),
    "16a1233f737b8c5d74557fa463a2dbea354f8a782349a7cc71086813e7e86baf" as Digest,
  );
  const grouped = { ...run.inputs(), groups: groupsOf({ a: "low" }) };
  const other = analyze.list({ ...CONFIG, population: "renamed", groups: "quality", without: [] }, grouped);
  assertEquals(other, [item!]);
  const fewer = analyze.list({ ...CONFIG, measures: ["statistics"] }, run.inputs());
  assertNotEquals(fewer[0]!.identity, item!.identity);
});

Deno.test("analyze makes the same bytes as ever: a change here needs a new version of a measure or of the kind", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 4], final: [-0.5, 0.25, 0.75, 2] });
  await run.member("b", { init: [4, 3, 2, 1], final: [0.5, 0.5, 0.5, 0.5] });
  const { tables } = await run.analysis(CONFIG);
  assertEquals(tables, {
    statistics: "d93c8e132df9d616430dbd4bde9b1963b95b69701e28800b7861045e9f2eb8ee" as Digest,
    distribution: "2bc0800ad4009ff48933ae1d59932385a757b1e56d3bec4d830f5503605f19b8" as Digest,
  });
});

Deno.test("analyze.normalize() forgets the order of measures", () => {
  assertEquals(analyze.normalize!({ ...CONFIG, measures: ["distribution", "statistics"] }), CONFIG);
});

Deno.test("analyze is the same whatever the order of the labels that are left out", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 4], final: [1, 2, 3, 5] });
  const groups = groupsOf({ a: "low" });
  assertEquals(
    await run.analysis({ ...CONFIG, without: ["non", "diverged"] }, groups),
    await run.analysis(CONFIG, groups),
  );
});

Deno.test("analyze.checkInputs() points at a label that the groups cannot give, and suggests one", () => {
  const tables = () => ({ labels: labelColumns(["diverged", "low", "mid", "high"]) });
  const config: AnalyzeConfig = { ...CONFIG, groups: "quality", without: ["non", "lwo", "mid"] };
  assertEquals(
    analyze.checkInputs!(config, { groups: [{ labels: {}, instance: "quality", reads: {}, tables }] }),
    [{
      code: "unknown-label",
      message: 'Cannot leave out group "lwo": stage "quality" gives no such label',
      at: ["without", 1],
      help: 'did you mean "low"? Labels: diverged, low, mid, high, non',
    }],
  );
  assertEquals(analyze.checkInputs!(config, {}), []);
});

Deno.test("analyze.checkInputs() refuses groups of another population", () => {
  const config: AnalyzeConfig = { ...CONFIG, groups: "quality" };
  const codes = (read: string) => {
    const outlook = { labels: {}, reads: { population: [read] }, tables: () => ({}) };
    const inputs = {
      population: [{ ...outlook, instance: "trained" }],
      groups: [{ ...outlook, instance: "quality" }],
    };
    return analyze.checkInputs!(config, inputs).map(({ code }) => code);
  };
  assertEquals([codes("trained"), codes("others")], [[], ["other-population"]]);
});

Deno.test("analyze.tables() declares the columns of the tables that come out, for each choice of measures", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 4], final: [1, 2, 3, 5] });
  for (const measures of [["statistics"], ["distribution"], ["statistics", "distribution"]] as const) {
    const config = { ...CONFIG, measures: [...measures] };
    const tables = Object.entries(await run.tables(config)).map(([name, { columns }]) => [name, columns]);
    assertEquals(Object.fromEntries(tables), analyze.tables!(config, {}));
  }
});

Deno.test("analyze refuses groups of another population", async () => {
  const run = new Run();
  await run.member("a", { init: [1, 2, 3, 4], final: [1, 2, 3, 5] });
  const groups = groupsOf({ b: "low" });
  await assertRejects(() => run.analysis(CONFIG, groups), UserError, 'Cannot find the group of model "a"');
});

/** Members of one dense layer [2, 2], and a store in memory. */
class Run {
  planned: number | undefined;
  failing: string | undefined;
  readonly #members: TrainedMember[] = [];
  readonly #objects = new Map<Digest, Uint8Array>();

  readonly #store: ObjectWriter = {
    get: (digest) => Promise.resolve(this.#objects.get(digest)!),
    put: (bytes) => {
      this.#objects.set(sha256(bytes), bytes);
      return Promise.resolve(sha256(bytes));
    },
  };

  async member(
    id: string,
    kernel: { init: number[]; final: number[] },
    status: "done" | "diverged" = "done",
  ) {
    const weights = await this.#store.put(encodeSafetensors([
      { name: "init/dense_1/kernel", shape: [2, 2], data: Float32Array.from(kernel.init) },
      { name: "init/dense_1/bias", shape: [2], data: Float32Array.of(0, 0) },
      { name: "final/dense_1/kernel", shape: [2, 2], data: Float32Array.from(kernel.final) },
      { name: "final/dense_1/bias", shape: [2], data: Float32Array.of(0.25, 0.75) },
    ]));
    this.#members.push({ id, weights, status, parameters: 6 } as TrainedMember);
  }

  inputs(): AnalyzeInputs {
    const planned = this.planned ?? this.#members.length;
    return { population: { planned, members: this.#members } as unknown as Population };
  }

  async analysis(config: AnalyzeConfig, groups?: Groups): Promise<Analysis> {
    const inputs = groups === undefined ? this.inputs() : { ...this.inputs(), groups };
    const items = analyze.list(config, inputs);
    const runItem = await analyze.load();
    const context: ItemContext = {
      objects: this.#store,
      signal: new AbortController().signal,
      progress: () => {},
      states: [],
      save: () => Promise.resolve(),
    };
    const outcomes = await Promise.all(items.map(async ({ id, work }) => {
      if (id === this.failing) return null;
      return plain(await runItem(plain(work), context));
    }));
    return analyze.collect(config, inputs, items, outcomes, context);
  }

  async tables(config: AnalyzeConfig, groups?: Groups): Promise<Readonly<Record<string, Table>>> {
    const tables = analysisArtifact.tables!(await this.analysis(config, groups), this.#store);
    const made = Object.entries(tables).map(async ([name, table]) => [name, await table()] as const);
    return Object.fromEntries(await Promise.all(made));
  }
}

/** As after a way through a record or to another process. */
function plain<Value extends Json>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}

function groupsOf(labels: Record<string, string>): Groups {
  return {
    rule: "test_accuracy: low < 0.5 <= mid < 0.9 <= high",
    by: "test_accuracy",
    thresholds: [0.5, 0.9],
    labels: ["diverged", "low", "mid", "high"],
    members: Object.entries(labels).map(([id, label]) => ({ id, label, why: "" })),
    planned: Object.keys(labels).length,
  };
}

function membersIn({ statistics }: Readonly<Record<string, Table>>): Json[] {
  return [...new Set(rowObjects(statistics!).map(({ member }) => member!))];
}
