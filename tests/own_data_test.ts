import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { collectGarbage, type CollectOptions } from "../src/care/garbage.ts";
import { engineIdentity, registry } from "../src/commands/check.ts";
import { Recall } from "../src/commands/recall.ts";
import { compile } from "../src/compiler/compile.ts";
import { UserError } from "../src/core/diagnostic.ts";
import { plan, type PlanReport } from "../src/mod.ts";
import { readPipeline } from "../src/sources/read_pipeline.ts";
import { stageKinds } from "../src/stages/registry.ts";
import { type Project, withProject } from "./testing/cache_project.ts";
import { storeAll } from "./testing/stored.ts";
import { ROOT, runPipeline, weft } from "./testing/weft.ts";

const REFERENCE = `${ROOT}tests/reference/own_data`;
/** Twelve images of 4 x 5 pixels. */
const IMAGES = Deno.readFileSync(`${REFERENCE}/grey.npy`).subarray(-12 * 20);
const LABELS = Deno.readFileSync(`${REFERENCE}/labels-u1.npy`).subarray(-12);

const SHARE = "{ share: 0.5 }";
const FORMATS = {
  npy: `{ format: npy, train: { images: data/grey.npy, labels: data/labels-u1.npy }, test: ${SHARE} }`,
  npz: `{ format: npz, train: data/packed.npz, test: ${SHARE} }`,
  idx: `{ format: idx, train: { images: data/images.idx, labels: data/labels.idx }, test: ${SHARE} }`,
  cifar: `{ format: cifar, train: [data/1.bin, data/2.bin], test: ${SHARE}, shape: [4, 5, 1] }`,
  png: "{ format: png, folder: data/grey }",
};

function pipeline(source: string, count = 2): string {
  return `weft: 1
name: own
stages:
  images: { kind: dataset, source: ${source} }
  nets:
    kind: family
    dataset: images
    architecture: { kind: mlp, depth: 1, width: { choice: [5, 10] }, activation: relu }
    training: { optimizer: { name: adam, learning_rate: 0.01 }, batch_size: 3 }
  draw: { kind: sampling, family: nets, method: random, count: ${count}, seed: 1 }
  trained: { kind: train, sample: draw, epochs: 2 }
`;
}

Deno.test("weft run trains on files of each format, and once on what holds the same images", () =>
  withProject(async ({ folder }) => {
    const cache = Deno.env.get("WEFT_CACHE")!;
    Deno.env.delete("WEFT_CACHE"); // the engine is in the usual one
    try {
      copyData(folder);
      const axes = Object.entries(FORMATS).map(([name, source]) =>
        `    - { name: ${name}, source: ${source} }`
      );
      const text = pipeline('"${{ matrix.data.source }}"').replace(
        "stages:",
        `matrix:\n  data:\n${axes.join("\n")}\nstages:`,
      );
      Deno.writeTextFileSync(`${folder}/own.yaml`, text);
      const { summary } = await runPipeline("own.yaml", folder);
      assertEquals(summary.models, { trained: 4, stored: 0, failed: 0 });
      assertEquals(summary.stages.failed, 0);
    } finally {
      Deno.env.set("WEFT_CACHE", cache);
    }
  }));

Deno.test("weft tells of an absent file: validate and plan warn, run ends with an error that names it", () =>
  withProject(async ({ folder }) => {
    copyData(folder);
    Deno.removeSync(`${folder}/data/packed.npz`);
    const other = `  digits: { kind: dataset, source: mnist-10k }\n`;
    Deno.writeTextFileSync(`${folder}/own.yaml`, pipeline(FORMATS.npz, 7) + other);
    const env = { WEFT_CACHE: Deno.env.get("WEFT_CACHE")! };
    const validated = await weft(["validate", "own.yaml", "--format", "json"], folder, env);
    const { ok, diagnostics } = JSON.parse(validated.stdout);
    assertEquals([validated.code, ok], [0, true]);
    const [{ severity, code, path, line, column }] = diagnostics;
    assertEquals([severity, code, path, line, column], ["warning", "absent-file", "own.yaml", 4, 58]);
    const planned = await weft(["plan", "own.yaml", "--format", "json"], folder, env);
    const report = JSON.parse(planned.stdout);
    assertEquals(planned.code, 0);
    assertEquals(report.totals.models, { stored: 0, train: 0, unknown: 7 });
    assertEquals(report.stages[0].why, [{
      reason: "absent",
      message: '"data/packed.npz" is not there',
      at: { path: "own.yaml", line: 4, column: 58 },
    }]);
    const run = await weft(["run", "own.yaml"], folder, env);
    assertEquals(run.code, 2);
    assertMatch(run.stderr, /^error\[absent-file\]: Cannot find "data\/packed\.npz".*\n --> own\.yaml:4:58/);
    assertEquals(run.stderr.match(/error/g)!.length, 1);
    for (const args of [["graph", "own.yaml"], ["why", "own.yaml", "trained"], ["status", "own.yaml"]]) {
      assertEquals((await weft(args, folder, env)).code, 0, args.join(" "));
    }
    assertEquals((await weft(["run", "own.yaml", "--only", "digits"], folder, env)).code, 0);
    for (const args of [["export", "own.yaml", "trained"], ["why", "own.yaml", "trained/1"]]) {
      assertMatch((await weft(args, folder, env)).stderr, /^error: .*: .*"data\/packed\.npz" is not there$/m);
    }
  }));

