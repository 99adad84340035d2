import { assertEquals } from "@std/assert";
import {
  INIT_SCHEMES,
  type MemberSettings,
  type ScheduleSettings,
  type TrainingSettings,
} from "../artifacts/settings.ts";
import { sha256 } from "../core/digest.ts";
import { canonicalJson, type Json } from "../core/json.ts";
import { permutation } from "../core/random/arrays.ts";
import { stream } from "../core/random/keyed.ts";
import { examplesOf } from "./examples.ts";
import { initialWeights } from "./init.ts";
import { mlp } from "./models/mlp.ts";
import { modelOf } from "./models/model.ts";
import { vit } from "./models/vit.ts";
import { variantOf } from "./optimizers.ts";
import { rateFactor } from "./schedules.ts";
import { assertPinned, digestOf, KEY, PINNED, SEED } from "./testing/version_pins.ts";
import { type TrainingProgram, trainMember } from "./training.ts";
import { COMPONENT_VERSIONS, versionsOf } from "./versions.ts";

const SCHEDULES: readonly ScheduleSettings[] = [
  { name: "constant", warmup: 2.5 },
  { name: "step", every: 3, gamma: 0.3, warmup: 1 },
  { name: "cosine", final: 0.1, warmup: 1 },
];

for (const schedule of SCHEDULES) {
  const { name } = schedule;
  Deno.test(`COMPONENT_VERSIONS.schedules.${name} is raised when its rates change`, () => {
    const factors = Array.from(
      { length: 70 },
      (_, i) => rateFactor(schedule, { step: i + 1, stepsPerEpoch: 7, epochs: 10 }),
    );
    assertPinned(`${name}@${COMPONENT_VERSIONS.schedules[name]}`, digestOf([Float64Array.from(factors)]));
  });
}

Deno.test("COMPONENT_VERSIONS.regularizers.label_noise and .fraction are raised when other examples are drawn", () => {
  const labels = Int32Array.from({ length: 500 }, (_, i) => i % 7);
  const { labels: noisy, labelEntropy } = examplesOf(labels, 7, { label_noise: 0.3 }, SEED);
  const entropy = Float64Array.of(labelEntropy);
  const { fraction, label_noise } = COMPONENT_VERSIONS.regularizers;
  assertPinned(`label_noise@${label_noise}`, digestOf([noisy!, entropy]));
  const { used } = examplesOf(labels, 7, { fraction: 0.3 }, SEED);
  assertPinned(`fraction@${fraction}`, digestOf([used!.slice()]));
});

Deno.test("COMPONENT_VERSIONS.init is raised when initial weights change", () => {
  const tensors = mlp.tensors({ kind: "mlp", depth: 2, width: 7, activation: "relu" }, [5, 5, 1], 10);
  for (const scheme of INIT_SCHEMES) {
    const weights = initialWeights(tensors, { scheme, scale: 1.5, std: 0.1, limit: 0.2, value: 0.3 }, SEED);
    assertPinned(`init@${COMPONENT_VERSIONS.init} ${scheme}`, digestOf(weights));
  }
});

Deno.test("COMPONENT_VERSIONS.init is raised when what is not a kernel starts otherwise", () => {
  const settings = {
    kind: "vit",
    patch: 2,
    dim: 4,
    depth: 2,
    heads: 2,
    mlp_ratio: 2,
    pooling: "class",
  } as const;
  const weights = initialWeights(vit.tensors(settings, [4, 4, 1], 3), { scheme: "zeros", scale: 1 }, SEED);
  assertPinned(`init@${COMPONENT_VERSIONS.init} but kernels`, digestOf(weights));
});

Deno.test("COMPONENT_VERSIONS.loop is raised when the order of batches changes", () => {
  const order = permutation(1000, stream(SEED, "order"), 3);
  assertPinned(`loop@${COMPONENT_VERSIONS.loop} order`, sha256(new Uint8Array(order.buffer)));
});

