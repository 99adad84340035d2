/**
 * Layers and losses in tfjs. Where TensorFlow has one operation for what tfjs does in several, it is used while tracing;
 * the plain tfjs form beside it says what it means, and serves on tfjs's own backends.
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
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

/** x + bias along the last axis. TensorFlow fuses BiasAdd with the product before it and the activation after it. */
export function biasAdd<T extends Tensor>(x: T, bias: Tensor1D): T {
  const tf = loadTfjs();
  if (!isTracing()) return tf.add(x, bias);
  return tf.customGrad((x, bias) => ({
    value: operation("BiasAdd", [x as Tensor, bias as Tensor])[0]!,
    gradFunc: (dy: Tensor) => [dy, operation("BiasAddGrad", [dy])[0]!],
  }))(x, bias) as T;
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
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
    case "linear":
      return x;
    default:
      return name satisfies never;
  }
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
