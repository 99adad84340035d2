import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import type { ArchitectureSettings, MemberSettings, TrainingSettings } from "../artifacts/settings.ts";
import { UserError } from "../core/diagnostic.ts";
import { sha256 } from "../core/digest.ts";
import { fillUniform } from "../core/random/arrays.ts";
import { stream } from "../core/random/keyed.ts";
import { epochInputs } from "./epoch_inputs.ts";
import { examplesOf } from "./examples.ts";
import type { DataTensors } from "./data_variables.ts";
import { type EpochSums, Program } from "./program.ts";
import { programKey } from "./program_key.ts";
import { alive, NativeTensor } from "./tensorflow/tensor.ts";
import { openInstalledLibrary } from "./testing/library.ts";
import { type TrainingOptions, type TrainingProgram, type TrainingState, trainMember } from "./training.ts";

const SEED = "00000000000000a5";
const TRAIN = 90, TEST = 30, PIXELS = 16, BATCH = 8;
const ARCHITECTURES: readonly ArchitectureSettings[] = [
  { kind: "mlp", widths: [8, 7], activation: "relu" },
  {
    kind: "cnn",
    convolutions: [{ channels: 3, kernel: 3, stride: 1, padding: "same", pool: true }],
    dense: 0,
    activation: "relu",
  },
  { kind: "vit", patch: 2, dim: 8, depth: 1, heads: 2, mlp_ratio: 2, pooling: "class" },
];

const OPTIMIZERS = [
  { name: "adamw" },
  { name: "sgd" },
  { name: "sgd", momentum: 0.9, nesterov: true },
  { name: "rmsprop" },
  { name: "rmsprop", momentum: 0.9 },
] as const;

await openInstalledLibrary();

for (const architecture of ARCHITECTURES) {
  Deno.test(`trainMember() of a ${architecture.kind} with all regularizers gives the same bytes however it is cut into calls`, async () => {
    const settings = settingsOf(
      { dropout: 0.3, label_smoothing: 0.1, label_noise: 0.2, fraction: 0.8 },
      architecture,
    );
    const [whole, cut] = await withProgram(settings, async (program) => [
      await train(program, settings, { secondsPerCall: 10 }),
      await train(program, settings, { secondsPerCall: 1e-9, firstSteps: 1 }),
    ]);
    assertEquals(cut, whole);
  });
}

for (const optimizer of OPTIMIZERS) {
  Deno.test(`trainMember() with ${JSON.stringify(optimizer)} and all regularizers goes on within an epoch to the same bytes`, async () => {
    const settings = settingsOf({
      optimizer: { learning_rate: 0.01, weight_decay: 0.1, ...optimizer },
      schedule: { name: "cosine", warmup: 1 },
      dropout: 0.3,
      label_smoothing: 0.1,
      label_noise: 0.2,
      fraction: 0.8,
    });
    const whole = await withProgram(settings, (program) => train(program, settings, {}));
    const state = await interruptedState(settings);
    assertEquals([state.epochs.length, state.step], [1, 4]);
    assertEquals(await withProgram(settings, (program) => train(program, settings, { from: state })), whole);
  });
}

for (const given of [{ label_noise: 0.5 }, { fraction: 0.5 }, { dropout: 0.5 }]) {
  Deno.test(`trainMember() with ${JSON.stringify(given)} leaves nothing to the next member that uses the program`, async () => {
    const settings = settingsOf(given);
    const fresh = await withProgram(settings, (program) => train(program, settings, {}));
    const [other, after] = await withProgram(settings, async (program) => [
      await train(program, settings, { seed: "00000000000000a6" }),
      await train(program, settings, {}),
    ]);
    assertNotEquals(other, fresh);
    assertEquals(after, fresh);
  });
}

Deno.test("trainMember() takes the labels of the data set again after a member with noise", async () => {
  const [plain, noisy] = [settingsOf({}), settingsOf({ label_noise: 0.9 })];
  await withProgram(plain, async (program) => {
    const before = await train(program, plain, {});
    assertNotEquals(await train(program, noisy, {}), before);
    assertEquals(await train(program, plain, {}), before);
  });
});

Deno.test("trainMember() with noisy labels leaves those of the data set alone, and no tensor behind", async () => {
  const before = alive.count;
  const noisy = settingsOf({ label_noise: 0.9 });
  const data = makeData();
  const program = Program.open(programKey(DATASET, { settings: noisy }), data);
  const labels = program.trainLabels;
  const { labelEntropy } = await trainMember(program, noisy, options({}));
  assertEquals(program.trainLabels, labels);
  assert(labelEntropy > 1 && labelEntropy <= Math.log(3));
  close(program, data);
  assertEquals(alive.count, before);
});

Deno.test("trainMember() on a fraction takes the steps that its examples make, none of another example", async () => {
  const settings = settingsOf({ fraction: 0.3 });
  await withProgram(settings, async (program) => {
    assertEquals(program.stepsPerEpoch, Math.floor(27 / BATCH));
    const orders: Int32Array[] = [];
    await train(told(program, (order) => orders.push(order)), settings, { epochs: 40 });
    assert(orders.every((order) => order.length === 24 && new Set(order).size === 24));
    const { used } = examplesOf(program.trainLabels, 3, settings.training, SEED);
    assertEquals(orders.flatMap((order) => [...order]).filter((example) => !used!.includes(example)), []);
    assertEquals(new Set(orders.flatMap((order) => [...order])).size, used!.length);
  });
});

