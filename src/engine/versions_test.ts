import { assertEquals } from "@std/assert";
import {
  ACTIVATIONS,
  type ArchitectureSettings,
  INIT_SCHEMES,
  type MemberSettings,
} from "../artifacts/settings.ts";
import { type Digest, sha256 } from "../core/digest.ts";
import { canonicalJson, type Json } from "../core/json.ts";
import { permutation } from "../core/random/arrays.ts";
import { stream } from "../core/random/keyed.ts";
import { elementCount } from "../core/shape.ts";
import { initialWeights } from "./init.ts";
import { mlp } from "./models/mlp.ts";
import { modelOf } from "./models/model.ts";
import { OPTIMIZERS } from "./optimizers.ts";
import { type DataTensors, Program, type ProgramKey } from "./program.ts";
import { NativeTensor } from "./tensorflow/tensor.ts";
import { openInstalledLibrary } from "./testing/library.ts";
import { type TrainingProgram, trainMember } from "./training.ts";
import { COMPONENT_VERSIONS } from "./versions.ts";

/**
 * What each version of each component computes, by digest. If one of these moves, stored results no longer are what the
 * code would compute: raise the component's version in versions.ts, and write the new digest here under the new version.
 */
const PINNED: Record<string, string> = {
  "mlp@1 relu": "3a82dcd1f289438b83c15d9598034bc0388caec48bc50fe6fa0e779654827ade",
  "mlp@1 tanh": "550ffbc6857d41d6a78644d17e705ab6e0f2510b52f0cf29228a113c90a8d222",
  "mlp@1 sigmoid": "a621d272238b8c0431d7f7ec9e9869c66a47d790bea112bed85b8ccd7efc37c2",
  "mlp@1 elu": "a4860d305cd8cc6dbf18ee18e53b2e6bd2ebba8b8a8a99e5eed616959b5bef2b",
  "mlp@1 gelu": "01fb878b4e423d554e2239ac554c338b067f7a41393149f9abfdc553c5d859ff",
  "mlp@1 linear": "11ad5eb8d6cf0e3583393064dbc04369d72d47dd8005ed0ac512286941e19ab9",
  "cnn@1 pooled": "b2e6a6b93d008c06a93a748798e0159bfa20c62c5623d0955b3b15528ad83972",
  "cnn@1 strided": "727aac0c36689099a6fb05c0b757a310c19bb056efaeac864837104206076c19",
  "vit@1 class": "eb16fc463017fbb60524a5e8f5f108538ad520b2f503a8a3b89b871fc0c7eee0",
  "vit@1 mean": "1ba14d018198e1e2d726962da6006d1330041a547a30c42492a5e31c33c49a20",
  "adam@1": "4cb4c85b66f8f3b87836759356aa18a705c812558b55684afd3df72e0b9b9005",
  "sgd@1": "672b7d278908eba915be367afec8dc7a2b130cf0592e16384fc3519e0413f6d9",
  "init@1 he_normal": "49d0ef4fba094746d9a8c370b04fceb29e492407081cc0d1b60079375bbc52ae",
  "init@1 glorot_uniform": "63f7acf840ebbab63412f7072a8a7c39e7c4e0027621c97adac85ed34656107d",
  "init@1 but kernels": "46407ef56b8c51985cd69f780ba0f00ef1064493cfbd0cb1c99534ad7539a7b0",
  "init@1 truncated_normal": "a6e2777f156b9c5bfeb552d1f1fd7a1b57898f023ba773be17488df32d101d78",
  "init@1 zeros": "cb9df1f4eb8ecd9eb7bf241ac236aab519c8302ba42767789a5417bd796a4dae",
  "init@1 normal": "ca7692db92d9ec119e51e868dd9b358a79236941e0a6f70076a0c03a7c6cb82c",
  "init@1 uniform": "ecc9f1d5cbc4d7ca94060fafe14f789e35a322b4368fb4fc652f004fe52e270f",
  "init@1 glorot_normal": "4c14ace92ecd0bd42c72413540b7df6bac104567dd95a3aadb2903694307cb64",
  "init@1 he_uniform": "6f4132f47fb7307f7b93446e825718a335d58bf6803ff67c2854c7c8fca7e0e5",
  "init@1 lecun_normal": "c635a06b42a7ee8685bb8a8bec21362c114385a600175a4e9139a8d93b03af79",
  "loop@2 order": "18f5a3fc817a355d9cfa4e852473b78dff112d765e02b0c30d0dac3375c19fb4",
  "loop@2 requests and rows": "9c9ac69cd7951157eeef7a2365cea64ef2c41312cc43bca4b4158bbb09aa6f08",
};

const CNN: ArchitectureSettings = {
  kind: "cnn",
  depth: 2,
  channels: 2,
  kernel: 3,
  stride: 1,
  padding: "same",
  pool: true,
  dense: 3,
  activation: "relu",
};
const VIT: ArchitectureSettings = {
  kind: "vit",
  patch: 2,
  dim: 4,
  depth: 2,
  heads: 2,
  mlp_ratio: 2,
  pooling: "class",
};
const OTHERS: Readonly<Record<string, ArchitectureSettings>> = {
  "pooled": CNN,
  "strided": { ...CNN, kernel: 2, stride: 2, padding: "valid", pool: false, dense: 0 },
  "class": VIT,
  "mean": { ...VIT, pooling: "mean" },
};

