import { ACTIVATIONS, type ArchitectureKind } from "../../artifacts/settings.ts";
import type { Json } from "../../core/json.ts";
import { type ListSchema, type MapSchema, MAX_LAYERS, type ScalarSchema } from "./settings_schema.ts";

const MAX_UNITS = 100_000;

// A setting that several kinds have is one setting: it has one path, one schema, one meaning.
const depth = {
  type: "integer",
  minimum: 1,
  maximum: MAX_LAYERS,
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

/** The settings of one convolution of a list. */
const convolution: Readonly<Record<string, ScalarSchema>> = {
  channels: {
    type: "integer",
    minimum: 1,
    maximum: MAX_UNITS,
    description: "Filters of a convolution",
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
    description: "Whether the maximum of each 2 x 2 follows, which halves the size",
    default: false,
    neutral: false,
    examples: [true, { choice: [true, false] }],
  },
};

const convolutions: ListSchema = {
  type: "array",
  description: "The convolutions one by one, in place of depth and the settings of all of them",
  examples: [
    [{ channels: 16, pool: true }, { channels: { choice: [16, 32] } }],
    { choice: [[{ channels: 8 }], [{ channels: 8, pool: true }, { channels: 16 }]] },
  ],
  items: {
    type: "object",
    description: "A convolution, the activation and perhaps a max pooling",
    required: ["channels"],
    examples: [{ channels: 16, pool: true }],
    properties: convolution,
  },
};

const denseUnits = { type: "integer", minimum: 0, maximum: MAX_UNITS };

/** The settings of each kind of architecture but `kind` itself. */
export const ARCHITECTURES: Readonly<Record<ArchitectureKind, MapSchema>> = {
  mlp: {
    type: "object",
    description: "Multilayer perceptron: hidden layers, then a linear output layer",
    forms: [{ depth: null, width: null }, { widths: null }],
    examples: [{ kind: "mlp", depth: 2, width: { choice: [5, 50, 200] } }],
    properties: {
      depth,
      width: {
        type: "integer",
        minimum: 1,
        maximum: MAX_UNITS,
        description: "Units of each hidden layer; widths says them one by one",
        examples: [50, { int_uniform: [5, 200] }],
      },
      widths: {
        type: "array",
        description: "Units of the hidden layers one by one, in place of depth and width",
        examples: [[300, 100], { choice: [[50], [100, 50]] }, [300, { choice: [50, 100] }]],
        items: {
          type: "integer",
          minimum: 1,
          maximum: MAX_UNITS,
          description: "Units of a hidden layer",
          examples: [100, { choice: [50, 100] }],
        },
      },
      activation,
    },
  },
  cnn: {
    type: "object",
    description: "Convolutional network: convolutions, perhaps dense layers, then a linear output layer",
    forms: [
      { depth: null, ...defaultsOf(convolution) },
      { convolutions: null },
    ],
    examples: [{ kind: "cnn", depth: 3, channels: { choice: [4, 8, 16] }, pool: true }],
    properties: {
      depth,
      ...ofAll(convolution),
      convolutions,
      dense: {
        type: "array",
        description:
          "Units of the dense layer between the convolutions and the output layer, or a list for several; " +
          "0: there is none",
        default: 0,
        neutral: 0,
        examples: [64, [64, 32], { choice: [0, 64] }],
        instead: denseUnits,
        items: {
          ...denseUnits,
          minimum: 1,
          description: "Units of a dense layer",
          examples: [64, { choice: [32, 64] }],
        },
      },
      activation,
    },
  },
  vit: {
    type: "object",
    description:
      "Vision transformer: embedded patches, blocks of attention and an MLP, a linear output layer",
    required: ["patch", "depth", "heads"],
    forms: [{ dim: null }, { head_dim: null }],
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
        maximum: MAX_UNITS,
        description:
          "Dimension that patches are embedded in; the number of heads divides it, or head_dim says how much each has",
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
      head_dim: {
        type: "integer",
        minimum: 1,
        maximum: MAX_UNITS,
        description: "Dimension of each head, in place of dim, which is then that of all heads together",
        examples: [8, { choice: [4, 8, 16] }],
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

function defaultsOf(settings: Readonly<Record<string, ScalarSchema>>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, schema]) => [name, schema["default"] ?? null]),
  );
}

/** The settings of all convolutions, for where there is no list: only there their defaults hold. */
function ofAll(settings: Readonly<Record<string, ScalarSchema>>): Record<string, ScalarSchema> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, { default: usual, neutral: _, ...schema }]) => {
      const told = usual === undefined
        ? "; convolutions says them one by one"
        : `; ${usual} where it is not given`;
      return [name, { ...schema, description: `${schema.description}${told}` } as ScalarSchema];
    }),
  );
}