Deno.test("epochInputs() counts the steps that masks are drawn for over the whole training, under one key", async () => {
  const settings = settingsOf({ dropout: 0.5, fraction: 0.3 });
  await withProgram(settings, (program) => {
    const draws = [1, 2].map((epoch) =>
      epochInputs(program, settings.training, { used: undefined }, { seed: SEED, epoch, epochs: 2 })[2]
    );
    const [keys, steps] = [0, 1].map((part) =>
      draws.flatMap((pairs) => [...pairs].filter((_, i) => i % 2 === part))
    );
    assertEquals(steps, [1n, 2n, 3n, 4n, 5n, 6n]);
    assertEquals(new Set(keys).size, 1);
    return Promise.resolve();
  });
});

Deno.test("Program drops nothing while it evaluates", async () => {
  const settings = settingsOf({ dropout: 0.5 });
  await withProgram(settings, async (program) => {
    await train(program, settings, { epochs: 1 });
    assertEquals(await program.evaluate("test"), await program.evaluate("test"));
  });
});

Deno.test("a smoothed training records the loss that it trains on, and plain cross-entropy of the test split", async () => {
  const settings = settingsOf({ label_smoothing: 1, optimizer: { name: "sgd", learning_rate: 1e-30 } });
  const plain = settingsOf({ optimizer: { name: "sgd", learning_rate: 1e-30 } });
  const [smoothed, usual] = await Promise.all(
    [settings, plain].map((settings) =>
      withProgram(settings, (program) => train(program, settings, { epochs: 1 }))
    ),
  );
  const [row, other] = [smoothed!.epochs[0]!, usual!.epochs[0]!];
  assertAlmostEquals(row.test_loss!, other.test_loss!, 1e-7);
  assert(row.train_loss! >= Math.log(3) && Math.abs(row.train_loss! - other.train_loss!) > 1e-4);
});

Deno.test("Program.open() refuses batches that are larger than what is trained on", async () => {
  const settings = settingsOf({ fraction: 0.05 });
  await assertRejects(
    () => withProgram(settings, () => Promise.resolve()),
    UserError,
    "5 examples in batches of 8",
  );
});

function settingsOf(training: Partial<TrainingSettings>, architecture = ARCHITECTURES[0]!): MemberSettings {
  return {
    architecture,
    init: { scheme: "glorot_uniform", scale: 1 },
    training: { optimizer: { name: "adam", learning_rate: 0.01 }, batch_size: BATCH, ...training },
  };
}

const split = (count: number) => ({ count, digest: sha256("made up") });
const DATASET = {
  shape: [4, 4, 1],
  classes: ["a", "b", "c"],
  splits: { train: split(TRAIN), test: split(TEST) },
} as const;

function makeData(): DataTensors {
  const examples = (name: string, count: number) => {
    const values = new Float32Array(count * PIXELS);
    fillUniform(values, 0, 255, stream(SEED, name));
    const images = Uint8Array.from(values, Math.round);
    const labels = Int32Array.from({ length: count }, (_, i) => Math.floor(images[i * PIXELS]! / 86));
    return [
      NativeTensor.from(images, "uint8", [count, PIXELS]),
      NativeTensor.from(labels, "int32", [count]),
    ] as const;
  };
  const [trainImages, trainLabels] = examples("train", TRAIN);
  const [testImages, testLabels] = examples("test", TEST);
  return { trainImages, trainLabels, testImages, testLabels };
}

async function withProgram<Value>(settings: MemberSettings, use: (program: Program) => Promise<Value>) {
  const data = makeData();
  let program: Program | undefined;
  try {
    program = Program.open(programKey(DATASET, { settings }), data);
    return await use(program);
  } finally {
    close(program, data);
  }
}

function close(program: Program | undefined, data: DataTensors): void {
  program?.close();
  for (const tensor of Object.values(data)) tensor.free();
}

function options(given: Partial<TrainingOptions>): TrainingOptions {
  return { seed: SEED, epochs: 3, signal: new AbortController().signal, ...given };
}

/** What came out: rows and digests of weights. */
async function train(program: TrainingProgram, settings: MemberSettings, given: Partial<TrainingOptions>) {
  const { state, labelEntropy } = await trainMember(program, settings, options(given));
  const digests = [...state.weights, ...state.slots].map((values) => sha256(new Uint8Array(values.buffer)));
  return { labelEntropy, digests, epochs: state.epochs };
}

/** A state after four steps of the second epoch. */
async function interruptedState(settings: MemberSettings): Promise<TrainingState> {
  const controller = new AbortController();
  const states: TrainingState[] = [];
  const stopped = withProgram(settings, (program) => {
    let steps = 0;
    const counting: TrainingProgram = Object.create(program, {
      train: {
        value: (from: number, to: number, sums: EpochSums) => {
          steps += to - from;
          if (steps === program.stepsPerEpoch + 4) controller.abort(new Error("stopped by the test"));
          return program.train(from, to, sums);
        },
      },
    });
    return train(counting, settings, {
      signal: controller.signal,
      secondsPerCall: 1e-9,
      firstSteps: 1,
      save: (state) => Promise.resolve(void states.push(state)),
    });
  });
  await assertRejects(() => stopped, Error, "stopped by the test");
  return states.at(-1)!;
}

/** The program, telling the order of each epoch. */
function told(program: Program, tell: (order: Int32Array) => void): TrainingProgram {
  return Object.create(program, {
    beginEpoch: {
      value: (...given: Parameters<Program["beginEpoch"]>) => {
        tell(given[0]);
        return program.beginEpoch(...given);
      },
    },
  });
}
