import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs";
import type {
  ArchitectureSettings,
  CnnSettings,
  ConvolutionSettings,
  VitSettings,
} from "../../artifacts/settings.ts";
import { fillNormal } from "../../core/random/arrays.ts";
import { normalQuantile } from "../../core/random/elementary.ts";
import { stream } from "../../core/random/keyed.ts";
import { elementCount } from "../../core/shape.ts";
import { loadTfjs, traceInto } from "../backend.ts";
import { type Drop, keepAll } from "../dropout.ts";
import { smoothedCrossEntropy, targetNumbers } from "../label_smoothing.ts";
import { crossEntropy } from "../ops.ts";
import { evaluateOnce, openInstalledLibrary } from "../testing/library.ts";
import { type Image, modelOf, type TensorSpec } from "./model.ts";
import { attend } from "./tokens.ts";

const BATCH = 3, CLASSES = 4;
const IMAGE: Image = [6, 4, 2];

const cnn: CnnSettings = {
  kind: "cnn",
  depth: 1,
  channels: 3,
  kernel: 3,
  stride: 1,
  padding: "same",
  pool: false,
  dense: 0,
  activation: "tanh",
};
const withoutDim: VitSettings = {
  kind: "vit",
  patch: 2,
  depth: 2,
  heads: 3,
  mlp_ratio: 2,
  pooling: "class",
};
const vit: VitSettings = { ...withoutDim, dim: 6 };

const ARCHITECTURES: Readonly<Record<string, ArchitectureSettings>> = {
  "two convolutions that keep the borders, poolings and a dense layer": {
    ...cnn,
    depth: 2,
    pool: true,
    dense: 5,
  },
  "a convolution that loses the borders, with relu": { ...cnn, padding: "valid", activation: "relu" },
  "strided convolutions that keep the borders": {
    ...cnn,
    depth: 2,
    kernel: 2,
    stride: 2,
    activation: "gelu",
  },
  "a strided convolution that loses the borders, and a pooling": {
    ...cnn,
    kernel: 2,
    stride: 2,
    padding: "valid",
    pool: true,
  },
  "a list of different convolutions, and two dense layers": {
    kind: "cnn",
    convolutions: [
      { channels: 3, kernel: 2, stride: 1, padding: "same", pool: true },
      { channels: 4, kernel: 3, stride: 2, padding: "same", pool: false },
    ],
    dense: [5, 6],
    activation: "tanh",
  },
  "hidden layers of different widths": { kind: "mlp", widths: [7, 3, 5], activation: "tanh" },
  "a transformer with heads of a given dimension": {
    kind: "vit",
    patch: 2,
    head_dim: 3,
    depth: 1,
    heads: 2,
    mlp_ratio: 1,
    pooling: "mean",
  },
  "a small convolution that keeps the borders, and a pooling that leaves some out": {
    ...cnn,
    kernel: 2,
    stride: 2,
    pool: true,
  },
  "a small convolution and a pooling, with a row and a column that reach nothing": {
    ...cnn,
    kernel: 2,
    padding: "valid",
    pool: true,
    activation: "relu",
  },
  "many channels and a pooling, with a row and a column that reach nothing": {
    ...cnn,
    kernel: 2,
    channels: 9,
    padding: "valid",
    pool: true,
    activation: "relu",
  },
  "poolings of an activation that falls": { ...cnn, depth: 2, pool: true, activation: "gelu" },
  "a kernel that is larger than the image": { ...cnn, kernel: 9 },
  "strides that are wider than the kernel": { ...cnn, kernel: 1, stride: 3, padding: "valid" },
  "a transformer with a class token": vit,
  "a transformer that averages its tokens, with one head": { ...vit, depth: 1, heads: 1, pooling: "mean" },
};

/** What a training does to the loss, besides nothing. */
interface Regularizers {
  /** Share of the units that a fixed mask drops. */
  readonly dropout?: number;
  readonly smoothing?: number;
}

