import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs";
import type { ArchitectureSettings, CnnSettings, VitSettings } from "../../artifacts/settings.ts";
import { fillNormal } from "../../core/random/arrays.ts";
import { stream } from "../../core/random/keyed.ts";
import { elementCount } from "../../core/shape.ts";
import { loadTfjs, traceInto } from "../backend.ts";
import { crossEntropy } from "../ops.ts";
import { evaluateOnce, openInstalledLibrary } from "../testing/library.ts";
import { type Image, modelOf, type TensorSpec } from "./model.ts";

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
const vit: VitSettings = {
  kind: "vit",
  patch: 2,
  dim: 6,
  depth: 2,
  heads: 3,
  mlp_ratio: 2,
  pooling: "class",
};

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
  "a kernel that is larger than the image": { ...cnn, kernel: 9 },
  "strides that are wider than the kernel": { ...cnn, kernel: 1, stride: 3, padding: "valid" },
  "a transformer with a class token": vit,
  "a transformer that averages its tokens, with one head": { ...vit, depth: 1, heads: 1, pooling: "mean" },
};

await openInstalledLibrary();

for (const [name, architecture] of Object.entries(ARCHITECTURES)) {
  Deno.test(`loss and gradients of ${name} are those of tfjs's own cpu backend`, async () => {
    const traced = await evaluateOnce((graph) =>
      traceInto(graph, [], () => lossAndGradients(architecture, randomPoint(architecture)))
    );
    const eager = lossAndGradients(architecture, randomPoint(architecture)).map((tensor) =>
      tensor.dataSync()
    );
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
      traceInto(graph, [], () => lossAndGradients(architecture, point))
    );
    const step = 2 ** -8;
    const slopes = await evaluateOnce((graph) =>
      traceInto(graph, [], () =>
        directions.map((direction, k) => {
          const [above, below] = [step, -step].map((by) =>
            lossOf(architecture, tensorsAt(tensors, shifted(point, k, direction, by)))
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

function lossOf(architecture: ArchitectureSettings, [images, ...weights]: Tensor[]): Tensor {
  const labels = loadTfjs().tensor1d([0, 3, 1], "int32");
  return crossEntropy(
    modelOf(architecture).forward(architecture, weights, images as Tensor2D, IMAGE),
    labels,
  );
}

function lossAndGradients(architecture: ArchitectureSettings, point: Point): Tensor[] {
  const [images, ...weights] = tensorsAt(tensorsOf(architecture), point);
  const { value, grads } = loadTfjs().valueAndGrads((...weights: Tensor[]) =>
    lossOf(architecture, [images!, ...weights]).asScalar()
  )(weights);
  return [value, ...grads];
}
