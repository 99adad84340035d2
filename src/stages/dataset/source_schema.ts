import { SOURCE_NAMES } from "../../engine/data/sources.ts";

const path = (description: string, example: string) =>
  ({ type: "string", minLength: 1, description, examples: [example] }) as const;

/** A schema stands in one place: which format was meant shows in whose schemas fail. */
const share = () =>
  ({
    type: "object",
    description: "Takes the test split out of the training data: each class gives its share",
    required: ["share"],
    additionalProperties: false,
    properties: {
      share: {
        type: "number",
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description: "How much of the training data",
        examples: [0.2],
      },
      seed: {
        type: "integer",
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: "Decides which examples; with equal files the same ones every time",
        default: 0,
        neutral: 0,
        examples: [1],
      },
    },
  }) as const;

const classes = {
  type: "array",
  items: { type: "string", minLength: 1 },
  minItems: 2,
  maxItems: 256,
  uniqueItems: true,
  description: "Names of the classes, in the order of the labels, from 0. Default: the numbers",
  examples: [["cat", "dog"]],
} as const;

const pair = () =>
  ({
    type: "object",
    description: "A file of images and one of labels",
    required: ["images", "labels"],
    additionalProperties: false,
    properties: {
      images: path("File of the images, gzipped or not", "train-images-idx3-ubyte.gz"),
      labels: path("File of the labels, gzipped or not", "train-labels-idx1-ubyte.gz"),
    },
  }) as const;

const npzFile = {
  anyOf: [
    path('File with the arrays "images" and "labels"', "data/train.npz"),
    {
      type: "object",
      description: "A file, and the names of the arrays in it",
      required: ["file", "images", "labels"],
      additionalProperties: false,
      properties: {
        file: path("File with the arrays", "data/mnist.npz"),
        images: path("Name of the array of images", "x_train"),
        labels: path("Name of the array of labels", "y_train"),
      },
    },
  ],
} as const;

const batches = {
  anyOf: [
    path("A file of records", "data/train.bin"),
    {
      type: "array",
      items: { type: "string", minLength: 1 },
      minItems: 1,
      description: "Files of records, one after the other",
    },
  ],
} as const;

const train = "What is trained on";
const test = "What is tested on: files of their own, or a share of the training data";

/** Of the user's own files, by their format. Paths begin at the folder of the file that holds the stage. */
const own = [
  {
    type: "object",
    description: "idx files, as those of MNIST",
    required: ["format", "train", "test"],
    additionalProperties: false,
    properties: {
      format: { const: "idx", description: "Files of unsigned bytes, with a header that tells their shape" },
      train: { ...pair(), description: train },
      test: { description: test, examples: [{ share: 0.2 }], anyOf: [pair(), share()] },
      classes,
    },
  },
  {
    type: "object",
    description: "npy files of NumPy",
    required: ["format", "train", "test"],
    additionalProperties: false,
    properties: {
      format: {
        const: "npy",
        description:
          "Images uint8 [n, height, width] or [n, height, width, channels], labels of whole numbers [n]",
      },
      train: { ...pair(), description: train },
      test: { description: test, examples: [{ share: 0.2 }], anyOf: [pair(), share()] },
      classes,
    },
  },
  {
    type: "object",
    description: "npz files of NumPy",
    required: ["format", "train", "test"],
    additionalProperties: false,
    properties: {
      format: { const: "npz", description: "Archives of arrays; these are as in npy files" },
      train: { description: train, examples: ["data/train.npz"], ...npzFile },
      test: {
        description: test,
        examples: ["data/test.npz", { share: 0.2 }],
        anyOf: [...npzFile.anyOf, share()],
      },
      classes,
    },
  },
  {
    type: "object",
    description: "Files of records, as those of the CIFAR-10 binary version",
    required: ["format", "train", "test", "shape"],
    additionalProperties: false,
    properties: {
      format: {
        const: "cifar",
        description: "Each record is a label byte, then the image channel by channel",
      },
      train: { description: train, examples: ["data/train.bin", ["data/1.bin", "data/2.bin"]], ...batches },
      test: {
        description: test,
        examples: ["data/test.bin", { share: 0.2 }],
        anyOf: [...batches.anyOf, share()],
      },
      shape: {
        type: "array",
        items: { type: "integer", minimum: 1, maximum: 4096 },
        minItems: 3,
        maxItems: 3,
        description: "Height, width and channels of an image",
        examples: [[32, 32, 3]],
      },
      classes,
    },
  },
  {
    type: "object",
    description: "PNG images in a folder for each class",
    required: ["format", "folder"],
    additionalProperties: false,
    properties: {
      format: { const: "png", description: "Images of one size, grey or RGB of 8 bits, or with a palette" },
      folder: path(
        "Holds the folders train and test, and these a folder for each class; or, with a share, the classes",
        "shapes",
      ),
      test: share(),
    },
  },
] as const;

/** The setting `source`: a name, or the user's own files. */
export const sourceSchema = {
  description: "Which images: a data set that weft knows, or your own files",
  examples: [
    "mnist",
    "cifar-10",
    { format: "npz", train: "data/train.npz", test: "data/test.npz" },
    { format: "png", folder: "shapes" },
  ],
  anyOf: [
    {
      enum: SOURCE_NAMES,
      description: "mnist: 60,000 digits for training and 10,000 for testing, 28 x 28, grey. " +
        "fashion-mnist: as many garments of the same size (Xiao and others, 2017). " +
        "cifar-10: 50,000 animals and vehicles for training and 10,000 for testing, 32 x 32, in colour " +
        "(Krizhevsky, 2009). Each of these is downloaded once. " +
        "mnist-10k: 8,004 digits of mnist for training and 1,996 for testing, which come with weft",
    },
    ...own,
  ],
} as const;
