import { ACTIVATIONS, type ArchitectureKind, INIT_SCHEMES } from "../../artifacts/settings.ts";
import type { Json, JsonObject } from "../../core/json.ts";

/** A map of settings: what each of them, or each map of them inside, may be. No domains. */
export interface MapSchema {
  readonly type: "object";
  readonly description: string;
  readonly required?: readonly string[];
  readonly examples: readonly Json[];
  readonly properties: Readonly<Record<string, MapSchema | ScalarSchema>>;
}

/** A setting that is no map. `default`: its value where it is not given; `neutral`: see `withoutNeutral`. */
export type ScalarSchema = JsonObject & { readonly description: string; readonly examples: readonly Json[] };

// A setting that several kinds have is one setting: it has one path, one schema, one meaning.
const depth = {
  type: "integer",
  minimum: 1,
  maximum: 1000,
  description: "Number of layers: hidden ones of an mlp, convolutions of a cnn, blocks of a vit",
  examples: [2, { choice: [1, 2, 3] }],
} as const;
const activation = {
  enum: ACTIVATIONS,
  description: "Activation after each layer but the last",
  default: "relu",
  neutral: "relu",
  examples: ["tanh", { choice: ["relu", "tanh"] }],
} as const;

/** The settings of each kind of architecture but `kind` itself. */
export const ARCHITECTURES: Readonly<Record<ArchitectureKind, MapSchema>> = {
  mlp: {
    type: "object",
    description: "Multilayer perceptron: hidden layers of one width, then a linear output layer",
    required: ["depth", "width"],
    examples: [{ kind: "mlp", depth: 2, width: { choice: [5, 50, 200] } }],
    properties: {
      depth,
      width: {
        type: "integer",
        minimum: 1,
        maximum: 100_000,
        description: "Units of each hidden layer",
        examples: [50, { int_uniform: [5, 200] }],
      },
      activation,
    },
  },
  cnn: {
    type: "object",
    description: "Convolutional network: convolutions, perhaps a dense layer, then a linear output layer",
    required: ["depth", "channels"],
    examples: [{ kind: "cnn", depth: 3, channels: { choice: [4, 8, 16] }, pool: true }],
    properties: {
      depth,
      channels: {
        type: "integer",
        minimum: 1,
        maximum: 100_000,
        description: "Filters of each convolution",
        examples: [16, { choice: [4, 8, 16] }],
      },
      kernel: {
        type: "integer",
        minimum: 1,
        maximum: 1000,
        description: "Height and width of each filter",
        default: 3,
        neutral: 3,
        examples: [5, { choice: [3, 5] }],
      },
      stride: {
        type: "integer",
        minimum: 1,
        maximum: 1000,
        description: "How far a filter moves from one position to the next",
        default: 1,
        neutral: 1,
        examples: [2, { choice: [1, 2] }],
      },
      padding: {
        enum: ["valid", "same"],
        description:
          "valid: filters stay inside of the image, which shrinks; same: zeros around it, so that it keeps its size " +
          "divided by the stride",
        default: "valid",
        neutral: "valid",
        examples: ["same", { choice: ["valid", "same"] }],
      },
      pool: {
        type: "boolean",
        description: "Whether the maximum of each 2 x 2 follows each convolution, which halves the size",
        default: false,
        neutral: false,
        examples: [true, { choice: [true, false] }],
      },
      dense: {
        type: "integer",
        minimum: 0,
        maximum: 100_000,
        description: "Units of a dense layer between the convolutions and the output layer; 0: there is none",
        default: 0,
        neutral: 0,
        examples: [64, { choice: [0, 64] }],
      },
      activation,
    },
  },
  vit: {
    type: "object",
    description:
      "Vision transformer: embedded patches, blocks of attention and an MLP, a linear output layer",
    required: ["patch", "dim", "depth", "heads"],
    examples: [{ kind: "vit", patch: 7, dim: 32, depth: { choice: [1, 2, 4] }, heads: 4 }],
    properties: {
      patch: {
        type: "integer",
        minimum: 1,
        maximum: 1000,
        description: "Height and width of each patch; it divides those of the image",
        examples: [7, { choice: [4, 7] }],
      },
      dim: {
        type: "integer",
        minimum: 1,
        maximum: 100_000,
        description: "Dimension that patches are embedded in; the number of heads divides it",
        examples: [32, { choice: [16, 32, 64] }],
      },
      depth,
      heads: {
        type: "integer",
        minimum: 1,
        maximum: 1000,
        description: "Attention heads of each block; they share the dimension evenly",
        examples: [4, { choice: [2, 4] }],
      },
      mlp_ratio: {
        type: "number",
        exclusiveMinimum: 0,
        description: "Hidden units of each block's MLP, in multiples of the dimension",
        default: 4,
        neutral: 4,
        examples: [2, { choice: [1, 2, 4] }],
      },
      pooling: {
        enum: ["class", "mean"],
        description: "What the output layer reads: a class token, or the mean of all tokens",
        default: "class",
        neutral: "class",
        examples: ["mean", { choice: ["class", "mean"] }],
      },
    },
  },
};
export const ARCHITECTURE_KINDS = Object.keys(ARCHITECTURES) as readonly ArchitectureKind[];

