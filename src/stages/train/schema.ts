import type { FromSchema } from "json-schema-to-ts";

export const trainSchema = {
  type: "object",
  description: "Trains every member of a sample, and records its weights and a row per epoch",
  required: ["sample", "epochs"],
  additionalProperties: false,
  properties: {
    sample: {
      type: "string",
      description: "The stage whose members are trained",
      examples: ["draw"],
    },
    epochs: {
      type: "integer",
      minimum: 1,
      maximum: 100_000,
      description: "How many times each member goes through the training split",
      examples: [10],
    },
  },
} as const;

export type TrainConfig = FromSchema<typeof trainSchema>;
