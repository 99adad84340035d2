/** Whatever happens to a file of the store: it is found out, said, and what it held is computed again. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { smallPipeline } from "./testing/small_pipeline.ts";
import { artifacts, runPipeline, weft } from "./testing/weft.ts";

const PIPELINE = smallPipeline({ models: 3, epochs: 1 });
/** Reads every object once more: another name, another place of the legend, the same measures. */
const READS_AGAIN = PIPELINE.replace("rule: tertiles", "rule: { thresholds: [0.8], labels: [poor, good] }");

const LONGER = PIPELINE.replace("epochs: 1", "epochs: 2");

interface Damage {
  readonly name: string;
  /** @param other Another file of the same kind */
  readonly apply: (path: string, other: string) => Promise<void>;
}

const DAMAGES: readonly Damage[] = [
  { name: "flipped bit", apply: (path) => changeBytes(path, flipped) },
  { name: "cut off", apply: (path) => changeBytes(path, (bytes) => bytes.subarray(0, bytes.length >> 1)) },
  { name: "deleted", apply: (path) => Deno.remove(path) },
  { name: "swapped with another", apply: swap },
];

/** By what is in them: how a kind of file is told from the others. */
const KINDS: Readonly<Record<string, (path: string, head: string) => boolean>> = {
  "a segment of records": (path) => path.includes("/records/"),
  "trained weights": (path, head) => path.includes("/objects/") && head.includes('"final/dense_1'),
  "a state of training": (path, head) => path.includes("/objects/") && head.includes('"slot/dense_1'),
  "a stage's output": (path, head) => path.includes("/objects/") && head.startsWith("{"),
  "a picture": (path, head) => path.includes("/objects/") && head.startsWith("<svg"),
};

Deno.test("weft run and weft cache verify find every damage to the store, and a rerun mends it", async (t) => {
  const reference = await Deno.makeTempDir();
  await Deno.writeTextFile(`${reference}/small.yaml`, PIPELINE);
  await runPipeline("small.yaml", reference, "--only", "quality"); // two runs: two segments
  await runPipeline("small.yaml", reference);
  const expected = await artifacts(`${reference}/outputs/small`);
  const longer = await artifactsOf(LONGER);

  for (const [kind, isOne] of Object.entries(KINDS)) {
    for (const { name, apply } of DAMAGES) {
      await t.step(`${kind}, ${name}`, () =>
        inCopy(reference, async (folder) => {
          const files = filesOf(`${folder}/outputs/store`).filter((path) => isOne(path, headOf(path)));
          assert(files.length >= 2, `there are two files that hold ${kind}`);
          const [victim, other] = files as [string, string];
          await apply(victim, other);
          const found = await weft(["cache", "verify"], folder);
          const isHarmless = kind === "a segment of records" && name === "swapped with another"; // names mean nothing
          if (!isHarmless) assertStringIncludes(found.stderr + found.stdout, nameOf(victim));
          await runPipeline("small.yaml", folder);
          assertEquals(changed(await artifacts(`${folder}/outputs/small`), expected), []);
          const repaired = await weft(["cache", "verify", "--repair"], folder); // what no run came upon
          assertEquals(repaired.code, 0, repaired.stderr);
          const after = await weft(["cache", "verify"], folder);
          assertEquals(
            [after.code, after.stderr.includes("damaged")],
            [0, false],
            after.stderr + after.stdout,
          );
        }));
    }
  }

  for (const { name, apply } of DAMAGES.slice(0, 3)) {
    await t.step(`every state of training, ${name}: more epochs give what they always give`, async () => {
      await inCopy(reference, async (folder) => {
        for (const path of filesOf(`${folder}/outputs/store`)) {
          if (KINDS["a state of training"]!(path, headOf(path))) await apply(path, path);
        }
        await Deno.writeTextFile(`${folder}/small.yaml`, LONGER);
        const { summary } = await runPipeline("small.yaml", folder);
        assertEquals(summary.models, { trained: 3, stored: 0, failed: 0 });
        assertEquals(changed(await artifacts(`${folder}/outputs/small`), longer), []);
      });
    });
  }

  await t.step(
    "bits that flip on the disk, without a trace in sizes and times, are found by what reads them",
    () =>
      inCopy(reference, async (folder) => {
        for (const path of filesOf(`${folder}/outputs/store`).filter((path) => path.includes("/objects/"))) {
          const { atime, mtime } = await Deno.stat(path);
          await changeBytes(path, flipped);
          await Deno.utime(path, atime!, mtime!);
        }
        await Deno.writeTextFile(`${folder}/small.yaml`, READS_AGAIN);
        const { summary } = await runPipeline("small.yaml", folder);
        assertEquals(summary.ok, true);
        await Deno.writeTextFile(`${folder}/small.yaml`, PIPELINE);
        await runPipeline("small.yaml", folder, "--force", "figure1", "--force", "figure2");
        assertEquals(changed(await artifacts(`${folder}/outputs/small`), expected), []);
      }),
  );

  for (const { name, apply } of DAMAGES.filter(({ name }) => !name.startsWith("swapped"))) {
    await t.step(`the index, ${name}`, () =>
      inCopy(reference, async (folder) => {
        const env = { WEFT_CACHE: `${folder}/cache` };
        assertEquals((await weft(["run", "small.yaml"], folder, env)).code, 0);
        const index = filesOf(`${folder}/cache/index`).find((path) => path.endsWith(".sqlite"))!;
        await apply(index, index);
        await Deno.writeTextFile(
          `${folder}/small.yaml`,
          PIPELINE.replace("tertiles", "{ quantiles: [0.5] }"),
        );
        const { code, stderr } = await weft(["run", "small.yaml"], folder, env);
        assertEquals(code, 0, stderr);
        assertStringIncludes(stderr, "0 models trained, 3 stored");
      }));
  }

  await Deno.remove(reference, { recursive: true });
});

async function artifactsOf(pipeline: string): Promise<Map<string, string>> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/small.yaml`, pipeline);
  await runPipeline("small.yaml", folder);
  const files = await artifacts(`${folder}/outputs/small`);
  await Deno.remove(folder, { recursive: true });
  return files;
}

async function inCopy(folder: string, test: (copy: string) => Promise<void>): Promise<void> {
  const parent = await Deno.makeTempDir();
  const copy = `${parent}/copy`;
  const { success } = await new Deno.Command("cp", { args: ["-a", folder, copy] }).output(); // with times
  assert(success);
  try {
    await runPipeline("small.yaml", copy); // it has an index of its own
    await test(copy);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

function filesOf(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name, isDirectory }) => ({
    path: `${folder}/${name}`,
    isDirectory,
  }))
    .flatMap(({ path, isDirectory }) => isDirectory ? filesOf(path) : [path]).sort();
}

function headOf(path: string): string {
  return new TextDecoder().decode(Deno.readFileSync(path).subarray(0, 4000));
}

/** How messages name a file of the store. */
function nameOf(path: string): string {
  return path.split("/outputs/store/")[1]!;
}

async function changeBytes(path: string, change: (bytes: Uint8Array) => Uint8Array): Promise<void> {
  await Deno.writeFile(path, change(await Deno.readFile(path)));
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length >> 1]! ^= 1;
  return copy;
}

async function swap(path: string, other: string): Promise<void> {
  await Deno.rename(path, `${path}.swapped`);
  await Deno.rename(other, path);
  await Deno.rename(`${path}.swapped`, other);
}

function changed(files: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>): string[] {
  return [...new Set([...files.keys(), ...expected.keys()])].filter((name) =>
    files.get(name) !== expected.get(name)
  );
}