const KEY: ProgramKey = {
  architecture: { kind: "mlp", depth: 2, width: 3, activation: "relu" },
  optimizer: "adam",
  batchSize: 4,
  image: [2, 2, 1],
  classes: 3,
  trainCount: 8,
  testCount: 2,
};

await openInstalledLibrary();
const SEED = "0123456789abcdef";

for (const activation of ACTIVATIONS) {
  Deno.test(`COMPONENT_VERSIONS.models.mlp is raised when the program of an mlp with ${activation} changes`, async () => {
    const architecture = { kind: "mlp", depth: 2, width: 3, activation } as const;
    assertPinned(`mlp@${COMPONENT_VERSIONS.models.mlp} ${activation}`, await programDigest({ architecture }));
  });
}

for (const [name, architecture] of Object.entries(OTHERS)) {
  const { kind } = architecture;
  Deno.test(`COMPONENT_VERSIONS.models.${kind} is raised when the program of a ${kind} (${name}) changes`, async () => {
    const digest = await programDigest({ architecture, image: [4, 4, 1], testCount: 450 });
    assertPinned(`${kind}@${COMPONENT_VERSIONS.models[kind]} ${name}`, digest);
  });
}

Deno.test("COMPONENT_VERSIONS.optimizers is raised when the steps of an optimizer change", async () => {
  const settings = {
    adam: { name: "adam", learning_rate: 0.003, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
    sgd: { name: "sgd", learning_rate: 0.1, momentum: 0.9 },
  } as const;
  for (const name of ["adam", "sgd"] as const) {
    const rates = Float64Array.from([1, 2, 10, 1000, 46900].flatMap((step) => [
      ...OPTIMIZERS[name].ratesAt(settings[name], step),
    ]));
    const digest = sha256((await programDigest({ optimizer: name })) + sha256(new Uint8Array(rates.buffer)));
    assertPinned(`${name}@${COMPONENT_VERSIONS.optimizers[name]}`, digest);
  }
});

Deno.test("COMPONENT_VERSIONS.init is raised when initial weights change", () => {
  const tensors = mlp.tensors({ kind: "mlp", depth: 2, width: 7, activation: "relu" }, [5, 5, 1], 10);
  for (const scheme of INIT_SCHEMES) {
    const weights = initialWeights(tensors, { scheme, scale: 1.5, std: 0.1, limit: 0.2 }, SEED);
    const digest = sha256(weights.map((values) => sha256(new Uint8Array(values.buffer))).join());
    assertPinned(`init@${COMPONENT_VERSIONS.init} ${scheme}`, digest);
  }
});

Deno.test("COMPONENT_VERSIONS.init is raised when what is not a kernel starts otherwise", () => {
  const weights = initialWeights(
    modelOf(VIT).tensors(VIT, [4, 4, 1], 3),
    { scheme: "zeros", scale: 1 },
    SEED,
  );
  const digest = sha256(weights.map((values) => sha256(new Uint8Array(values.buffer))).join());
  assertPinned(`init@${COMPONENT_VERSIONS.init} but kernels`, digest);
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
  const { init, loop, models, optimizers } = COMPONENT_VERSIONS;
  const current = Object.entries({ init, loop, ...models, ...optimizers }).map(([name, version]) =>
    `${name}@${version}`
  );
  const pinned = new Set(Object.keys(PINNED).map((name) => name.split(" ")[0]!));
  assertEquals([...pinned].sort(), current.sort());
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
    key: { ...KEY, optimizer: name, trainCount: 23, batchSize: 4 },
    tensors: modelOf(KEY.architecture).tensors(KEY.architecture, KEY.image, KEY.classes),
    stepsPerEpoch: 5,
    start: (weights) => ask("start", weights.map((values) => [...values])),
    resume: () => ask("resume"),
    beginEpoch: (order, rates) => {
      epoch++;
      return ask("begin", [...order], [...rates]);
    },
    train: (from, to, { loss, correct }) => {
      const more = epoch >= divergesIn ? Infinity : (to - from) / epoch;
      return ask("train", from, to, String(loss), correct).then(() => ({
        loss: loss + more,
        correct: correct + to - from,
      }));
    },
    evaluate: () => ask("evaluate").then(() => ({ loss: 1 / epoch, accuracy: epoch / 10 })),
    weights: () => Promise.resolve([]),
    state: () => Promise.resolve({ weights: [], slots: [] }),
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

function assertPinned(name: string, digest: Digest): void {
  assertEquals(`${name} ${digest}`, `${name} ${PINNED[name]}`);
}

async function programDigest(given: Partial<ProgramKey>): Promise<Digest> {
  const key = { ...KEY, ...given };
  const pixels = elementCount(key.image);
  const zeros = (count: number) =>
    NativeTensor.from(new Float32Array(count * pixels), "float32", [count, pixels]);
  const data: DataTensors = {
    trainImages: zeros(key.trainCount),
    trainLabels: NativeTensor.from(new Int32Array(key.trainCount), "int32", [key.trainCount]),
    testImages: zeros(key.testCount),
    testLabels: NativeTensor.from(new Int32Array(key.testCount), "int32", [key.testCount]),
  };
  const program = await Program.open(key, data);
  const digest = sha256(program.text());
  program.close();
  for (const tensor of Object.values(data)) tensor.free();
  return digest;
}
