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
      description: "Which images. mnist: 60,000 digits for training and 10,000 for testing, 28 x 28, grey. " +
        "fashion-mnist: as many garments of the same size (Xiao and others, 2017). " +
        "cifar-10: 50,000 animals and vehicles for training and 10,000 for testing, 32 x 32, in colour " +
        "(Krizhevsky, 2009). Each of these is downloaded once. " +
        "mnist-10k: 8,004 digits of mnist for training and 1,996 for testing, which come with weft",
      examples: ["mnist", "cifar-10"],
    },
  },
} as const;

export type DatasetConfig = FromSchema<typeof datasetSchema>;
