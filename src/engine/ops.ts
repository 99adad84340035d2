/**
 * Layers and losses in tfjs. Where TensorFlow has one operation for what tfjs does in several, it is used while tracing;
 * the plain tfjs form beside it says what it means, and serves on tfjs's own backends.
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import type { Activation } from "../artifacts/settings.ts";
import { isTracing, loadTfjs, operation } from "./backend.ts";

/**
 * x · kernel + bias.
 * @param x float32 [batch, in]
 * @param kernel float32 [in, out]
 * @param bias float32 [out]
 * @returns float32 [batch, out]
 */
export function dense(x: Tensor2D, kernel: Tensor2D, bias: Tensor1D): Tensor2D {
  return biasAdd(loadTfjs().matMul(x, kernel), bias);
}

/** The same for many rows, such as tokens: the bias is added as the product is written. Few rows are faster by dense(). */
export function denseOnRows(x: Tensor2D, kernel: Tensor2D, bias: Tensor1D): Tensor2D {
  const tf = loadTfjs();
  if (!isTracing()) return dense(x, kernel, bias);
  return tf.customGrad((x, kernel, bias, save) => {
    (save as unknown as (tensors: Tensor[]) => void)([x as Tensor, kernel as Tensor]);
    return {
      value: product(x as Tensor, kernel as Tensor, bias as Tensor),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, kernel] = saved as [Tensor2D, Tensor2D];
        return [
          tf.matMul(dy as Tensor2D, kernel, false, true),
          tf.matMul(x, dy as Tensor2D, true),
          sumOfRows(dy),
        ];
      },
    };
  })(x, kernel, bias) as Tensor2D;
}

/** The sum of many rows, only while tracing: TensorFlow is faster at a product than at its BiasAddGrad. */
export function sumOfRows(rows: Tensor): Tensor {
  const [count, length] = rows.shape as [number, number];
  const tf = loadTfjs();
  const ones = tf.tensor2d(new Float32Array(count).fill(1), [1, count]);
  return tf.reshape(operation("MatMul", [ones, rows])[0]!, [length]);
}

/** x · kernel + bias as one operation, without a gradient; only while tracing. */
export function product(x: Tensor, kernel: Tensor, bias: Tensor): Tensor {
  return operation("_FusedMatMul", [x, kernel, bias], {
    num_args: { type: "int", value: 1 },
    fused_ops: { type: "strings", value: ["BiasAdd"] },
  })[0]!;
}

/** x + bias along the last axis. TensorFlow fuses BiasAdd with the product before it and the activation after it. */
export function biasAdd<T extends Tensor>(x: T, bias: Tensor1D): T {
  const tf = loadTfjs();
  if (!isTracing()) return tf.add(x, bias);
  return tf.customGrad((x, bias) => ({
    value: operation("BiasAdd", [x as Tensor, bias as Tensor])[0]!,
    gradFunc: (dy: Tensor) => [dy, biasGradient(dy)],
  }))(x, bias) as T;
}

/**
 * The largest of each `window` x `window` values of x + bias. TensorFlow adds a bias within the convolution before it; its
 * gradient is that of what was chosen, a `window`²-th of what a biasAdd() would sum.
 * @param x float32 [batch, height, width, channels]
 */
export function biasedMaxPool(x: Tensor4D, bias: Tensor1D, window: number): Tensor4D {
  const tf = loadTfjs();
  if (!isTracing()) return tf.maxPool(tf.add(x, bias) as Tensor4D, window, window, "valid");
  const sizes = { type: "ints", value: [1, window, window, 1] } as const;
  const attributes = { ksize: sizes, strides: sizes, padding: { type: "string", value: "VALID" } } as const;
  return tf.customGrad((x, bias, save) => {
    const [biased] = operation("BiasAdd", [x as Tensor, bias as Tensor]);
    const [pooled] = operation("MaxPool", [biased!], attributes);
    (save as (tensors: Tensor[]) => void)([biased!, pooled!]);
    return {
      value: pooled!,
      gradFunc: (dy: Tensor, [biased, pooled]: Tensor[]) => [
        operation("MaxPoolGrad", [biased!, pooled!, dy], attributes)[0]!,
        biasGradient(dy),
      ],
    };
  })(x, bias) as Tensor4D;
}

/** Rows of a matrix, without a gradient. tfjs's own gather reads its indices, which have no data while tracing. */
export function takeRows(x: Tensor2D, rows: readonly number[]): Tensor2D {
  const tf = loadTfjs();
  const indices = tf.tensor1d([...rows], "int32");
  if (!isTracing()) return tf.gather(x, indices);
  return operation("GatherV2", [x, indices, tf.scalar(0, "int32")])[0] as Tensor2D;
}

