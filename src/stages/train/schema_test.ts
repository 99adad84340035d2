import { assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import type { Sample } from "../../artifacts/sample.ts";
import type { Problem } from "../../core/diagnostic.ts";
import { recordedEpochs } from "./recording.ts";
import { type TrainConfig, trainSchema } from "./schema.ts";
import { trainKind } from "./stage.ts";

const train = trainKind("tensorflow-0", () => "x86_64-avx2");
const validate = new Ajv({ strict: false }).compile(trainSchema);
const fillIn = new Ajv({ strict: false, useDefaults: true }).compile(trainSchema);
const CONFIG = { sample: "draw", epochs: 10 };

Deno.test("trainSchema takes its own examples, and the kind finds nothing wrong with them", () => {
  for (const [name, { examples }] of Object.entries(trainSchema.properties)) {
    for (const value of examples) {
      const config = { ...CONFIG, [name]: value };
      assertEquals([validate(config), validate.errors], [true, null]);
      assertEquals(problemsOf(config, SAMPLE), []);
    }
  }
});

Deno.test("trainSchema refuses rules and records that mean nothing", () => {
  for (
    const wrong of [
      { stop: {} },
      { stop: { patience: 0 } },
      { stop: { patience: 1.5 } },
      { stop: { patience: 1, min_delta: -1 } },
      { stop: { patience: 1, by: "loss" } },
      { stop: { patience: 1, restore: true } },
      { record: [] },
      { record: [0] },
      { record: [1, 1] },
      { record: { every: 0 } },
      { record: {} },
      { record: 5 },
    ]
  ) assertEquals(validate({ ...CONFIG, ...wrong }), false, JSON.stringify(wrong));
});

Deno.test("trainSchema fills in a rule as Keras and PyTorch Lightning do: validation loss, no min_delta, the last weights", () => {
  const { stop } = filled({ ...CONFIG, stop: { patience: 3 } });
  assertEquals(stop, { by: "validation_loss", patience: 3, min_delta: 0, restore: "last" });
});

Deno.test("recordedEpochs() of a list are those of it, and of an interval its multiples", () => {
  assertEquals(recordedEpochs({ epochs: 10 }), []);
  assertEquals(recordedEpochs({ epochs: 10, record: [7, 1] }), [1, 7]);
  assertEquals(recordedEpochs({ epochs: 10, record: { every: 3 } }), [3, 6, 9]);
  assertEquals(recordedEpochs({ epochs: 10, record: { every: 10 } }), [10]);
});

Deno.test("trainKind().check() points at epochs to record that lie beyond the last one", () => {
  const help =
    'name epochs up to the last one, or raise "epochs"; the weights at the end are recorded anyway';
  const problem = (epoch: number, at: Problem["at"]): Problem => ({
    code: "epoch-beyond-last",
    message: `Cannot record the weights after epoch ${epoch}: the training has 10 epochs`,
    at,
    help,
  });
  assertEquals(problemsOf({ ...CONFIG, record: [11, 3, 12] }), [
    problem(11, ["record", 0]),
    problem(12, ["record", 2]),
  ]);
  assertEquals(problemsOf({ ...CONFIG, record: { every: 11 } }), [problem(11, ["record", "every"])]);
});

Deno.test("trainKind().checkInputs() says how to get the metric of a split that the data set lacks", () => {
  const stop = { by: "validation_loss", patience: 3, min_delta: 0, restore: "last" } as const;
  const { validation: _, ...splits } = SAMPLE.dataset.splits;
  const without = { ...SAMPLE, dataset: { ...SAMPLE.dataset, splits } };
  assertEquals(problemsOf({ ...CONFIG, stop }, without), [{
    code: "no-validation-split",
    message: 'Cannot stop by "validation_loss": the data set has no validation split',
    at: ["stop", "by"],
    help:
      'add "validation: 0.1" to the stage of kind dataset, which takes a tenth of its training images out, ' +
      'or stop by "train_loss"',
  }]);
  assertEquals(problemsOf({ ...CONFIG, stop: { ...stop, by: "train_loss" } }, without), []);
  assertEquals(problemsOf({ ...CONFIG, stop }, SAMPLE), []);
  assertEquals(problemsOf({ ...CONFIG, stop }, undefined), []);
});

Deno.test("trainKind().checkInputs() refuses a warm-up that is longer than the training, of any member", () => {
  const [first] = SAMPLE.members;
  const warmingUp = (...warmups: number[]) => {
    const members = warmups.map((warmup) => {
      const schedule = { name: "constant", warmup } as const;
      return {
        ...first!,
        settings: { ...first!.settings, training: { ...first!.settings.training, schedule } },
      };
    });
    return { ...SAMPLE, members: [first!, ...members] };
  };
  assertEquals(problemsOf({ ...CONFIG, epochs: 3 }, warmingUp(3, 4, 3.5)), [{
    code: "epoch-beyond-last",
    message: "Cannot warm up 2 of 4 models: it takes up to 4 epochs, and the training has 3",
    at: ["epochs"],
    help: 'raise "epochs", or lower "training.schedule.warmup" of the family',
  }]);
  assertEquals(problemsOf({ ...CONFIG, epochs: 3 }, warmingUp(0, 0.5, 3)), []);
});

Deno.test("trainKind().checkInputs() refuses recorded weights that would take too much memory", () => {
  const config = { sample: "draw", epochs: 1000, record: { every: 1 } };
  assertEquals(problemsOf(config, SAMPLE), []);
  const wide = { kind: "mlp", depth: 2, width: 1000, activation: "relu" } as const; // 1.8 million parameters
  const [first] = SAMPLE.members;
  const large = { ...first!, id: "2", settings: { ...first!.settings, architecture: wide } };
  const [problem] = problemsOf(config, { ...SAMPLE, members: [first!, large] });
  assertEquals(problem, {
    code: "recorded-too-large",
    message: 'Cannot record the weights of model "2" after 1000 epochs: they take 7.2 GB in 6012 tensors',
    at: ["record"],
    help: "record fewer epochs: all weights of a model may take 2.1 GB in 500000 tensors",
  });
});

function problemsOf(config: object, sample?: Sample): Problem[] {
  const outlook = { labels: {}, instance: "draw", reads: {}, output: sample, tables: () => ({}) };
  const settings = filled(config);
  return [...train.check!(settings), ...train.checkInputs!(settings, { sample: [outlook] })];
}

function filled(config: object): TrainConfig {
  const copy = structuredClone(config);
  fillIn(copy);
  return copy as TrainConfig;
}

const SPLIT = { count: 10, digest: "0".repeat(64) as Sample["dataset"]["splits"]["test"]["digest"] };
const SAMPLE: Sample = {
  dataset: {
    source: "made up",
    shape: [28, 28, 1],
    classes: Array(10).fill(""),
    splits: { train: SPLIT, test: SPLIT, validation: SPLIT },
  },
  members: [{
    id: "1",
    index: 1,
    replicate: 1,
    case: null,
    seed: "0000000000000001",
    settings: {
      architecture: { kind: "mlp", depth: 1, width: 5, activation: "relu" },
      init: { scheme: "he_normal", scale: 1 },
      training: { optimizer: { name: "sgd", learning_rate: 0.1 }, batch_size: 10 },
    },
  }],
};
