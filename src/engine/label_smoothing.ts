import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import { isTracing, loadTfjs, operation } from "./backend.ts";

/** Probabilities that smoothed targets give to the class of the label and to each other one: float32 []. */
export interface Targets {
  readonly label: Scalar;
  readonly others: Scalar;
}

/** Numbers of a step: the {@link Targets} (1 - ε) onehot + ε / K. */
export function targetNumbers(smoothing: number, classes: number): [label: number, others: number] {
  return [1 - smoothing + smoothing / classes, smoothing / classes];
}

/**
 * Mean cross-entropy of a batch to smoothed targets t: mean over i of logsumexp(z_i) - Σ_k t_ik z_ik.
 * @param logits float32 [batch, classes]
 * @param labels int32 [batch], each in [0, classes)
 * @returns float32 [] in nats
 * @see Szegedy and others, Rethinking the Inception architecture for computer vision (2016), section 7
 */
export function smoothedCrossEntropy(logits: Tensor2D, labels: Tensor1D, targets: Targets): Scalar {
  const tf = loadTfjs();
  const [batch, classes] = logits.shape;
  if (!isTracing()) {
    const onehot = tf.oneHot(labels, classes);
    const wanted = tf.add(tf.mul(onehot, tf.sub(targets.label, targets.others)), targets.others);
    return tf.mean(tf.sub(tf.logSumExp(logits, 1), tf.sum(tf.mul(wanted, logits), 1)));
  }
  // One operation gives the losses and, beside them, the gradient by the logits: softmax(z) - t.
  return tf.customGrad((z, save) => {
    const depth = tf.scalar(classes, "int32");
    const wanted = operation("OneHot", [labels, depth, targets.label, targets.others]);
    const [losses, byLogits] = operation("SoftmaxCrossEntropyWithLogits", [z as Tensor, wanted[0]!]);
    (save as (tensors: Tensor[]) => void)([byLogits!]);
    return {
      value: operation("Mean", [losses!, tf.tensor1d([0], "int32")])[0]!, // tf.mean() would add a cast
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(saved[0]!, tf.mul(dy, 1 / batch)),
    };
  })(logits) as Scalar;
}
