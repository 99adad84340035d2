import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import { ACTIVATIONS, type ArchitectureSettings, type OptimizerSettings } from "../artifacts/settings.ts";
import { type Digest, sha256 } from "../core/digest.ts";
import { elementCount } from "../core/shape.ts";
import { loadTfjs, traceInto } from "./backend.ts";
import { dropoutFrom } from "./dropout.ts";
import { epochInputs } from "./epoch_inputs.ts";
import { smoothedCrossEntropy, targetNumbers } from "./label_smoothing.ts";
import { optimizerOf, variantOf } from "./optimizers.ts";
import type { DataTensors } from "./data_variables.ts";
import { Program } from "./program.ts";
import type { ProgramKey } from "./program_key.ts";
import { DataType } from "./tensorflow/c_api.ts";
import { Graph } from "./tensorflow/graph.ts";
import { NativeTensor } from "./tensorflow/tensor.ts";
import { Variable } from "./tensorflow/variable.ts";
import { openInstalledLibrary } from "./testing/library.ts";
import { assertPinned, digestOf, KEY, SEED } from "./testing/version_pins.ts";
import { COMPONENT_VERSIONS } from "./versions.ts";

// Pins of the components whose meaning is a graph of TensorFlow; the others stand in versions_test.ts.

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

const OPTIMIZERS: readonly OptimizerSettings[] = [
  { name: "adam", learning_rate: 0.003, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  { name: "adam", learning_rate: 0.003, weight_decay: 0.1 },
  { name: "adamw", learning_rate: 0.003, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  { name: "adamw", learning_rate: 0.003, weight_decay: 0.1 },
  { name: "sgd", learning_rate: 0.1 },
  { name: "sgd", learning_rate: 0.1, momentum: 0.9 },
  { name: "sgd", learning_rate: 0.1, momentum: 0.9, nesterov: true },
  { name: "sgd", learning_rate: 0.1, weight_decay: 0.1 },
  { name: "rmsprop", learning_rate: 0.01, alpha: 0.99, epsilon: 1e-7 },
  { name: "rmsprop", learning_rate: 0.01, momentum: 0.9 },
  { name: "rmsprop", learning_rate: 0.01, momentum: 0.9, weight_decay: 0.1 },
];
await openInstalledLibrary();

for (const activation of ACTIVATIONS) {
  Deno.test(`COMPONENT_VERSIONS.models.mlp is raised when the program of an mlp with ${activation} changes`, () => {
    const architecture = { kind: "mlp", depth: 2, width: 3, activation } as const;
    assertPinned(`mlp@${COMPONENT_VERSIONS.models.mlp} ${activation}`, programDigest({ architecture }));
  });
}

for (const [name, architecture] of Object.entries(OTHERS)) {
  const { kind } = architecture;
  Deno.test(`COMPONENT_VERSIONS.models.${kind} is raised when the program of a ${kind} (${name}) changes`, () => {
    const digest = programDigest({ architecture, image: [4, 4, 1], testCount: 450 });
    assertPinned(`${kind}@${COMPONENT_VERSIONS.models[kind]} ${name}`, digest);
  });
}

for (const [name, architecture] of Object.entries({ plain: KEY.architecture, ...OTHERS })) {
  const { kind } = architecture;
  Deno.test(`COMPONENT_VERSIONS.models.${kind} is raised when a ${kind} (${name}) drops other units`, () => {
    const digest = programDigest({ architecture, image: [4, 4, 1], dropout: true });
    assertPinned(`${kind}@${COMPONENT_VERSIONS.models[kind]} ${name} with dropout`, digest);
  });
}

for (const settings of OPTIMIZERS) {
  const { name, learning_rate: _, ...others } = settings;
  const variant = Object.keys(others).join(", ") || "plain";
  Deno.test(`COMPONENT_VERSIONS.optimizers.${name} is raised when its steps (${variant}) change`, () => {
    const rates = [1, 2, 10, 1000, 46900].flatMap((step) =>
      optimizerOf(variantOf(settings)).ratesAt(settings, step)
    );
    const digest = sha256(updateText(settings) + digestOf([Float64Array.from(rates)]));
    assertPinned(`${name}@${COMPONENT_VERSIONS.optimizers[name]} ${variant}`, digest);
  });
}

Deno.test("COMPONENT_VERSIONS.regularizers.dropout is raised when other masks are drawn", () => {
  const text = graphText((graph) => {
    const draw = graph.placeholder(DataType.uint64, [2]);
    const [rate, scale] = [0, 1].map(() => graph.placeholder(DataType.float32, []));
    const drop = dropoutFrom(graph, { draw, rate: rate!, scale: scale! });
    traceInto(graph, [], () => [[3, 5], [2, 3, 4]].map((shape) => drop(loadTfjs().ones(shape))));
  });
  const program = { key: { ...KEY, dropout: true }, stepsPerEpoch: 3 };
  const place = { seed: SEED, epoch: 2, epochs: 3 };
  const training = { optimizer: { name: "adam", learning_rate: 1 }, batch_size: 4, dropout: 0.3 } as const;
  const inputs = epochInputs(program, training, { used: undefined }, place);
  assertPinned(`dropout@${COMPONENT_VERSIONS.regularizers.dropout}`, sha256(text + digestOf(inputs)));
});

Deno.test("COMPONENT_VERSIONS.regularizers.label_smoothing is raised when the smoothed loss changes", () => {
  const text = graphText((graph) => {
    const { float32, int32 } = DataType;
    const inputs = [graph.placeholder(float32, [5, 4]), graph.placeholder(int32, [5])];
    const shares = [0, 1].map(() => graph.placeholder(float32, []));
    traceInto(graph, [...inputs, ...shares], (logits, labels, ...shares) => {
      const [label, others] = shares as Scalar[];
      const lossOf = (logits: Tensor) =>
        smoothedCrossEntropy(logits as Tensor2D, labels as Tensor1D, { label: label!, others: others! });
      const { value, grad } = loadTfjs().valueAndGrad(lossOf)(logits!);
      return [value, grad];
    });
  });
  const numbers = Float64Array.from([...targetNumbers(0.1, 10), ...targetNumbers(0.3, 7)]);
  const name = `label_smoothing@${COMPONENT_VERSIONS.regularizers.label_smoothing}`;
  assertPinned(name, sha256(text + digestOf([numbers])));
});

/** What an optimizer adds to a graph for a parameter. */
function updateText(settings: OptimizerSettings): string {
  const { slots, rates, update } = optimizerOf(variantOf(settings));
  return graphText((graph) => {
    const variable = (name: string) => new Variable(graph, name, "float32", [3, 2]).handle(graph);
    const [value, gradient] = [0, 1].map(() => graph.placeholder(DataType.float32, [3, 2]));
    const parameter = {
      variable: variable("weight"),
      slots: slots.map(variable),
      value: value!,
      gradient: gradient!,
    };
    const numbers = Array.from({ length: rates }, () => graph.placeholder(DataType.float32, []));
    update(graph, { ...parameter, started: value!.operation }, numbers);
  });
}

function graphText(build: (graph: Graph) => void): string {
  const graph = new Graph();
  build(graph);
  const text = graph.text();
  graph.free();
  return text;
}

function programDigest(given: Partial<ProgramKey>): Digest {
  const key = { ...KEY, ...given };
  const pixels = elementCount(key.image);
  const zeros = (count: number) =>
    NativeTensor.from(new Uint8Array(count * pixels), "uint8", [count, pixels]);
  const data: DataTensors = {
    trainImages: zeros(key.trainCount),
    trainLabels: NativeTensor.from(new Int32Array(key.trainCount), "int32", [key.trainCount]),
    testImages: zeros(key.testCount),
    testLabels: NativeTensor.from(new Int32Array(key.testCount), "int32", [key.testCount]),
  };
  const program = Program.open(key, data);
  const digest = sha256(program.text());
  program.close();
  for (const tensor of Object.values(data)) tensor.free();
  return digest;
}
