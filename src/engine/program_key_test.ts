import { assertEquals, assertNotEquals } from "@std/assert";
import type { MemberSettings, OptimizerSettings, TrainingSettings } from "../artifacts/settings.ts";
import { sha256 } from "../core/digest.ts";
import { programKey } from "./program_key.ts";

const split = { count: 1000, digest: sha256("split") };
const dataset = { shape: [4, 4, 1], classes: ["a", "b"], splits: { train: split, test: split } } as const;
const sgd: OptimizerSettings = { name: "sgd", learning_rate: 0.1, momentum: 0.9 };

Deno.test("programKey() is the same for members that differ in rates, in seeds and in labels alone", () => {
  const shared: TrainingSettings[] = [
    { optimizer: { ...sgd, weight_decay: 0.1 }, batch_size: 8, dropout: 0.5, label_smoothing: 0.1 },
    {
      optimizer: { ...sgd, learning_rate: 1, momentum: 0.5, weight_decay: 1e-4 },
      batch_size: 8,
      dropout: 0.1,
      label_smoothing: 0.3,
      label_noise: 0.4,
      schedule: { name: "cosine", warmup: 1 },
    },
  ];
  assertEquals(keyOf(shared[0]!), keyOf(shared[1]!));
});

Deno.test("programKey() tells apart what shapes the graph", () => {
  const plain: TrainingSettings = { optimizer: sgd, batch_size: 8 };
  const others: TrainingSettings[] = [
    { ...plain, batch_size: 9 },
    { ...plain, dropout: 0.1 },
    { ...plain, label_smoothing: 0.1 },
    { ...plain, fraction: 0.5 },
    { ...plain, optimizer: { ...sgd, nesterov: true } },
    { ...plain, optimizer: { ...sgd, momentum: 0 } },
    { ...plain, optimizer: { ...sgd, weight_decay: 0.1 } },
    { ...plain, optimizer: { ...sgd, name: "rmsprop" } },
  ];
  for (const other of others) assertNotEquals(keyOf(other), keyOf(plain));
});

Deno.test("programKey() of settings that do nothing is that of settings without them", () => {
  const plain: TrainingSettings = { optimizer: { name: "sgd", learning_rate: 0.1 }, batch_size: 8 };
  const neutral: TrainingSettings = {
    ...plain,
    optimizer: { ...plain.optimizer, momentum: 0, nesterov: false, weight_decay: 0 },
    dropout: 0,
    label_smoothing: 0,
    fraction: 1,
  };
  assertEquals(keyOf(neutral), keyOf(plain));
});

function keyOf(training: TrainingSettings) {
  const settings: MemberSettings = {
    architecture: { kind: "mlp", depth: 1, width: 3, activation: "relu" },
    init: { scheme: "he_normal", scale: 1 },
    training,
  };
  return programKey(dataset, { settings });
}
