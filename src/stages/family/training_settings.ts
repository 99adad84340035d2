import { INIT_SCHEMES, OPTIMIZER_NAMES, SCHEDULE_NAMES } from "../../artifacts/settings.ts";
import type { MapSchema, ScalarSchema } from "./settings_schema.ts";

// What a setting is by default that belongs to some values of another one, `CONDITIONAL_SETTINGS` says.

const init: MapSchema = {
  type: "object",
  description: "How the kernels start; biases, scales and embeddings start the same whatever is said here",
  examples: [{ scheme: "normal", std: 0.01 }],
  properties: {
    scheme: {
      enum: INIT_SCHEMES,
      description:
        "How a kernel's values are drawn; glorot, he and lecun take their spread from its fan-in and fan-out; " +
        "orthogonal: rows or columns, whichever are fewer, are orthonormal; zeros, constant: all values are the same",
      default: "he_normal",
      neutral: "he_normal",
      examples: ["glorot_uniform", { choice: ["he_normal", "orthogonal"] }],
    },
    scale: {
      type: "number",
      exclusiveMinimum: 0,
      description: "Multiplies every drawn value",
      default: 1,
      neutral: 1,
      examples: [0.5, { log_uniform: [0.1, 10] }],
    },
    std: {
      type: "number",
      exclusiveMinimum: 0,
      description:
        "Standard deviation before truncation; needed by the schemes normal and truncated_normal, and only theirs",
      examples: [0.01, { log_uniform: [0.0001, 0.1] }],
    },
    limit: {
      type: "number",
      exclusiveMinimum: 0,
      description: "Values lie between -limit and limit; needed by the scheme uniform, and only its",
      examples: [0.05, { log_uniform: [0.001, 0.1] }],
    },
    value: {
      type: "number",
      description: "What every value is; needed by the scheme constant, and only its",
      examples: [0.01, { choice: [0.001, 0.01] }],
    },
  },
};

const optimizer: MapSchema = {
  type: "object",
  description: "How gradients move the weights",
  examples: [{ name: "adam", learning_rate: { log_uniform: [0.0001, 0.01] } }],
  properties: {
    name: {
      enum: OPTIMIZER_NAMES,
      description: "The optimizer; adamw is adam with decoupled weight decay",
      default: "adam",
      neutral: "adam",
      examples: ["sgd", { choice: ["adam", "sgd"] }],
    },
    learning_rate: {
      type: "number",
      exclusiveMinimum: 0,
      description: "Learning rate; the schedule changes it over the training",
      default: 0.001,
      neutral: 0.001,
      examples: [0.01, { log_uniform: [0.0001, 0.01] }],
    },
    weight_decay: {
      type: "number",
      minimum: 0,
      description:
        "How strongly all parameters are pulled to 0. Of adam, sgd and rmsprop: what of each is added to its gradient " +
        "(L2), 0 where it is not given; of adamw: what of each, times the learning rate, each step takes away, 0.01 " +
        "where it is not given",
      examples: [0.01, { log_uniform: [0.0001, 0.1] }],
    },
    beta1: {
      type: "number",
      minimum: 0,
      exclusiveMaximum: 1,
      description: "Decay of the mean of the gradients, of adam and adamw; 0.9 where it is not given",
      examples: [0.9],
    },
    beta2: {
      type: "number",
      minimum: 0,
      exclusiveMaximum: 1,
      description: "Decay of the mean of their squares, of adam and adamw; 0.999 where it is not given",
      examples: [0.99],
    },
    alpha: {
      type: "number",
      minimum: 0,
      exclusiveMaximum: 1,
      description: "Decay of the mean of the gradients' squares, of rmsprop; 0.99 where it is not given",
      examples: [0.9],
    },
    epsilon: {
      type: "number",
      exclusiveMinimum: 0,
      description: "Guard against division by zero, of all but sgd; 1e-7 where it is not given",
      examples: [1e-8],
    },
    momentum: {
      type: "number",
      minimum: 0,
      exclusiveMaximum: 1,
      description: "Momentum of sgd and rmsprop; 0 where it is not given",
      examples: [0.9],
    },
    nesterov: {
      type: "boolean",
      description: "Whether sgd looks ahead along its momentum; false where it is not given",
      examples: [true, { choice: [true, false] }],
    },
  },
};

const schedule: MapSchema = {
  type: "object",
  description: "How the learning rate changes over the training",
  examples: [{ name: "cosine", warmup: 1 }, { name: "step", every: 10 }],
  properties: {
    name: {
      enum: SCHEDULE_NAMES,
      description:
        "constant: it stays; step: it is multiplied by gamma after every so many epochs; cosine: it falls to the end of " +
        "the last epoch along half a cosine",
      default: "constant",
      neutral: "constant",
      examples: ["cosine", { choice: ["constant", "cosine"] }],
    },
    warmup: {
      type: "number",
      minimum: 0,
      description:
        "Epochs, or a part of one, over which the rate first rises linearly from 0; no more than the training has",
      default: 0,
      neutral: 0,
      examples: [1, 0.5, { choice: [0, 1] }],
    },
    every: {
      type: "integer",
      minimum: 1,
      description: "Epochs from one drop to the next; needed by the schedule step, and only its",
      examples: [10, { choice: [5, 10] }],
    },
    gamma: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1,
      description: "What a drop of the schedule step multiplies the rate by; 0.1 where it is not given",
      examples: [0.5],
    },
    final: {
      type: "number",
      minimum: 0,
      maximum: 1,
      description: "What share of the rate the schedule cosine leaves at its end; 0 where it is not given",
      examples: [0.01],
    },
  },
};

/** A share of something, which changes nothing where it is 0. */
function share(description: string, limit: "maximum" | "exclusiveMaximum"): ScalarSchema {
  return {
    type: "number",
    minimum: 0,
    [limit]: 1,
    description,
    default: 0,
    neutral: 0,
    examples: [0.1, { choice: [0, 0.1, 0.5] }],
  };
}

/** The settings beside the architecture, as `MemberSettings` has them. */
export const OTHER_SETTINGS: Readonly<Record<"init" | "training", MapSchema>> = {
  init,
  training: {
    type: "object",
    description: "How the networks are trained: on the mean cross-entropy of batches",
    examples: [{ optimizer: { name: "sgd", learning_rate: 0.1 }, batch_size: 128 }],
    properties: {
      optimizer,
      schedule,
      batch_size: {
        type: "integer",
        minimum: 1,
        maximum: 100_000,
        description: "Examples in a batch",
        default: 64,
        neutral: 64,
        examples: [128, { choice: [32, 128] }],
      },
      dropout: share(
        "Share of the units that each step leaves out: of the hidden layers of an mlp; of the dense layers of a cnn, or " +
          "of its flattened maps where it has none; of the embedding and the blocks of a vit",
        "exclusiveMaximum",
      ),
      label_smoothing: share("Share of each label that is spread evenly over all classes", "maximum"),
      label_noise: share(
        "Share of the training examples, drawn by the member's seed, that get the label of another class",
        "maximum",
      ),
      fraction: {
        type: "number",
        exclusiveMinimum: 0,
        maximum: 1,
        description: "Share of the training examples, drawn by the member's seed, that are trained on",
        default: 1,
        neutral: 1,
        examples: [0.1, { choice: [0.01, 0.1, 1] }],
      },
    },
  },
};