Deno.test("weft plan counts the points of a grid while a file is absent", () =>
  withProject(async ({ folder }) => {
    const text = pipeline(FORMATS.npz).replace("method: random, count: 2", "method: grid, replicates: 3");
    Deno.writeTextFileSync(`${folder}/own.yaml`, text);
    const report = await planned(`${folder}/own.yaml`);
    assertEquals(report.stages.map(({ items }) => items?.unknown), [undefined, undefined, undefined, 6]);
  }));

Deno.test("weft tells of a file that does not hold what it must, with its place, and exits with 2", () =>
  withProject(async ({ folder }) => {
    copyData(folder);
    Deno.truncateSync(`${folder}/data/grey.npy`, 200);
    Deno.writeTextFileSync(`${folder}/own.yaml`, pipeline(FORMATS.npy));
    const { code, stderr } = await weft(["plan", "own.yaml"], folder, {
      WEFT_CACHE: Deno.env.get("WEFT_CACHE")!,
    });
    assertEquals(code, 2);
    assertMatch(
      stderr,
      /^error\[bad-file\]: Cannot read "data\/grey\.npy" at byte 200: .*\n --> own\.yaml:4:68/,
    );
  }));

Deno.test("A changed file is never answered from memory, and what was trained on it stays stored", () =>
  withProject(async ({ folder, outputs }) => {
    using _ = later();
    copyData(folder);
    const path = `${folder}/own.yaml`;
    Deno.writeTextFileSync(path, pipeline(FORMATS.png));
    await storeAll(path, outputs);
    const trained = async () => (await planned(path, outputs)).stages.at(-1)!.items;
    const remembered = async () => {
      const read = await readPipeline(path, {});
      if (!read.ok) throw new Error("the pipeline cannot be read");
      return await new Recall(read.value, {}, await engineIdentity()).plan({ outputs, warn: () => {} });
    };
    assertEquals((await trained())?.missing, 0);
    assert(await remembered() !== undefined);
    const image = `${folder}/data/grey/train/circle/0.png`;
    const before = Deno.readFileSync(image);
    Deno.copyFileSync(`${folder}/data/grey/train/circle/1.png`, image);
    assertEquals(await remembered(), undefined);
    assertEquals((await trained())?.missing, 2);
    Deno.writeFileSync(image, before);
    assertEquals((await trained())?.missing, 0);
    Deno.renameSync(`${folder}/data/grey`, `${folder}/data/shapes`); // known by what it holds, not by its name
    Deno.writeTextFileSync(path, pipeline(FORMATS.png.replace("data/grey", "data/shapes")));
    assertEquals((await trained())?.missing, 0);
  }));

Deno.test("The same bytes as images of another shape, or with further classes, are trained on anew", () =>
  withProject(async ({ folder, outputs }) => {
    copyData(folder);
    const path = `${folder}/own.yaml`;
    const missing = async (source: string) => {
      Deno.writeTextFileSync(path, pipeline(source));
      return (await planned(path, outputs)).stages.at(-1)!.items?.missing;
    };
    await missing(FORMATS.cifar);
    await storeAll(path, outputs);
    assertEquals(await missing(FORMATS.cifar), 0);
    assertEquals(await missing(FORMATS.cifar.replace("[4, 5, 1]", "[5, 4, 1]")), 2);
    assertEquals(await missing(FORMATS.cifar.replace("[4, 5, 1]", "[4, 5, 1], classes: [a, b, c, d]")), 2);
    assertEquals(await missing(FORMATS.cifar.replace("[4, 5, 1]", "[4, 5, 1], classes: [a, b, c]")), 0);
  }));