Deno.test("COMPONENT_VERSIONS.loop is raised when a training asks other things of its program, sums them up otherwise, or stops elsewhere", async () => {
  const asked = [await askedOf(Infinity, "adam"), await askedOf(Infinity, "sgd"), await askedOf(2, "adam")];
  assertEquals(asked.map(({ epochs }) => epochs.length), [3, 3, 2]);
  assertPinned(`loop@${COMPONENT_VERSIONS.loop} requests and rows`, sha256(canonicalJson(asked)));
});

Deno.test("COMPONENT_VERSIONS has a pin for each component under its version, and no other has one", () => {
  const { init, loop, models, optimizers, schedules, regularizers } = COMPONENT_VERSIONS;
  const all = { init, loop, ...models, ...optimizers, ...schedules, ...regularizers };
  const current = Object.entries(all).map(([name, version]) => `${name}@${version}`);
  const pinned = new Set(Object.keys(PINNED).map((name) => name.split(" ")[0]!));
  assertEquals([...pinned].sort(), current.sort());
});

Deno.test("versionsOf() names a schedule and regularizers only where they do something", () => {
  const versionsWith = (training: Partial<TrainingSettings>) =>
    Object.keys(versionsOf({
      architecture: KEY.architecture,
      init: { scheme: "he_normal", scale: 1 },
      training: { optimizer: { name: "sgd", learning_rate: 1 }, batch_size: 4, ...training },
    }));
  const always = ["init", "loop", "model", "optimizer"];
  assertEquals(versionsWith({}), always);
  const neutral = { dropout: 0, label_smoothing: 0, label_noise: 0, fraction: 1 };
  assertEquals(versionsWith({ ...neutral, schedule: { name: "constant", warmup: 0 } }), always);
  assertEquals(versionsWith({ schedule: { name: "constant", warmup: 1 } }), [...always, "schedule"]);
  assertEquals(versionsWith({ schedule: { name: "cosine" }, dropout: 0.1 }), [
    ...always,
    "schedule",
    "dropout",
  ]);
  const used = { label_smoothing: 0.1, label_noise: 0.1, fraction: 0.5 };
  assertEquals(versionsWith(used), [...always, ...Object.keys(used)]);
});

/**
 * What a training asks of a program whose answers are made up: sums that grow with each step, and a loss that is not finite
 * from an epoch on.
 */
async function askedOf(divergesIn: number, name: "adam" | "sgd") {
  const asked: Json[] = [];
  const ask = (what: string, ...given: Json[]) => Promise.resolve(void asked.push([what, ...given]));
  let epoch = 0;
  const program: TrainingProgram = {
    key: { ...KEY, optimizer: variantOf({ name, learning_rate: 1 }), usedCount: 23, trainCount: 23 },
    tensors: modelOf(KEY.architecture).tensors(KEY.architecture, KEY.image, KEY.classes),
    stepsPerEpoch: 5,
    trainLabels: Int32Array.from({ length: 23 }, (_, i) => i % KEY.classes),
    label: (labels) => ask("label", labels ? [...labels] : null),
    start: (weights) => ask("start", weights.map((values) => [...values])),
    resume: () => ask("resume"),
    beginEpoch: (order, numbers, draws) => {
      epoch++;
      return ask("begin", [...order], [...numbers], [...draws].map(String));
    },
    train: (from, to, { loss, correct }) => {
      const more = epoch >= divergesIn ? Infinity : (to - from) / epoch;
      return ask("train", from, to, String(loss), correct).then(() => ({
        loss: loss + more,
        correct: correct + to - from,
      }));
    },
    evaluate: () => ask("evaluate").then(() => ({ loss: 1 / epoch, accuracy: epoch / 10 })),
    weights: () => [],
    state: () => ({ weights: [], slots: [] }),
  };
  const settings: MemberSettings = {
    architecture: KEY.architecture,
    init: { scheme: "he_normal", scale: 1 },
    training: { optimizer: { name, learning_rate: 0.01 }, batch_size: 4 },
  };
  const options = { seed: SEED, epochs: 3, signal: new AbortController().signal };
  // Each call is a step: how the steps are cut into calls is no part of the version.
  const pace = { secondsPerCall: 0, firstSteps: 1 };
  const { status, state } = await trainMember(program, settings, { ...options, ...pace });
  return { asked, status, epochs: state.epochs };
}
