import type { FromSchema } from "json-schema-to-ts";

export const samplingSchema = {
  type: "object",
  description: "Draws the members of a population from a family, each with a seed of its own",
  required: ["family", "method"],
  additionalProperties: false,
  properties: {
    family: {
      type: "string",
      description: "The stage that declares the family",
      examples: ["mlps"],
    },
    method: {
      enum: ["random", "grid"],
      description:
        "random: count draws, each setting by its domain. grid: every combination of the domains' values, without " +
        "regard to weights",
      examples: ["random"],
    },
    count: {
      type: "integer",
      minimum: 1,
      maximum: 1_000_000,
      description:
        "How many draws a random sampling makes; a larger count keeps the members of a smaller one",
      examples: [100],
    },
    replicates: {
      type: "integer",
      minimum: 1,
      maximum: 1_000_000,
      description: "How many members each draw or point of the grid gives: same settings, other seeds",
      default: 1,
      neutral: 1,
      examples: [3],
    },
    seed: {
      type: "integer",
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: "Decides all draws and the seeds of all members",
      default: 0,
      neutral: 0,
      examples: [7],
    },
  },
} as const;

export type SamplingConfig = FromSchema<typeof samplingSchema>;
