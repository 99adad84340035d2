import { assert, assertEquals } from "@std/assert";
import type { Dataset } from "../artifacts/dataset.ts";
import type { ArchitectureSettings, MemberSettings } from "../artifacts/settings.ts";
import type { DataTensors } from "./data_variables.ts";
import { type ProgramKey, programKey } from "./program_key.ts";
import { Runtime } from "./runtime.ts";
import { SOURCES } from "./data/sources.ts";
import { derive } from "./data/transforms/derive.ts";
import { alive } from "./tensorflow/tensor.ts";
import { openInstalledLibrary } from "./testing/library.ts";
import { trainMember } from "./training.ts";

await openInstalledLibrary();

const { dataset }: { readonly dataset: Dataset } = SOURCES["mnist-10k"];
const { train, test } = dataset.splits;

Deno.test("Runtime keeps one copy of the data, lends programs again, and frees all of it at the end", async () => {
  const before = alive.count;
  const runtime = Runtime.open();
  const same = await runtime.withData(
    dataset,
    (data) => runtime.withData(dataset, (again) => Promise.resolve(data === again)),
  );
  assert(same);
  await runtime.withData(dataset, async (data) => {
    assertEquals(data.trainImages.shape, [train.count, 784]);
    const lend = (width: number) =>
      runtime.withProgram(keyOf(width), data, (program) => Promise.resolve(program));
    const first = await lend(5);
    assert(first === await lend(5));
    for (const width of [6, 7, 8]) await lend(width);
    assert(first !== await lend(5), "only two programs wait");
  });
  await runtime.close();
  assertEquals(alive.count, before);
});

Deno.test("Runtime.withProgram() lends a program only for the data that it holds", async () => {
  const runtime = Runtime.open();
  await runtime.withData(dataset, async (data) => {
    const others = { ...data }; // a data set of the same shape and counts
    const lend = (data: DataTensors) =>
      runtime.withProgram(keyOf(5), data, (program) => Promise.resolve(program));
    const programs = [await lend(data), await lend(others), await lend(data), await lend(others)];
    assert(programs[0] !== programs[1]);
    assert(programs[0] === programs[2] && programs[1] === programs[3]);
  });
  await runtime.close();
});

Deno.test("Runtime lets go of the data set used longest ago, and of the programs that hold it", async () => {
  const before = alive.count;
  const runtime = Runtime.open();
  const subsets = [100, 101, 102, 103].map((count) => derive(dataset, { subset: { first: count } }));
  const alives: number[] = [];
  for (const subset of subsets) {
    await runtime.withData(subset, (data) => {
      const key = { ...keyOf(5), trainCount: subset.splits.train.count };
      return runtime.withProgram(key, data, () => Promise.resolve());
    });
    alives.push(alive.count - before);
  }
  assertEquals(alives, [4, 8, 8, 8]); // images and labels of two splits each
  await runtime.close();
  assertEquals(alive.count, before);
});

Deno.test("Runtime.withData() gives the splits and the shape of a derived data set", async () => {
  const runtime = Runtime.open();
  const validation = { count: 50, seed: 0, stratified: true };
  const derived = derive(dataset, { subset: { first: 500 }, validation, resize: [14, 7] });
  await runtime.withData(derived, (data) => {
    assertEquals(data.trainImages.shape, [450, 98]);
    assertEquals(data.validationImages!.shape, [50, 98]);
    assertEquals(data.validationLabels!.shape, [50]);
    assertEquals(data.testImages.shape, [test.count, 98]);
    return Promise.resolve();
  });
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
    const key = programKey(dataset, { settings });
    const options = { seed: "0000000000000001", epochs: 1, signal: new AbortController().signal };
    const { state: { epochs } } = await runtime.withData(
      dataset,
      (data) => runtime.withProgram(key, data, (program) => trainMember(program, settings, options)),
    );
    assert(epochs[0]!.test_accuracy > atLeast, JSON.stringify(epochs));
    await runtime.close();
  });
}

function keyOf(width: number): ProgramKey {
  const settings: MemberSettings = {
    architecture: { kind: "mlp", depth: 1, width, activation: "relu" },
    init: { scheme: "he_normal", scale: 1 },
    training: { optimizer: { name: "sgd", learning_rate: 0.1 }, batch_size: 64 },
  };
  return programKey(dataset, { settings });
}
