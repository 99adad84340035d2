import type { MemberSettings } from "../artifacts/settings.ts";
import type { TrajectoryIdentity } from "../core/identity.ts";

/**
 * The version of each component that decides what a training computes. Raise one when equal settings and seeds come to
 * mean other numbers: stored results of it stop matching. They stand together, apart from the code they speak of, so that
 * planning needs none of it; tests pin what each computes.
 */
export const COMPONENT_VERSIONS = {
  /** init.ts: initial weights from settings and seed. */
  init: 1,
  /** training.ts: the order of batches, what is summed into a row, when training stops. */
  loop: 3, // 1 could train on another data set of the same shape, if that came first in the process
  /** models/: tensors and forward pass, and the operations that they use. */
  models: { cnn: 3, mlp: 3, vit: 5 },
  /** optimizers.ts: how a gradient moves a weight. */
  optimizers: { adam: 1, adamw: 1, rmsprop: 1, sgd: 2 },
  /** schedules.ts: what the learning rate of a step is multiplied by. */
  schedules: { constant: 1, cosine: 1, step: 1 },
  /** dropout.ts, label_smoothing.ts, examples.ts: what makes steps harder. */
  regularizers: { dropout: 1, fraction: 1, label_noise: 1, label_smoothing: 1 },
} as const;

/** Of the components that a member uses; of schedules and regularizers only what is not neutral. */
export function versionsOf({ architecture, training }: MemberSettings): TrajectoryIdentity["versions"] {
  const { init, loop, models, optimizers, schedules, regularizers } = COMPONENT_VERSIONS;
  const { optimizer, schedule } = training;
  const scheduled = schedule !== undefined && (schedule.name !== "constant" || !!schedule.warmup);
  return {
    init,
    loop,
    model: models[architecture.kind],
    optimizer: optimizers[optimizer.name],
    ...(scheduled && { schedule: schedules[schedule.name] }),
    ...(training.dropout && { dropout: regularizers.dropout }),
    ...(training.label_smoothing && { label_smoothing: regularizers.label_smoothing }),
    ...(training.label_noise && { label_noise: regularizers.label_noise }),
    ...((training.fraction ?? 1) < 1 && { fraction: regularizers.fraction }),
  };
}