Deno.test("A mistake in the files of one format is told alone, whatever the other formats would say", () => {
  const mistakes = {
    "{ format: npz, train: 5, test: data/test.npz }": "source.train",
    "{ format: npy, train: { images: 3, labels: a }, test: { images: a, labels: a } }": "source.train.images",
    "{ format: cifar, train: [3], test: a.bin, shape: [1, 2, 3] }": "source.train[0]",
    "{ format: npz, train: data/train.npz, test: { share: 2 } }": "source.test.share",
  };
  for (const [source, setting] of Object.entries(mistakes)) {
    const result = compile({ path: "own.yaml", text: pipeline(source) }, stageKinds("", () => ""));
    const messages = result.ok ? [] : result.error.map(({ message }) => message);
    assertEquals(messages.length, 1, messages.join("\n"));
    assert(messages[0]!.startsWith(`Cannot read "${setting}" of stage "images"`), messages[0]);
  }
});

Deno.test("collectGarbage() keeps what own files on disk need, and stops where these are absent or others on a branch", () =>
  withProject(async (project) => {
    const { folder, outputs } = project;
    await project.git("init", "--quiet");
    copyData(folder);
    project.write("own.yaml", pipeline(FORMATS.idx));
    await storeAll(`${folder}/own.yaml`, outputs);
    assertEquals(removed(await collect(project)), 0);
    await project.commit(); // the files are in git now, and on disk as they are there
    assertEquals(removed(await collect(project)), 0);
    const labels = Deno.readFileSync(`${folder}/data/labels.idx`);
    Deno.writeFileSync(`${folder}/data/labels.idx`, labels.with(8, 1));
    await refused(
      project,
      /"HEAD:own\.yaml" needs: Cannot read "data\/labels\.idx": the one of this branch is not on disk/,
    );
    await collect(project, ["HEAD:own.yaml", "main:own.yaml"]);
    Deno.removeSync(`${folder}/data/labels.idx`);
    await refused(project, /"own\.yaml" needs: Cannot find "data\/labels\.idx": .* \(own\.yaml:4:93\)/);
  }));

Deno.test("collectGarbage() compares a folder of a branch with the one on disk, file by file", () =>
  withProject(async (project) => {
    const { folder, outputs } = project;
    await project.git("init", "--quiet");
    copyData(folder);
    project.write("own.yaml", pipeline(FORMATS.png));
    await project.commit();
    await storeAll(`${folder}/own.yaml`, outputs);
    assertEquals(removed(await collect(project)), 0);
    Deno.copyFileSync(`${folder}/data/grey/test/circle/0.png`, `${folder}/data/grey/test/circle/9.png`);
    await refused(project, /Cannot read "data\/grey": the one of this branch is not on disk/);
  }));

async function planned(path: string, outputs = `${path}-outputs`): Promise<PlanReport> {
  const report = await plan(path, { outputs, warn: () => {} });
  if (!report.ok) throw new Error(JSON.stringify(report.error));
  return report.value;
}

async function collect({ folder, outputs }: Project, ignore: readonly string[] = []) {
  const options: CollectOptions = { kinds: await registry(), dryRun: true, ignore, folder, warn: () => {} };
  return await collectGarbage(outputs, options);
}

function removed({ removed }: Awaited<ReturnType<typeof collect>>): number {
  return removed.reduce((sum, { results }) => sum + results, 0);
}

async function refused(project: Project, message: RegExp): Promise<void> {
  const error = await assertRejects(() => collect(project), UserError);
  assertMatch(error.message, message);
}

/** What NumPy and Pillow wrote, and the same images as idx files and as records. */
function copyData(folder: string): void {
  const data = `${folder}/data`;
  copyFolder(REFERENCE, data);
  const header = (...sizes: number[]) => [0, 0, 8, sizes.length, ...sizes.flatMap((size) => [0, 0, 0, size])];
  Deno.writeFileSync(`${data}/images.idx`, Uint8Array.from([...header(12, 4, 5), ...IMAGES]));
  Deno.writeFileSync(`${data}/labels.idx`, Uint8Array.from([...header(12), ...LABELS]));
  const records = Array.from(
    { length: 12 },
    (_, i) => [LABELS[i]!, ...IMAGES.subarray(i * 20, (i + 1) * 20)],
  );
  Deno.writeFileSync(`${data}/1.bin`, Uint8Array.from(records.slice(0, 5).flat()));
  Deno.writeFileSync(`${data}/2.bin`, Uint8Array.from(records.slice(5).flat()));
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyFolder(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** A time at which no file has changed lately, as long as it lasts. */
function later(): Disposable {
  const { now } = Date;
  Date.now = () => now() + 10_000;
  return { [Symbol.dispose]: () => void (Date.now = now) };
}
