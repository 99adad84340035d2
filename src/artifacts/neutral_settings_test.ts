import { assertEquals } from "@std/assert";
import type { JsonObject } from "../core/json.ts";
import { settingAt } from "./domain.ts";
import { NEUTRAL_SETTINGS, withoutNeutralSettings } from "./neutral_settings.ts";
import type { MemberSettings, OptimizerSettings, TrainingSettings } from "./settings.ts";

/** As a version had them that knew no others. */
const plain: MemberSettings = {
  architecture: { kind: "mlp", depth: 2, width: 50, activation: "relu" },
  init: { scheme: "he_normal", scale: 1 },
  training: { optimizer: { name: "adam", learning_rate: 0.001 }, batch_size: 64 },
};

Deno.test("withoutNeutralSettings() leaves settings as they were before there were the neutral ones", () => {
  const training: TrainingSettings = {
    optimizer: { ...plain.training.optimizer, weight_decay: 0, momentum: 0, nesterov: false },
    batch_size: 64,
    schedule: { name: "constant", warmup: 0 },
    dropout: 0,
    label_smoothing: 0,
    label_noise: 0,
    fraction: 1,
  };
  assertEquals(withoutNeutralSettings({ ...plain, training }), plain as unknown as JsonObject);
  assertEquals(withoutNeutralSettings(plain), plain as unknown as JsonObject);
  for (const [path, neutral] of Object.entries(NEUTRAL_SETTINGS)) {
    assertEquals(settingAt({ training } as unknown as JsonObject, path), neutral, path);
  }
});

Deno.test("withoutNeutralSettings() keeps every other value, and a map in which one is left", () => {
  const optimizer: OptimizerSettings = {
    name: "adamw",
    learning_rate: 0,
    weight_decay: 0.01,
    beta1: 0,
    momentum: 0.9,
    nesterov: true,
  };
  const kept: MemberSettings = {
    architecture: {
      kind: "cnn",
      convolutions: [{ ...convolution, pool: false }],
      dense: 0,
      activation: "relu",
    },
    init: { scheme: "constant", scale: 1, value: 0 },
    training: {
      optimizer,
      batch_size: 1,
      schedule: { name: "step", every: 1, gamma: 1 },
      dropout: 1e-9,
      label_smoothing: 1,
      label_noise: 1,
      fraction: 0.5,
    },
  };
  assertEquals(withoutNeutralSettings(kept), kept as unknown as JsonObject);
  const warm = {
    ...plain,
    training: { ...plain.training, schedule: { name: "constant", warmup: 1 } } as const,
  };
  assertEquals(withoutNeutralSettings(warm)["training"], {
    ...plain.training,
    schedule: { warmup: 1 },
  } as unknown as JsonObject);
});

const convolution = { channels: 0, kernel: 0, stride: 0, padding: "valid" } as const;
