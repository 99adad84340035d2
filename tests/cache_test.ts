import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { Ajv } from "ajv";
import { rebuildCache, verifyCache } from "../src/care/care.ts";
import { keepLimit, storeLimit } from "../src/care/limit.ts";
import { outputSchemas } from "../src/cli/output_schemas.ts";
import { UserError } from "../src/core/diagnostic.ts";
import type { Digest } from "../src/core/digest.ts";
import { lastRunText } from "../src/report/last_run.ts";
import { runRecord, stageRecords } from "../src/scheduler/run_record.ts";
import { StageLookup } from "../src/scheduler/stage_lookup.ts";
import { takeInventory } from "../src/store/maintenance/inventory.ts";
import { filesBelow, fill } from "../src/store/maintenance/testing/stores.ts";
import { Store } from "../src/store/store.ts";
import { collectGarbage, type CollectOptions } from "../src/care/garbage.ts";
import { KINDS, pipeline, planOf, type Project, withProject } from "./testing/cache_project.ts";
import { weft } from "./testing/weft.ts";

const ALL = (identities: readonly Digest[], is: boolean) => identities.map(() => is);
const MODULE = (width: number) => pipeline(width).replace("name: widths\n", "");
const IMPORTING = `weft: 1
name: importing
imports: { nets: ./parts/nets.yaml }
stages:
  quality: { kind: group, population: nets.trained, by: test_accuracy, rule: tertiles }
`;

Deno.test("collectGarbage() keeps what the files here, branches and tags need, and removes what only earlier commits did", () =>
  withProject(async (project) => {
    await project.git("init", "--quiet");
    const told: Record<string, Digest[]> = {};
    const commit = async (path: string, width: number) => {
      project.write(path, pipeline(width));
      await project.commit();
      told[width] = await project.store(pipeline(width));
    };
    await commit("old.yaml", 1);
    project.write("old.yaml", null);
    await commit("a.yaml", 2);
    await project.git("tag", "v1");
    await commit("a.yaml", 3); // no branch ends here
    await commit("a.yaml", 4);
    await project.git("tag", "--annotate", "--message", "a release", "v2");
    await project.git("switch", "--quiet", "--create", "wide");
    await commit("a.yaml", 5);
    await project.git("switch", "--quiet", "main");
    await project.git("switch", "--quiet", "--detach");
    await commit("a.yaml", 6);
    project.write("a.yaml", pipeline(7)); // changed and not committed
    project.write("sub/new.yml", pipeline(8));
    project.write("values.yaml", "models: 12 # of a weft pipeline\n");
    told[7] = await project.store(pipeline(7));
    told[8] = await project.store(pipeline(8));
    const { roots } = await collect(project);
    assertEquals(roots, { pipelines: 6, refs: 4, lastRuns: 0 });
    for (const width of [2, 4, 5, 6, 7, 8]) {
      assertEquals(await project.has(told[width]!), ALL(told[width]!, true));
    }
    for (const width of [1, 3]) {
      assertEquals(await project.has(told[width]!), ALL(told[width]!, false), `${width}`);
    }
  }));

Deno.test("collectGarbage() resolves what a file imports on its own branch", () =>
  withProject(async (project) => {
    await project.git("init", "--quiet");
    const told: Digest[][] = [];
    for (const width of [2, 3]) {
      project.write("pipelines/importing.yaml", IMPORTING);
      project.write("pipelines/parts/nets.yaml", MODULE(width));
      await project.commit();
      told.push(await project.store(MODULE(width)));
      await project.git("switch", "--quiet", "--create", `next-${width}`);
    }
    project.write("pipelines/parts/nets.yaml", MODULE(4));
    told.push(await project.store(MODULE(4)), await project.store(MODULE(5)));
    const { roots } = await collect(project);
    assertEquals([roots.pipelines, roots.refs], [6, 3]);
    assertEquals(await Promise.all(told.map(async (one) => new Set(await project.has(one)))), [
      new Set([true]),
      new Set([true]),
      new Set([true]),
      new Set([false]),
    ]);
  }));