/** Applies an activation by its name; `gelu` is the exact one, x Φ(x) (Hendrycks and Gimpel, 2016). */
export function activate<T extends Tensor>(name: Activation, x: T): T {
  const tf = loadTfjs();
  switch (name) {
    case "relu":
      return relu(x);
    case "tanh":
      return tf.tanh(x);
    case "sigmoid":
      return tf.sigmoid(x);
    case "elu":
      return tf.elu(x);
    case "gelu":
      return gelu(x);
    case "linear":
      return x;
    default:
      return name satisfies never;
  }
}

/** Whether an activation never falls: then the largest of its values is the activation of the largest value. */
export function isMonotone(name: Activation): boolean {
  return name !== "gelu";
}

/**
 * Mean cross-entropy of a batch: mean over i of logsumexp(z_i) - z_i[y_i].
 * @param logits float32 [batch, classes], unnormalized log-probabilities
 * @param labels int32 [batch], each in [0, classes)
 * @returns float32 [] in nats
 * @see Goodfellow, Bengio, Courville, Deep Learning (2016), 6.2.2.3
 */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D): Scalar {
  const tf = loadTfjs();
  if (!isTracing()) {
    const picked = tf.sum(tf.mul(tf.oneHot(labels, logits.shape[1]), logits), 1);
    return tf.mean(tf.sub(tf.logSumExp(logits, 1), picked));
  }
  // One operation gives the losses and, beside them, the gradient by the logits: softmax(z) - onehot(y).
  return tf.customGrad((z, save) => {
    const [losses, byLogits] = operation("SparseSoftmaxCrossEntropyWithLogits", [z as Tensor, labels]);
    (save as (tensors: Tensor[]) => void)([byLogits!]);
    return {
      value: operation("Mean", [losses!, tf.tensor1d([0], "int32")])[0]!, // tf.mean() would add a cast
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(saved[0]!, tf.mul(dy, 1 / logits.shape[0])),
    };
  })(logits) as Scalar;
}

/** How many rows of the logits have their largest value at the label: float32 []. */
export function countCorrect(logits: Tensor2D, labels: Tensor1D): Scalar {
  const tf = loadTfjs();
  return tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), "float32"));
}

/** max(x, 0). tfjs's gradient needs a step, a cast and a product; ReluGrad is one operation, and reads the output. */
function relu<T extends Tensor>(x: T): T {
  const tf = loadTfjs();
  if (!isTracing()) return tf.relu(x);
  return tf.customGrad((x, save) => {
    const [y] = operation("Relu", [x as Tensor]);
    (save as (tensors: Tensor[]) => void)([y!]);
    return {
      value: y!,
      gradFunc: (dy: Tensor, saved: Tensor[]) => operation("ReluGrad", [dy, saved[0]!])[0]!,
    };
  })(x) as T;
}

/**
 * The sum over all but the last axis. Of maps as rows: TensorFlow would else merge it with the gradient by the kernel, in a
 * form that takes longer than the two apart.
 */
function biasGradient(dy: Tensor): Tensor {
  const rows = dy.rank > 2 ? loadTfjs().reshape(dy, [-1, dy.shape.at(-1)!]) : dy;
  return operation("BiasAddGrad", [rows])[0]!;
}

/** x Φ(x) */
function gelu<T extends Tensor>(x: T): T {
  const tf = loadTfjs();
  return tf.mul(scaledGelu(tf.mul(x, Math.SQRT1_2)), Math.SQRT1_2);
}

/** √2 gelu(√2 r) = r (1 + erf r): a layer before and one behind can scale by smaller tensors than r. */
export function scaledGelu<T extends Tensor>(r: T): T {
  const tf = loadTfjs();
  if (!isTracing()) return tf.mul(r, tf.add(tf.erf(r), 1));
  return tf.customGrad((r, save) => {
    const below = tf.add(tf.erf(r as Tensor), 1);
    (save as (tensors: Tensor[]) => void)([r as Tensor, below]);
    return {
      value: tf.mul(r as Tensor, below),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [r, below] = saved as [Tensor, Tensor];
        // r erf'(r) = r / exp(r²) * 2 / √π, which is zero where the exponential overflows
        const slope = tf.mul(tf.div(r, tf.exp(tf.square(r))), 2 / Math.sqrt(Math.PI));
        return tf.mul(dy, tf.add(below, slope));
      },
    };
  })(r) as T;
}
