/**
 * The version of each component that decides what a training computes. Raise one when equal settings and seeds come to
 * mean other numbers: stored results of it stop matching. They stand together, apart from the code they speak of, so that
 * planning needs none of it; tests pin what each computes.
 */
export const COMPONENT_VERSIONS = {
  /** init.ts: initial weights from settings and seed. */
  init: 1,
  /** training.ts: the order of batches, what is summed into a row, when training stops. */
  loop: 2, // 1 could train on another data set of the same shape, if that came first in the process
  /** models/: tensors and forward pass, and the operations that they use. */
  models: { cnn: 1, mlp: 1, vit: 1 },
  /** optimizers.ts: how a gradient moves a weight. */
  optimizers: { adam: 1, sgd: 1 },
} as const;
