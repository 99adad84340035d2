import { assert, assertEquals } from "@std/assert";
import { engineIdentity } from "../src/commands/check.ts";
import { type PlanReport, run, type RunEvent, type RunReport } from "../src/mod.ts";
import { readPipeline } from "../src/sources/read_pipeline.ts";
import { Recall } from "../src/commands/recall.ts";
import type { Digest } from "../src/core/digest.ts";
import { Store } from "../src/store/store.ts";
import { storeAll } from "./testing/stored.ts";
import { type Finished, weft } from "./testing/weft.ts";

const FILES = {
  "small.yaml": `weft: 1
name: small
params: { epochs: 2, unused: 1 }
imports: { base: ./base.yaml }
stages:
  trained: { kind: train, sample: base.draw, epochs: "\${{ params.epochs }}" }
  quality: { kind: group, population: trained, by: test_accuracy, rule: tertiles }
  figure: { kind: plot, population: trained, groups: quality, figure: convergence }
`,
  "base.yaml": `weft: 1
name: base
stages:
  digits: { kind: dataset, source: mnist-10k }
  mlps:
    kind: family
    dataset: digits
    architecture: { kind: mlp, depth: 1, width: { choice: [5, 10] }, activation: relu }
    init: { scheme: he_normal }
    training: { optimizer: { name: adam, learning_rate: 0.003 }, batch_size: 64 }
  draw: { kind: sampling, family: mlps, method: random, count: 4, seed: 1 }
`,
  "more.yaml": "unused: 2\n",
};

/** A project all of whose results are stored and written, and its own cache folder. */
interface Project {
  readonly folder: string;
  readonly file: (name: string) => string;
  readonly read: (name: string) => string;
  readonly write: (name: string, text: string) => void;
}

Deno.test("weft plan and weft run say the same from memory as without it, byte for byte", () =>
  inProject(async (project) => {
    const file = project.file("small.yaml");
    for (
      const args of [
        ["plan", file],
        ["plan", file, "--format", "json", "--params", project.file("more.yaml")],
        ["plan", file, "--only", "quality", "--expand"],
        ["run", file],
        ["run", file, "--format", "ndjson"],
        ["run", file, "--only", "quality", "--set", "unused=3"],
        ["run", file, "--dry-run"],
      ]
    ) {
      await told(project, args); // from now on it is known
      const remembered = await told(project, args);
      const anew = await told(project, args, {
        WEFT_CACHE: `${project.folder}/cache-${crypto.randomUUID()}`,
      });
      assertEquals(remembered, anew);
      assert(
        remembered.code === 0 && remembered.stderr.includes('Param "unused" is not used'),
        args.join(" "),
      );
    }
  }));

Deno.test("Recall.plan() and Recall.run() know what is stored only where nothing is different", async (t) => {
  const changes: readonly Change[] = [
    { name: "a comment in the file", change: append("small.yaml", "# more\n") },
    { name: "a comment in an imported file", change: append("base.yaml", "# more\n") },
    { name: "a file of params", change: append("more.yaml", "# more\n") },
    { name: "an imported file that is gone", change: ({ file }) => Deno.removeSync(file("base.yaml")) },
    { name: "an object that is gone", change: ({ folder }) => Deno.removeSync(anObject(folder)) },
    { name: "an object that is cut short", change: ({ folder }) => Deno.truncateSync(anObject(folder), 3) },
    {
      name: "an object that was swapped with another",
      change: ({ folder }) =>
        Deno.writeTextFileSync(anObject(folder), "x".repeat(Deno.statSync(anObject(folder)).size)),
    },
    {
      name: "records that are gone",
      change: ({ folder }) => Deno.removeSync(`${folder}/outputs/store/records`, { recursive: true }),
    },
    { name: "an edited run.json", change: append("outputs/small/run.json", " "), isInOutputs: true },
    {
      name: "a figure that is gone",
      change: ({ file }) => Deno.removeSync(file("outputs/small/figures/figure.svg")),
      isInOutputs: true,
    },
    {
      name: "an edited table",
      change: append("outputs/small/tables/quality/labels.csv", "x"),
      isInOutputs: true,
    },
    {
      name: "a lost last-run.json",
      change: ({ file }) => Deno.removeSync(file("outputs/small/last-run.json")),
      isInOutputs: true,
    },
    {
      name: "results of another file",
      change: ({ read, write }) =>
        write(
          "outputs/small/last-run.json",
          read("outputs/small/last-run.json").replace("../small.yaml", "../other.yaml"),
        ),
      isInOutputs: true,
    },
    {
      name: "a run before that failed",
      change: ({ read, write }) =>
        write(
          "outputs/small/last-run.json",
          read("outputs/small/last-run.json").replace('"ok": true', '"ok": false'),
        ),
      isInOutputs: true,
    },
  ];
  for (const { name, change, isInOutputs = false } of changes) {
    await t.step(name, () =>
      inProject(async (project) => {
        await runAgain(project);
        assert((await recalled(project)).run !== undefined);
        change(project);
        const { plan, run } = await recalled(project);
        assertEquals([plan !== undefined, run !== undefined], [isInOutputs, false]);
      }));
  }
});