/** The settings beside the architecture, as `MemberSettings` has them. */
export const OTHER_SETTINGS: Readonly<Record<"init" | "training", MapSchema>> = {
  init: {
    type: "object",
    description: "How the kernels start; biases, scales and embeddings start the same whatever is said here",
    examples: [{ scheme: "normal", std: 0.01 }],
    properties: {
      scheme: {
        enum: INIT_SCHEMES,
        description:
          "How a kernel's values are drawn; glorot, he and lecun take their spread from its fan-in and fan-out",
        default: "he_normal",
        neutral: "he_normal",
        examples: ["glorot_uniform", { choice: ["he_normal", "glorot_normal"] }],
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
    },
  },
  training: {
    type: "object",
    description: "How the networks are trained: on the mean cross-entropy of batches",
    examples: [{ optimizer: { name: "sgd", learning_rate: 0.1 }, batch_size: 128 }],
    properties: {
      optimizer: {
        type: "object",
        description: "How gradients move the weights",
        examples: [{ name: "adam", learning_rate: { log_uniform: [0.0001, 0.01] } }],
        properties: {
          name: {
            enum: ["adam", "sgd"],
            description: "The optimizer",
            default: "adam",
            neutral: "adam",
            examples: ["sgd", { choice: ["adam", "sgd"] }],
          },
          learning_rate: {
            type: "number",
            exclusiveMinimum: 0,
            description: "Learning rate, constant over the training",
            default: 0.001,
            neutral: 0.001,
            examples: [0.01, { log_uniform: [0.0001, 0.01] }],
          },
          beta1: {
            type: "number",
            minimum: 0,
            exclusiveMaximum: 1,
            description: "Decay of Adam's mean of the gradients; 0.9 where it is not given",
            examples: [0.9],
          },
          beta2: {
            type: "number",
            minimum: 0,
            exclusiveMaximum: 1,
            description: "Decay of Adam's mean of their squares; 0.999 where it is not given",
            examples: [0.99],
          },
          epsilon: {
            type: "number",
            exclusiveMinimum: 0,
            description: "Adam's guard against division by zero; 1e-7 where it is not given",
            examples: [1e-8],
          },
          momentum: {
            type: "number",
            minimum: 0,
            exclusiveMaximum: 1,
            description: "Momentum of sgd; 0 where it is not given",
            examples: [0.9],
          },
        },
      },
      batch_size: {
        type: "integer",
        minimum: 1,
        maximum: 100_000,
        description: "Examples in a batch",
        default: 64,
        neutral: 64,
        examples: [128, { choice: [32, 128] }],
      },
    },
  },
};