Deno.test("collectGarbage() removes nothing while a pipeline does not compile somewhere, unless it is left out", () =>
  withProject(async (project) => {
    await project.git("init", "--quiet");
    project.write("a.yaml", pipeline(2));
    await project.commit();
    await project.git("switch", "--quiet", "--create", "broken");
    project.write("sub/bad.yaml", pipeline(3).replace("sample: draw", "sample: drow"));
    await project.commit();
    await project.git("switch", "--quiet", "main");
    const needed = await project.store(pipeline(2));
    const garbage = await project.store(pipeline(9));
    const error = await assertRejects(() => collect(project), UserError);
    assertMatch(
      error.message,
      /^Cannot tell what "broken:sub\/bad.yaml" needs: .*"drow".* \(sub\/bad.yaml:8:\d+\)$/,
    );
    assertMatch(error.help!, /--ignore broken:sub\/bad.yaml$/);
    assertEquals(await project.has(garbage), ALL(garbage, true));
    for (const name of ["sub/bad.yaml", "broken:sub/bad.yaml"]) {
      assert((await collect(project, { ignore: [name], dryRun: true })).removed.length > 0);
    }
    await collect(project, { ignore: ["broken:sub/bad.yaml"] });
    assertEquals(await project.has([...needed, ...garbage]), [...ALL(needed, true), ...ALL(garbage, false)]);
  }));

