/** What is traced of a model: its loss and gradients in a step, its loss and right answers elsewhere. */
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import { loadTfjs } from "./backend.ts";
import type { Drop } from "./dropout.ts";
import { smoothedCrossEntropy } from "./label_smoothing.ts";
import { modelOf } from "./models/model.ts";
import { countCorrect, crossEntropy } from "./ops.ts";
import type { ProgramKey } from "./program_key.ts";

type ModelKey = Pick<ProgramKey, "architecture" | "image" | "smoothing">;

/**
 * Loss [], number of right answers [], and the gradient of the loss by each weight.
 * @param rest where targets are smoothed, what they give to the label and to each other class; then the weights
 */
export function lossAndGradients(
  { architecture, image, smoothing }: ModelKey,
  rest: Tensor[],
  images: Tensor2D,
  labels: Tensor1D,
  drop: Drop,
): Tensor[] {
  const tf = loadTfjs();
  const [label, others] = rest.splice(0, smoothing ? 2 : 0) as Scalar[];
  let correct: Scalar | undefined;
  const { value, grads } = tf.valueAndGrads((...weights: Tensor[]) => {
    const logits = modelOf(architecture).forward(architecture, weights, images, image, drop);
    correct = tf.keep(countCorrect(logits, labels));
    return label && others
      ? smoothedCrossEntropy(logits, labels, { label, others })
      : crossEntropy(logits, labels);
  })(rest);
  return [value, correct!, ...grads];
}

/** Sums over a batch of the loss and of right answers: [], []. */
export function lossAndCorrect(
  { architecture, image }: Omit<ModelKey, "smoothing">,
  weights: Tensor[],
  images: Tensor2D,
  labels: Tensor1D,
): [Tensor, Tensor] {
  const logits = modelOf(architecture).forward(architecture, weights, images, image);
  const loss = loadTfjs().mul(crossEntropy(logits, labels), images.shape[0]);
  return [loss, countCorrect(logits, labels)];
}