Deno.test("Recall.plan() knows what a run found", () =>
  inProject(async (project) => {
    const options = { ...runOptions(project.file("outputs"), []), resources: {} };
    assert((await run(project.file("small.yaml"), options)).ok);
    const read = await readPipeline(project.file("small.yaml"), {});
    if (!read.ok) throw new Error("the pipeline cannot be read");
    const recall = new Recall(read.value, {}, await engineIdentity());
    const known = await recall.plan({ outputs: project.file("outputs"), warn: () => {} });
    assertEquals(known?.stages.map(({ status }) => status), Array.from({ length: 6 }, () => "stored"));
  }));

Deno.test("Recall.run() tells another engine and other options apart", () =>
  inProject(async (project) => {
    await runAgain(project);
    assertEquals((await recalled(project, { engine: "libtensorflow-other" })).run, undefined);
    assertEquals((await recalled(project, { set: ["unused=3"] })).run, undefined);
    assertEquals((await recalled(project, { only: "quality" })).run, undefined);
    assert((await recalled(project)).run !== undefined);
  }));

Deno.test("Recall.run() of one stage does not hold when the results of the others change, since run.json names them", () =>
  inProject(async (project) => {
    await runAgain(project, { only: "quality" });
    assert((await recalled(project, { only: "quality" })).run !== undefined);
    const store = await Store.open(project.file("outputs/store"));
    const { stages } = JSON.parse(project.read("outputs/small/run.json"));
    const figure = stages.figure.identity as Digest;
    for (const digest of store.find(figure)!.objects) Deno.removeSync(pathOf(project.folder, digest));
    await store.close();
    const { plan, run } = await recalled(project, { only: "quality" });
    assertEquals([plan === undefined, run], [true, undefined]);
  }));

interface Change {
  readonly name: string;
  readonly change: (project: Project) => void;
  /** A plan does not look there. */
  readonly isInOutputs?: true;
}

interface Asked {
  readonly set?: readonly string[];
  readonly only?: string;
  readonly engine?: string;
}

/** What is known of the project's pipeline from memory. */
async function recalled(
  { file }: Project,
  { engine, ...asked }: Asked = {},
): Promise<{ readonly plan: PlanReport | undefined; readonly run: RunReport | undefined }> {
  const question = { ...asked, params: [file("more.yaml")] };
  const read = await readPipeline(file("small.yaml"), question);
  if (!read.ok) throw new Error("the pipeline cannot be read");
  const recall = new Recall(read.value, question, engine ?? await engineIdentity());
  const options = { ...runOptions(file("outputs"), []), warn: () => {} };
  return { plan: await recall.plan(options), run: await recall.run(options, () => {}) };
}

/** A run in which nothing has to be done. */
async function runAgain({ file }: Project, asked: Asked = {}): Promise<void> {
  const events: RunEvent[] = [];
  const options = { ...runOptions(file("outputs"), events), ...asked, params: [file("more.yaml")] };
  const report = await run(file("small.yaml"), options);
  assert(report.ok && report.value.summary.stages.ran === 0, JSON.stringify(events));
}

function runOptions(outputs: string, events: RunEvent[]) {
  const { signal } = new AbortController();
  const emit = (event: RunEvent) => void events.push(event);
  return { outputs, concurrency: 1, setup: false, signal, emit };
}

/** What a process of the command line prints, but for how long it took. */
async function told(
  { folder }: Project,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const { code, stdout, stderr } = await weft([...args, "--outputs", `${folder}/outputs`], folder, {
    WEFT_CACHE: Deno.env.get("WEFT_CACHE")!,
    ...env,
  });
  const timeless = (text: string) => text.replace(/"seconds":[\d.e-]+|\d+\.\d s$/gm, "(time)");
  return { code, stdout: timeless(stdout), stderr: timeless(stderr) };
}

async function inProject(test: (project: Project) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const cache = Deno.env.get("WEFT_CACHE");
  const file = (name: string) => `${folder}/${name}`;
  const project: Project = {
    folder,
    file,
    read: (name) => Deno.readTextFileSync(file(name)),
    write: (name, text) => Deno.writeTextFileSync(file(name), text),
  };
  try {
    Deno.env.set("WEFT_CACHE", file("cache"));
    for (const [name, text] of Object.entries(FILES)) project.write(name, text);
    await storeAll(file("small.yaml"), file("outputs"));
    await runAgain(project);
    await test(project);
  } finally {
    if (cache === undefined) Deno.env.delete("WEFT_CACHE");
    else Deno.env.set("WEFT_CACHE", cache);
    await Deno.remove(folder, { recursive: true });
  }
}

function append(name: string, text: string): (project: Project) => void {
  return ({ read, write }) => write(name, read(name) + text);
}

/** Path of the object that comes first by its digest. */
function anObject(folder: string): string {
  const objects = `${folder}/outputs/store/objects`;
  const [first] = [...Deno.readDirSync(objects)].map(({ name }) => name).sort();
  const [rest] = [...Deno.readDirSync(`${objects}/${first}`)].map(({ name }) => name).sort();
  return `${objects}/${first}/${rest}`;
}

function pathOf(folder: string, digest: Digest): string {
  return `${folder}/outputs/store/objects/${digest.slice(0, 2)}/${digest.slice(2)}`;
}
