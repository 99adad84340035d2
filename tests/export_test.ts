import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { cacheDir } from "../src/core/cache_dir.ts";
import { SOURCES } from "../src/engine/data/sources.ts";
import { openDataset } from "../src/engine/data/open.ts";
import { hasPython, pythonWith } from "./testing/python.ts";
import { weft } from "./testing/weft.ts";

const PIPELINE = `
weft: 1
name: zoo
stages:
  digits: { kind: dataset, source: mnist-10k, normalize: standard }
  networks:
    kind: family
    dataset: digits
    architecture:
      choice:
        - { kind: mlp, depth: 2, width: 20 }
        - { kind: cnn, convolutions: [{ channels: 4, pool: true }, { channels: 6 }] }
        - { kind: vit, patch: 7, dim: 16, heads: 2, depth: 1, mlp_ratio: 2 }
        - { kind: vit, patch: 14, dim: 16, heads: 4, depth: 2, mlp_ratio: 2, pooling: mean }
    training: { optimizer: { name: adam, learning_rate: 0.003 }, batch_size: 32 }
  draw: { kind: sampling, family: networks, method: grid, seed: 1 }
  trained: { kind: train, sample: draw, epochs: 2, record: [1] }
  twins: { kind: sampling, family: small, method: random, count: 3, seed: 1 }
  small: { kind: family, dataset: digits, architecture: { kind: mlp, depth: 1, width: 5 } }
  alike: { kind: train, sample: twins, epochs: 1 }
`;

const folder = await Deno.makeTempDir({ prefix: "weft-export-" });
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

Deno.test(
  "weft export writes what Python's safetensors, NumPy and TensorFlow load, with the accuracies of the run",
  {
    ignore: Deno.build.target !== "x86_64-unknown-linux-gnu" || !await hasPython(),
  },
  async () => {
    await run();
    const exported = await weft(["export", "zoo.yaml", "trained"], folder);
    assertEquals(exported.code, 0, exported.stderr);
    assertStringIncludes(exported.stderr, "exported trained: 4 models, 12 checkpoints in export/zoo/trained");
    const loaded = await loadByPython("export/zoo/trained");
    assertEquals(loaded.columns.slice(0, 6), [
      "",
      "test_accuracy",
      "test_loss",
      "train_accuracy",
      "train_loss",
      "config.activation",
    ]);
    assertEquals(loaded.rows.length, 12);
    assertEquals(Object.keys(loaded.members).length, 4);
    const rows = JSON.parse(await Deno.readTextFile(`${folder}/outputs/zoo/tables/trained/members.json`));
    for (const { member, test_accuracy } of rows) {
      const found = loaded.members[member]!;
      assertEquals(found.csv, test_accuracy);
      assertEquals(found.metadata, test_accuracy);
      assertAlmostEquals(found.tensorflow, test_accuracy, 1.01 / IMAGES, member); // a tie may fall elsewhere
      assertAlmostEquals(found.numpy, test_accuracy, 1.01 / IMAGES, member);
      assert(found.probabilities < 1e-6);
      assertEquals(found.parameters, 0);
      assert(test_accuracy > 0.5);
    }
  },
);

Deno.test("weft export writes networks of one architecture as rows of one matrix, too", {
  ignore: Deno.build.target !== "x86_64-unknown-linux-gnu" || !await hasPython(),
}, async () => {
  await run();
  const exported = await weft(["export", "zoo.yaml", "alike", "--to", "zoo"], folder);
  assertEquals(exported.code, 0, exported.stderr);
  const loaded = await loadByPython("zoo");
  assertEquals(loaded.matrix, [6, 784 * 5 + 5 + 5 * 10 + 10]);
  assertEquals(
    loaded.rows.map(([path]) => path),
    [1, 2, 3].flatMap((member) => [0, 1].map((epoch) => `members/${member}/epoch-${epoch}.safetensors`)),
  );
});

Deno.test("weft export replaces an earlier export, and refuses any other folder", async () => {
  await run();
  const again = async () =>
    await weft(["export", "zoo.yaml", "alike", "--to", "mine", "--no-networks"], folder);
  assertEquals((await again()).code, 0);
  assertEquals((await again()).code, 0);
  await Deno.remove(`${folder}/mine/export.json`);
  const refused = await again();
  assertEquals(refused.code, 2);
  assertStringIncludes(
    refused.stderr,
    `Cannot export into "mine": the folder holds something else than an export`,
  );
  assertEquals((await Deno.stat(`${folder}/mine/metrics.csv`)).isFile, true);
});

Deno.test("weft export names what cannot be exported, and what can", async () => {
  await run();
  const misspelt = await weft(["export", "zoo.yaml", "traind"], folder);
  assertEquals(misspelt.code, 2);
  assertStringIncludes(misspelt.stderr, `did you mean "trained"?`);
  const other = await weft(["export", "zoo.yaml", "draw"], folder);
  assertEquals(other.code, 2);
  assertStringIncludes(other.stderr, "a stage of kind sampling trains no networks");
  const absent = await weft(["export", "zoo.yaml", "trained", "--outputs", "elsewhere"], folder);
  assertEquals(absent.code, 1);
  assertStringIncludes(absent.stderr, `Cannot export "trained": it has no stored result`);
  assertStringIncludes(absent.stderr, "weft run zoo.yaml --only trained");
});

const IMAGES = SOURCES["mnist-10k"].dataset.splits.test.count;

async function run(): Promise<void> {
  await Deno.writeTextFile(`${folder}/zoo.yaml`, PIPELINE);
  const { code, stderr } = await weft(["run", "zoo.yaml"], folder);
  assertEquals(code, 0, stderr);
}

interface Loaded {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly members: Readonly<
    Record<
      string,
      Readonly<Record<"csv" | "metadata" | "numpy" | "tensorflow" | "probabilities" | "parameters", number>>
    >
  >;
  readonly matrix?: readonly number[];
}

async function loadByPython(path: string): Promise<Loaded> {
  const packages = { "tensorflow-cpu": "2.21.0", "safetensors": "0.8.0", "numpy": "2.4.6" };
  const python = await pythonWith(packages, `${cacheDir()}/python/tensorflow`);
  const { test } = await openDataset(SOURCES["mnist-10k"].dataset);
  await Deno.writeFile(`${folder}/images`, test.images);
  await Deno.writeFile(`${folder}/labels`, test.labels);
  const script = new URL("testing/load_export.py", import.meta.url).pathname;
  const args = [script, `${folder}/${path}`, `${folder}/images`, `${folder}/labels`];
  const { success, stdout, stderr } = await new Deno.Command(python, { args }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