const REGULARIZED = [
  "hidden layers of different widths",
  "two convolutions that keep the borders, poolings and a dense layer",
  "a strided convolution that loses the borders, and a pooling",
  "a transformer that averages its tokens, with one head",
];

const CASES: readonly { name: string; architecture: ArchitectureSettings; regularizers: Regularizers }[] = [
  ...Object.entries(ARCHITECTURES).map(([name, architecture]) => ({ name, architecture, regularizers: {} })),
  ...REGULARIZED.map((name) => ({
    name: `${name}, with dropout and smoothed labels`,
    architecture: ARCHITECTURES[name]!,
    regularizers: { dropout: 0.4, smoothing: 0.2 },
  })),
];

await openInstalledLibrary();

for (const { name, architecture, regularizers } of CASES) {
  const lossAndGradients = (point: Point) => lossAndGradientsOf(architecture, regularizers, point);
  Deno.test(`loss and gradients of ${name} are those of tfjs's own cpu backend`, async () => {
    const traced = await evaluateOnce((graph) =>
      traceInto(graph, [], () => lossAndGradients(randomPoint(architecture)))
    );
    const eager = lossAndGradients(randomPoint(architecture)).map((tensor) => tensor.dataSync());
    assertEquals(traced.length, eager.length);
    for (const [i, values] of eager.entries()) {
      for (const [j, value] of values.entries()) assertAlmostEquals(traced[i]![j]!, value, 2e-6);
    }
  });

  Deno.test(`gradients of ${name} are the slopes of the loss`, async () => {
    const tensors = tensorsOf(architecture);
    const point = randomPoint(architecture);
    const directions = tensors.map((spec) => normalValues(spec, "direction"));
    const [, ...gradients] = await evaluateOnce((graph) =>
      traceInto(graph, [], () => lossAndGradients(point))
    );
    const step = 2 ** -8;
    const slopes = await evaluateOnce((graph) =>
      traceInto(graph, [], () =>
        directions.map((direction, k) => {
          const [above, below] = [step, -step].map((by) =>
            lossOf(architecture, regularizers, tensorsAt(tensors, shifted(point, k, direction, by)))
          );
          return loadTfjs().div(loadTfjs().sub(above!, below!), 2 * step);
        }))
    );
    for (const [k, { name }] of tensors.entries()) {
      const expected = gradients[k]!.reduce((sum, value, i) => sum + value * directions[k]![i]!, 0);
      assertAlmostEquals(slopes[k]![0]!, expected, 5e-4, name);
    }
    assert(gradients.some((values) => values.some((value) => Math.abs(value) > 0.01)));
  });
}

Deno.test("attend() and its gradient are finite, and those of tfjs's own cpu backend, where exponentials of scores are not", async () => {
  const [tokens, heads] = [5, 2];
  const spread = normalValues({ name: "rows", shape: [2 * tokens, 12] }, "spread");
  for (const scale of [20, 200]) {
    const valueAndGradient = () => {
      const tf = loadTfjs();
      const ofScores = (i: number) => i % 12 < 8; // queries and keys
      const rows = tf.tensor2d(spread.map((x, i) => ofScores(i) ? scale * x : x), [2 * tokens, 12]);
      const loss = (rows: Tensor) => tf.sum(tf.square(attend(rows as Tensor2D, tokens, heads))) as Scalar;
      const { value, grad } = tf.valueAndGrad(loss)(rows);
      return [value, grad];
    };
    const traced = await evaluateOnce((graph) => traceInto(graph, [], valueAndGradient));
    for (const [i, tensor] of valueAndGradient().entries()) {
      const values = tensor.dataSync();
      for (const [j, value] of values.entries()) {
        assert(Number.isFinite(value));
        assertAlmostEquals(traced[i]![j]!, value, 2e-6 * scale);
      }
    }
  }
});

