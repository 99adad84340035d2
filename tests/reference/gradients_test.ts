import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs";
import type { Activation, ArchitectureSettings } from "../../src/artifacts/settings.ts";
import { loadTfjs, traceInto } from "../../src/engine/backend.ts";
import { keepAll } from "../../src/engine/dropout.ts";
import { smoothedCrossEntropy, targetNumbers } from "../../src/engine/label_smoothing.ts";
import { convolve, maxPool } from "../../src/engine/models/images.ts";
import { type Image, modelOf } from "../../src/engine/models/model.ts";
import {
  attend,
  centered,
  cutPatches,
  denseOnNormalized,
  firstOfEach,
  meanOfEach,
  place,
} from "../../src/engine/models/tokens.ts";
import { activate, crossEntropy, dense, denseOnRows } from "../../src/engine/ops.ts";
import { evaluateOnce, openInstalledLibrary } from "../../src/engine/testing/library.ts";
import { readReference, type ReferenceArray, toTensor } from "./reading.ts";

interface Reference {
  readonly layers: readonly LayerCase[];
  readonly losses: readonly LossCase[];
  readonly networks: readonly NetworkCase[];
}

interface LayerCase {
  readonly layer: keyof typeof LAYERS;
  readonly activation?: Activation;
  readonly stride?: number;
  readonly padding?: "valid" | "same";
  readonly image?: Image;
  readonly patch?: number;
  readonly heads?: number;
  readonly inputs: Readonly<Record<string, ReferenceArray>>;
  /** What each output is multiplied by before all are summed. */
  readonly probe: ReferenceArray;
  readonly loss: number;
  readonly gradients: Readonly<Record<string, ReferenceArray>>;
}

interface LossCase {
  readonly label_smoothing: number;
  readonly logits: ReferenceArray;
  readonly labels: ReferenceArray;
  readonly loss: number;
  readonly gradient: ReferenceArray;
}

interface NetworkCase {
  readonly architecture: ArchitectureSettings;
  readonly image: Image;
  readonly label_smoothing: number;
  readonly images: ReferenceArray;
  readonly labels: ReferenceArray;
  /** Of dropout, in the order of the layers; none: nothing is dropped. */
  readonly masks: readonly ReferenceArray[];
  readonly weights: readonly (ReferenceArray & { readonly name: string })[];
  readonly loss: number;
  readonly gradients: readonly ReferenceArray[];
}

/** What the script calls the layers, and its inputs in their order. */
const LAYERS = {
  dense: ({ activation }: LayerCase, [x, kernel, bias]: Tensor[]) =>
    activate(activation!, dense(x as Tensor2D, kernel as Tensor2D, bias as Tensor1D)),
  convolution: ({ stride, padding }: LayerCase, [maps, kernel, bias]: Tensor[]) =>
    convolve(maps as Tensor4D, kernel as Tensor4D, bias as Tensor1D, { stride: stride!, padding: padding! }),
  max_pool: (_: LayerCase, [maps]: Tensor[]) => maxPool(maps as Tensor4D, 2),
  patch_embedding: ({ image, patch }: LayerCase, [images, kernel, bias]: Tensor[]) => {
    const rows = cutPatches(images as Tensor2D, image!, patch!);
    return byImage(denseOnRows(rows, kernel as Tensor2D, bias as Tensor1D), images!.shape[0]!);
  },
  layer_norm: (_: LayerCase, [tokens, scale, bias]: Tensor[]) => {
    const { eye, zeros } = loadTfjs();
    const dim = tokens!.shape[2]!;
    const norm = { scale: scale as Tensor1D, bias: bias as Tensor1D };
    const normalized = denseOnNormalized(centered(rowsOf(tokens!)), norm, eye(dim), zeros([dim]));
    return byImage(normalized, tokens!.shape[0]!);
  },
  attention: ({ heads }: LayerCase, [queries, keys, values]: Tensor[]) => {
    const tf = loadTfjs();
    const [batch, tokens, dim] = queries!.shape as [number, number, number];
    const scaled = tf.mul(queries!, 1 / Math.sqrt(dim / heads!));
    const rows = tf.concat([scaled, keys!, values!].map(rowsOf), 1) as Tensor2D;
    return byImage(attend(rows, tokens, heads!), batch);
  },
  prepend: (_: LayerCase, [token, tokens]: Tensor[]) => {
    const [batch, count, dim] = tokens!.shape as [number, number, number];
    const tf = loadTfjs();
    const table = tf.concat([tf.reshape(token!, [1, dim]), tf.zeros([count, dim])]) as Tensor2D;
    return byImage(place(rowsOf(tokens!), table, count), batch);
  },
  class_pooling: (_: LayerCase, [tokens]: Tensor[]) => firstOfEach(rowsOf(tokens!), tokens!.shape[1]!),
  mean_pooling: (_: LayerCase, [tokens]: Tensor[]) => meanOfEach(rowsOf(tokens!), tokens!.shape[1]!),
};

