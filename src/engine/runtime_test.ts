import { assert, assertEquals } from "@std/assert";
import type { Dataset } from "../artifacts/dataset.ts";
import type { ArchitectureSettings, MemberSettings } from "../artifacts/settings.ts";
import type { DataTensors, ProgramKey } from "./program.ts";
import { Runtime } from "./runtime.ts";
import { SOURCES } from "./data/sources.ts";
import { alive } from "./tensorflow/tensor.ts";
import { openInstalledLibrary } from "./testing/library.ts";
import { trainMember } from "./training.ts";

await openInstalledLibrary();

const { dataset }: { readonly dataset: Dataset } = SOURCES["mnist-10k"];
const { train, test } = dataset.splits;

Deno.test("Runtime keeps one copy of the data, lends programs again, and frees all of it at the end", async () => {
  const before = alive.count;
  const runtime = Runtime.open();
  const [data, again] = await Promise.all([runtime.dataOf(dataset), runtime.dataOf(dataset)]);
  assert(data === again);
  assertEquals(data.trainImages.shape, [train.count, 784]);
  const first = await runtime.withProgram(keyOf(5), data, (program) => Promise.resolve(program));
  const same = await runtime.withProgram(keyOf(5), data, (program) => Promise.resolve(program));
  assert(first === same);
  for (const width of [6, 7, 8]) await runtime.withProgram(keyOf(width), data, () => Promise.resolve());
  const anew = await runtime.withProgram(keyOf(5), data, (program) => Promise.resolve(program));
  assert(first !== anew, "only two programs wait");
  await runtime.close();
  assertEquals(alive.count, before);
});

Deno.test("Runtime.withProgram() lends a program only for the data that it holds", async () => {
  const runtime = Runtime.open();
  const data = await runtime.dataOf(dataset);
  const others = { ...data }; // a data set of the same shape and counts
  const lend = (data: DataTensors) =>
    runtime.withProgram(keyOf(5), data, (program) => Promise.resolve(program));
  const programs = [await lend(data), await lend(others), await lend(data), await lend(others)];
  assert(programs[0] !== programs[1]);
  assert(programs[0] === programs[2] && programs[1] === programs[3]);
  await runtime.close();
});

Deno.test("Runtime.dataOf() scales images to [0, 1]", async () => {
  const runtime = Runtime.open();
  const { testImages } = await runtime.dataOf(dataset);
  const values = testImages.float32();
  assertEquals(values.length, test.count * 784);
  assertEquals([Math.min(...values.slice(0, 7840)), Math.max(...values.slice(0, 7840))], [0, 1]);
  assert(values.slice(0, 7840).every((value) => Math.fround(Math.round(value * 255) / 255) === value));
  await runtime.close();
});

const LEARNERS: readonly { architecture: ArchitectureSettings; atLeast: number }[] = [
  {
    architecture: {
      kind: "cnn",
      depth: 2,
      channels: 8,
      kernel: 3,
      stride: 1,
      padding: "same",
      pool: true,
      dense: 0,
      activation: "relu",
    },
    atLeast: 0.85,
  },
  {
    architecture: { kind: "vit", patch: 7, dim: 32, depth: 1, heads: 4, mlp_ratio: 2, pooling: "mean" },
    atLeast: 0.65,
  },
];

for (const { architecture, atLeast } of LEARNERS) {
  Deno.test(`a ${architecture.kind} learns in one epoch of mnist-10k to read most digits`, async () => {
    const runtime = Runtime.open();
    const settings: MemberSettings = {
      architecture,
      init: { scheme: "glorot_uniform", scale: 1 },
      training: { optimizer: { name: "adam", learning_rate: 2e-3 }, batch_size: 32 },
    };
    const key: ProgramKey = { ...keyOf(1), architecture, optimizer: "adam", batchSize: 32 };
    const options = { seed: "0000000000000001", epochs: 1, signal: new AbortController().signal };
    const { state: { epochs } } = await runtime.withProgram(
      key,
      await runtime.dataOf(dataset),
      (program) => trainMember(program, settings, options),
    );
    assert(epochs[0]!.test_accuracy > atLeast, JSON.stringify(epochs));
    await runtime.close();
  });
}

function keyOf(width: number): ProgramKey {
  return {
    architecture: { kind: "mlp", depth: 1, width, activation: "relu" },
    optimizer: "sgd",
    batchSize: 64,
    image: dataset.shape,
    classes: dataset.classes.length,
    trainCount: train.count,
    testCount: test.count,
  };
}