Deno.test("forward() of layers one by one is that of the same layers in one form for all", () => {
  const { depth: _, channels, kernel, stride, padding, pool, ...others } = { ...cnn, depth: 2, pool: true };
  const convolution = { channels, kernel, stride, padding, pool } as ConvolutionSettings;
  const pairs: [ArchitectureSettings, ArchitectureSettings][] = [
    [{ ...cnn, depth: 2, pool: true, dense: 4 }, {
      ...others,
      convolutions: [convolution, convolution],
      dense: [4],
    }],
    [{ kind: "mlp", depth: 3, width: 5, activation: "relu" }, {
      kind: "mlp",
      widths: [5, 5, 5],
      activation: "relu",
    }],
    [vit, { ...withoutDim, head_dim: 2 }],
  ];
  for (const [one, other] of pairs) {
    const [a, b] = [one, other].map((settings) =>
      lossAndGradientsOf(settings, {}, randomPoint(settings)).map((tensor) => tensor.dataSync())
    );
    assertEquals(a, b);
  }
});

/** Values of the images first, then of each tensor. */
type Point = readonly Float32Array[];

function tensorsOf(architecture: ArchitectureSettings): TensorSpec[] {
  return modelOf(architecture).tensors(architecture, IMAGE, CLASSES);
}

function randomPoint(architecture: ArchitectureSettings): Point {
  const images = { name: "images", shape: [BATCH, elementCount(IMAGE)] };
  return [images, ...tensorsOf(architecture)].map((spec) => normalValues(spec, "point"));
}

function normalValues({ name, shape }: Pick<TensorSpec, "name" | "shape">, purpose: string): Float32Array {
  const values = new Float32Array(elementCount(shape));
  fillNormal(values, stream("0000000000000007", `${purpose}/${name}`));
  const spread = shape.length === 4 ? 0.3 : 0.5;
  return values.map((value) => value * spread);
}

/** The point with tensor `k` moved. */
function shifted(point: Point, k: number, direction: Float32Array, by: number): Point {
  return point.map((values, at) =>
    at === k + 1 ? values.map((value, i) => value + by * direction[i]!) : values
  );
}

function tensorsAt(tensors: readonly TensorSpec[], [images, ...weights]: Point): Tensor[] {
  const tf = loadTfjs();
  return [
    tf.tensor(images!, [BATCH, elementCount(IMAGE)]),
    ...weights.map((values, i) => tf.tensor(values, [...tensors[i]!.shape])),
  ];
}

function lossOf(
  architecture: ArchitectureSettings,
  { dropout = 0, smoothing = 0 }: Regularizers,
  [images, ...weights]: Tensor[],
): Tensor {
  const drop = dropout > 0 ? fixedDropout(dropout) : keepAll;
  const labels = loadTfjs().tensor1d([0, 3, 1], "int32");
  const logits = modelOf(architecture).forward(architecture, weights, images as Tensor2D, IMAGE, drop);
  if (smoothing === 0) return crossEntropy(logits, labels);
  const [label, others] = targetNumbers(smoothing, CLASSES).map((share) => loadTfjs().scalar(share));
  return smoothedCrossEntropy(logits, labels, { label: label!, others: others! });
}

/** Drops the same units whenever it is made. */
function fixedDropout(rate: number): Drop {
  let layer = 0;
  return <T extends Tensor>(x: T) => {
    const values = normalValues({ name: `mask_${layer++}`, shape: x.shape }, "dropout");
    const mask = values.map((value) => value < 0.5 * normalQuantile(rate) ? 0 : 1 / (1 - rate));
    return loadTfjs().mul<T>(x, loadTfjs().tensor(mask, x.shape));
  };
}

function lossAndGradientsOf(
  architecture: ArchitectureSettings,
  regularizers: Regularizers,
  point: Point,
): Tensor[] {
  const [images, ...weights] = tensorsAt(tensorsOf(architecture), point);
  const { value, grads } = loadTfjs().valueAndGrads((...weights: Tensor[]) =>
    lossOf(architecture, regularizers, [images!, ...weights]).asScalar()
  )(weights);
  return [value, ...grads];
}
