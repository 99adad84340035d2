import type { FromSchema } from "json-schema-to-ts";
import { SOURCE_NAMES } from "../../engine/data/sources.ts";

export const datasetSchema = {
  type: "object",
  description: "Provides a labelled set of images with a training and a test split",
  required: ["source"],
  additionalProperties: false,
  properties: {
    source: {
      enum: SOURCE_NAMES,
      description:
        "Which images. mnist: all 60,000 digits for training and 10,000 for testing, 28 x 28, downloaded once. " +
        "mnist-10k: 8,004 of them for training and 1,996 for testing, which come with weft",
      examples: ["mnist", "mnist-10k"],
    },
  },
} as const;

export type DatasetConfig = FromSchema<typeof datasetSchema>;