/** The script's tokens, [batch, tokens, dim], as weft has them: [batch * tokens, dim]. */
function rowsOf(tokens: Tensor): Tensor2D {
  return loadTfjs().reshape(tokens, [-1, tokens.shape[2]!]);
}

function byImage(rows: Tensor2D, batch: number): Tensor3D {
  return loadTfjs().reshape(rows, [batch, -1, rows.shape[1]]);
}

const { layers, losses, networks } = await readReference<Reference>("gradients");
await openInstalledLibrary();

for (const reference of layers) {
  const { layer, inputs, probe, loss, gradients, ...settings } = reference;
  Deno.test(`loss and gradients of ${layer} ${JSON.stringify(settings)} are JAX's`, async () => {
    const computed = await lossAndGradients(Object.values(inputs), (inputs) => {
      const tf = loadTfjs();
      return tf.sum(tf.mul(LAYERS[layer](reference, inputs), toTensor(probe)));
    });
    assertClose(computed, [loss, ...Object.keys(inputs).map((name) => gradients[name]!.values)], 5e-6);
  });
}

for (const { label_smoothing, logits, labels, loss, gradient } of losses) {
  Deno.test(`loss and gradient of logits, of labels smoothed by ${label_smoothing}, are JAX's`, async () => {
    const lossOf = ([logits]: Tensor[]) => lossOn(logits as Tensor2D, labels, label_smoothing);
    assertClose(await lossAndGradients([logits], lossOf), [loss, gradient.values], 1e-6);
  });
}

for (const reference of networks) {
  const { architecture, label_smoothing, masks, images, image, labels, weights } = reference;
  const others = { ...architecture, label_smoothing, dropout: masks.length > 0 };
  Deno.test(`loss and gradients of ${JSON.stringify(others)} are JAX's`, async () => {
    const model = modelOf(architecture);
    assertEquals(
      model.tensors(architecture, image, 4).map(({ name, shape }) => ({ name, shape: [...shape] })),
      weights.map(({ name, shape }) => ({ name, shape: [...shape] })),
    );
    const left = [...masks];
    const drop = masks.length === 0
      ? keepAll
      : <T extends Tensor>(x: T): T =>
        loadTfjs().mul<T>(x, loadTfjs().reshape(toTensor(left.shift()!), x.shape));
    const computed = await lossAndGradients(weights, (weights) => {
      const logits = model.forward(architecture, weights, toTensor(images) as Tensor2D, image, drop);
      return lossOn(logits, labels, label_smoothing);
    });
    assertEquals(left, []);
    assertClose(computed, [reference.loss, ...reference.gradients.map(({ values }) => values)], 3e-6);
  });
}

/** The mean cross-entropy to labels, as a training computes it. */
function lossOn(logits: Tensor2D, labels: ReferenceArray, smoothing: number): Scalar {
  const given = toTensor(labels, "int32") as Tensor1D;
  if (smoothing === 0) return crossEntropy(logits, given);
  const [label, others] = targetNumbers(smoothing, logits.shape[1]).map((share) => loadTfjs().scalar(share));
  return smoothedCrossEntropy(logits, given, { label: label!, others: others! });
}

/** The loss, then the gradient by each input, computed by TensorFlow. */
function lossAndGradients(inputs: readonly ReferenceArray[], lossOf: (inputs: Tensor[]) => Tensor) {
  return evaluateOnce((graph) =>
    traceInto(graph, [], () => {
      const { value, grads } = loadTfjs().valueAndGrads((...inputs: Tensor[]) => lossOf(inputs).asScalar())(
        inputs.map((input) => toTensor(input)),
      );
      return [value, ...grads];
    })
  );
}

/** The tolerance is relative where values are above 1. */
function assertClose(
  computed: readonly Float32Array[],
  [loss, ...gradients]: readonly [number, ...(readonly number[])[]],
  tolerance: number,
): void {
  const expected = [[loss], ...gradients];
  assertEquals(computed.map(({ length }) => length), expected.map(({ length }) => length));
  for (const [i, values] of expected.entries()) {
    for (const [j, value] of values.entries()) {
      assertAlmostEquals(computed[i]![j]!, value, tolerance * Math.max(1, Math.abs(value)));
    }
  }
}