Deno.test("collectGarbage() without git keeps what the files here and the last runs need, with the params of those", () =>
  withProject(async (project) => {
    project.write("a.yaml", pipeline(2));
    const set = { type: "value", path: ["models"], source: { path: "--set models", text: "4" } } as const;
    const here = await project.store(pipeline(2));
    const withParams = await project.store(pipeline(2), { set: [set] });
    const gone = await project.store(pipeline(3)); // its file is not there any more
    const garbage = await project.store(pipeline(4));
    await tellLastRun(project, "widths", { file: "../a.yaml", overrides: [set] });
    project.write("outputs/widths/run.json", null); // the run was killed before it wrote that
    await tellLastRun(project, "gone", { ran: pipeline(3) });
    Deno.symlinkSync("itself.yaml", `${project.folder}/itself.yaml`);
    await assertRejects(() => collect(project), UserError, 'itself.yaml": Too many levels of symbolic links');
    project.write("itself.yaml", null);
    const { roots } = await collect(project);
    assertEquals(roots, { pipelines: 1, refs: 0, lastRuns: 2, withoutGit: "this is no git repository" });
    const kept = [...here, ...withParams.slice(0, -1), ...gone];
    assertEquals(await project.has(kept), ALL(kept, true));
    assertEquals(await project.has(garbage), ALL(garbage, false));
    project.write("outputs/gone/run.json", "{}");
    const error = await assertRejects(() => collect(project), UserError);
    assertMatch(error.message, /outputs\/gone\/run.json" needs: it is damaged/);
  }));

Deno.test("collectGarbage() keeps what the last runs need whose results are on another disk, and stops where it cannot read one", () =>
  withProject(async (project) => {
    const ran = await project.store(pipeline(3));
    await tellLastRun(project, "widths", { ran: pipeline(3) });
    Deno.renameSync(`${project.outputs}/widths`, `${project.folder}/elsewhere`);
    Deno.symlinkSync(`${project.folder}/elsewhere`, `${project.outputs}/widths`);
    project.write("file", "");
    Deno.symlinkSync(`${project.folder}/file`, `${project.outputs}/file`);
    const { roots } = await collect(project);
    assertEquals([roots.lastRuns, await project.has(ran)], [1, ALL(ran, true)]);
    Deno.removeSync(`${project.outputs}/widths/run.json`);
    Deno.mkdirSync(`${project.outputs}/widths/run.json`);
    await assertRejects(() => collect(project), UserError, 'Cannot read "');
    assertEquals(await project.has(ran), ALL(ran, true));
  }));

Deno.test("collectGarbage() refuses while a run uses the store; a dry run tells the same as the real one, and changes nothing", () =>
  withProject(async (project) => {
    project.write("a.yaml", pipeline(2));
    await project.store(pipeline(2));
    await project.store(pipeline(3));
    const run = await project.open("run");
    await assertRejects(() => collect(project), UserError, "a run is using it");
    const before = filesBelow(project.outputs);
    const dry = await collect(project, { dryRun: true });
    assertEquals(filesBelow(project.outputs), before);
    await run.close();
    assertEquals(await collect(project), dry);
    assert(dry.before > dry.after);
    const again = await collect(project);
    assertEquals([again.before, again.after], [dry.after, dry.after]);
  }));

Deno.test("collectGarbage() evicts for a size, what the last runs need last of all", () =>
  withProject(async (project) => {
    project.write("a.yaml", pipeline(2, 6));
    const all = await project.store(pipeline(2, 6));
    const ran = await project.store(pipeline(3, 2));
    await tellLastRun(project, "gone", { ran: pipeline(3, 2) });
    const { after } = await collect(project);
    const smaller = await collect(project, { maxSize: after - 8000 });
    assert(smaller.after <= after - 8000 && smaller.evicted.results > 0);
    assertEquals(smaller.evicted.ofLastRuns, 0);
    assertEquals(await project.has(ran), ALL(ran, true));
    assert((await project.has(all)).includes(false));
    const none = await collect(project, { maxSize: 0 });
    assertEquals([none.after, none.evicted.ofLastRuns], [0, ran.length]);
  }));

Deno.test("verifyCache() repairs what is damaged: it counts as missing then, and nothing else does", () =>
  withProject(async (project) => {
    const [first, second, ...others] = await project.store(pipeline(2, 4));
    const store = await project.open();
    const [damaged] = store.find(first!)!.objects;
    await store.close();
    await Deno.writeTextFile(store.objects.path(damaged!), "WEIGHTS");
    const [segment] = store.segments();
    const lines = (await Deno.readTextFile(segment!.path)).split("\n");
    const wrong = lines.map((line) =>
      line.includes(`"identity":"${second}"`) ? line.replace("meta", "mata") : line
    );
    await Deno.writeTextFile(segment!.path, wrong.join("\n"));
    const check = async (repair: boolean) => {
      const { problems, index } = await verifyCache(project.outputs, { repair, warn: () => {} });
      return [problems.map(({ problem }) => problem), index];
    };
    const found = ["damaged-record", "damaged-object"];
    assertEquals([await check(false), await check(false)], [[found, []], [found, []]]);
    assertEquals([await check(true), await check(false)], [[found, []], [[], []]]);
    assertEquals(await project.has([first!, second!, ...others]), [false, false, ...ALL(others, true)]);
  }));

Deno.test("rebuildCache() makes an index that finds all records, whatever there was before", () =>
  withProject(async (project) => {
    const stored = await project.store(pipeline(2));
    const cache = Deno.env.get("WEFT_CACHE")!;
    for (const path of filesBelow(cache).keys()) {
      if (path.endsWith(".sqlite")) Deno.writeTextFileSync(path, "no database");
    }
    assertEquals(await rebuildCache(project.outputs, () => {}), stored.length);
    const notes: string[] = [];
    const store = await Store.open(`${project.outputs}/store`, { warn: (message) => notes.push(message) });
    assertEquals([stored.map((identity) => store.has(identity)), notes], [ALL(stored, true), []]);
    await store.close();
  }));

Deno.test("keepLimit() evicts after a run if the store is too large, and waits for the next run while another uses it", () =>
  withProject(async (project) => {
    const all = await project.store(pipeline(2, 6));
    const ran = await project.store(pipeline(3, 2));
    await tellLastRun(project, "gone", { ran: pipeline(3, 2) });
    const notes: string[] = [];
    const keep = (limit: number) => keepLimit(project.outputs, limit, (note) => notes.push(note));
    await keep(1e9);
    assertEquals(notes, []);
    const run = await project.open("run");
    await keep(12_000);
    assertEquals(await project.has([...all, ...ran]), ALL([...all, ...ran], true));
    await run.close();
    await keep(12_000);
    assert((await project.has(all)).includes(false));
    assertEquals(await project.has(ran), ALL(ran, true));
    assertMatch(
      notes.join("\n"),
      /^Cannot keep the store under 12\.0 kB: .* a run is using it; .*\nThe store was over its limit/,
    );
  }));

Deno.test("keepLimit() tells why it removed nothing where a last run cannot be read: the run itself went well", async () => {
  const outputs = await Deno.makeTempDir();
  await fill(`${outputs}/store`, [{ name: 0, objects: [0] }]);
  await Deno.mkdir(`${outputs}/widths/run.json`, { recursive: true });
  const notes: string[] = [];
  await keepLimit(outputs, 1, (note) => notes.push(note));
  assertEquals(notes.length, 1);
  assertMatch(
    notes[0]!,
    /^Cannot keep the store under 1 bytes: Cannot read ".*run\.json": .*; the next run tries/,
  );
  assertEquals(takeInventory(`${outputs}/store`).records.length, 1);
  await Deno.remove(outputs, { recursive: true });
});

Deno.test("storeLimit() reads WEFT_STORE_LIMIT, and refuses what is no size", () => {
  const read = (text?: string) => storeLimit({ get: () => text });
  assertEquals([read(), read(""), read("20GB"), read("500 MB"), read("1GiB")], [
    undefined,
    undefined,
    20e9,
    5e8,
    2 ** 30,
  ]);
  for (const text of ["much", "-1GB", "1 XB", "1e3"]) assertThrows(() => read(text), UserError, text);
});

Deno.test("weft cache ls, verify and gc tell people and programs what is stored, damaged and needed", () =>
  withProject(async (project) => {
    const [first] = await project.store(pipeline(2));
    const cache = (...args: string[]) => weft(["cache", ...args], project.folder);
    const listed = await cache("ls");
    assertMatch(
      listed.stdout,
      /^outputs\/store: \d\.\d kB in 1 segment and 2 objects; 4\.1 s of computing, of 20/,
    );
    assertMatch(
      listed.stdout,
      /\nwhat +results +size +computing\ntrained models +2 .* 4\.0 s\noutputs of stages +1 .* 0\.1 s\n$/,
    );
    const fits = new Ajv({ allowUnionTypes: true }).compile(
      JSON.parse(outputSchemas().get("cache-ls.output.schema.json")!),
    );
    const json = JSON.parse((await cache("ls", "--format", "json")).stdout);
    assert(fits(json), JSON.stringify(fits.errors));
    assert(!fits({ ...json, more: 1 }));
    assertEquals(await cache("verify").then(({ code, stdout }) => [code, stdout.slice(0, 12)]), [
      0,
      "all is sound",
    ]);
    const store = await project.open();
    const [object] = store.find(first!)!.objects;
    await store.close();
    await Deno.writeTextFile(store.objects.path(object!), "WEIGHTS");
    const found = await cache("verify");
    assertEquals(found.code, 1);
    assertMatch(
      found.stdout,
      /^outputs\/store\/objects\/.*: damaged, .*; 1 result needs it\n\n1 problem in /,
    );
    assertEquals((await cache("verify", "--repair")).code, 0);
    assertEquals((await cache("verify")).code, 0);
    project.write("outputs/store/objects/notes.txt", "mine");
    const strange = await cache("verify", "--repair");
    assertEquals(strange.code, 1);
    assertMatch(
      strange.stdout,
      /^outputs\/store\/objects\/notes\.txt: not of weft; move it away\n\n1 problem in .* in all\n$/,
    );
    project.write("outputs/store/objects/notes.txt", null);
    const collected = await cache("gc", "--dry-run", "--max-size", "1 MB");
    assertMatch(
      collected.stdout,
      /trained models +1 .*\nkept for 0 pipelines here.*\n.* would be removed, 0 bytes would be left\n$/s,
    );
    const wrong = await cache("gc", "--max-size", "much");
    assertEquals([wrong.code, wrong.stderr.split("\n")[0]], [
      2,
      'error: Cannot read --max-size "much": it is no size',
    ]);
    assertEquals((await cache("ls", "--dry-run")).code, 2);
    assertEquals((await weft(["cache", "gc", "--outputs", "none"], project.folder)).code, 1);
  }));

Deno.test("last-run.json tells which values took the place of params, so that what they led to is kept", () =>
  withProject(async (project) => {
    project.write("a.yaml", pipeline(2).replace(/ {2}trained:.*/, ""));
    project.write("values.yaml", "models: 3\n");
    const { code } = await weft(
      ["run", "a.yaml", "--params", "values.yaml", "--set", "models=5"],
      project.folder,
    );
    assertEquals(code, 0);
    const { overrides } = JSON.parse(await Deno.readTextFile(`${project.outputs}/widths/last-run.json`));
    assertEquals(overrides, [
      { type: "file", source: { path: "values.yaml", text: "models: 3\n" } },
      { type: "value", path: ["models"], source: { path: "--set models", text: "5" } },
    ]);
  }));

function collect(project: Project, options: Partial<CollectOptions> = {}) {
  const given = {
    kinds: KINDS,
    dryRun: false,
    ignore: [],
    folder: project.folder,
    warn: () => {},
    ...options,
  };
  return collectGarbage(project.outputs, given);
}

/** Leaves what a run would: `run.json` of a pipeline that ran, and `last-run.json`. */
async function tellLastRun(
  project: Project,
  name: string,
  { ran, file, overrides }: {
    readonly ran?: string;
    readonly file?: string;
    readonly overrides?: readonly object[];
  },
): Promise<void> {
  const store = await project.open();
  const lookup = new StageLookup(store);
  const plan = planOf(ran ?? pipeline(2), {});
  const outputs = new Map();
  for (const node of plan.nodes) outputs.set(node.instance, await lookup.output(node, outputs));
  const stages = ran === undefined ? new Map() : await stageRecords(plan, outputs, lookup);
  await store.close();
  project.write(`outputs/${name}/run.json`, JSON.stringify(runRecord(name, stages, "pinned")));
  const last = { stages: new Map(), files: [], ...(file !== undefined && { file }) };
  project.write(
    `outputs/${name}/last-run.json`,
    lastRunText(last, overrides ? { overrides: overrides as never } : {}),
  );
}
