import { ACTIVATIONS, INIT_SCHEMES } from "../../artifacts/settings.ts";

/** The settings of one member, as `MemberSettings`: no domains. The schema of a family is made from it. */
export const settingsSchema = {
  type: "object",
  required: ["architecture"],
  additionalProperties: false,
  properties: {
    architecture: {
      type: "object",
      description: "The networks: mlp is a multilayer perceptron with a linear output layer",
      required: ["kind", "depth", "width"],
      additionalProperties: false,
      examples: [{ kind: "mlp", depth: 2, width: { choice: [5, 50, 200] } }],
      properties: {
        kind: { enum: ["mlp"], description: "The kind of network", examples: ["mlp"] },
        depth: {
          type: "integer",
          minimum: 1,
          maximum: 1000,
          description: "Number of hidden layers",
          examples: [2, { choice: [1, 2, 3] }],
        },
        width: {
          type: "integer",
          minimum: 1,
          maximum: 100_000,
          description: "Units of each hidden layer",
          examples: [50, { int_uniform: [5, 200] }],
        },
        activation: {
          enum: ACTIVATIONS,
          description: "Activation after each hidden layer",
          default: "relu",
          neutral: "relu",
          examples: ["tanh", { choice: ["relu", "tanh"] }],
        },
      },
    },
    init: {
      type: "object",
      description: "How the kernels start; biases start at zero",
      additionalProperties: false,
      default: {},
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
      additionalProperties: false,
      default: {},
      examples: [{ optimizer: { name: "sgd", learning_rate: 0.1 }, batch_size: 128 }],
      properties: {
        optimizer: {
          type: "object",
          description: "How gradients move the weights",
          additionalProperties: false,
          default: {},
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
  },
} as const;
