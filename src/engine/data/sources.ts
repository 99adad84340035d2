import type { Dataset, SplitArrays } from "../../artifacts/dataset.ts";
import type { Digest } from "../../core/digest.ts";

/** A built-in data set: what it is, known before any file is here, and where its files come from. */
export interface Source {
  readonly title: string;
  readonly dataset: Dataset;
  /** Images and labels of both splits; null: the data comes with weft's dependencies. */
  readonly files:
    | Readonly<Record<keyof Dataset["splits"], { images: SourceFile; labels: SourceFile }>>
    | null;
  /** Folders on the web that hold the files; all give the same bytes. */
  readonly mirrors: readonly string[];
}

export interface SourceFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Names of the built-in data sets, as the setting `source` takes them. */
export const SOURCE_NAMES = ["mnist", "mnist-10k"] as const;
export type SourceName = typeof SOURCE_NAMES[number];

const DIGITS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

export const SOURCES: Readonly<Record<SourceName, Source>> = {
  "mnist": {
    title: "MNIST",
    dataset: {
      source: "mnist",
      shape: [28, 28, 1],
      classes: DIGITS,
      splits: {
        train: {
          count: 60_000,
          digest: "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b" as Digest,
          classCounts: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
        },
        test: {
          count: 10_000,
          digest: "c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b" as Digest,
          classCounts: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
        },
      },
    },
    files: {
      train: {
        images: {
          name: "train-images-idx3-ubyte.gz",
          bytes: 9_912_422,
          sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        },
        labels: {
          name: "train-labels-idx1-ubyte.gz",
          bytes: 28_881,
          sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        },
      },
      test: {
        images: {
          name: "t10k-images-idx3-ubyte.gz",
          bytes: 1_648_877,
          sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        },
        labels: {
          name: "t10k-labels-idx1-ubyte.gz",
          bytes: 4_542,
          sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        },
      },
    },
    mirrors: [
      "https://ossci-datasets.s3.amazonaws.com/mnist",
      "https://storage.googleapis.com/cvdf-datasets/mnist",
      "https://azureopendatastorage.blob.core.windows.net/mnist",
    ],
  },
  "mnist-10k": {
    title: "10,000 digits of MNIST",
    dataset: {
      source: "mnist-10k",
      shape: [28, 28, 1],
      classes: DIGITS,
      splits: {
        train: {
          count: 8_004,
          digest: "24e4220bc62b96ccab098a5c2ab1e95748f6ae1dca7f8909e60500b04432ad10" as Digest,
          classCounts: [801, 902, 793, 826, 784, 691, 812, 856, 756, 783],
        },
        test: {
          count: 1_996,
          digest: "0a69670319c69c620b729fc55a25ecf00c028b54bce97278fc0d429bfd9a20c2" as Digest,
          classCounts: [200, 225, 198, 206, 196, 172, 202, 214, 188, 195],
        },
      },
    },
    files: null,
    mirrors: [],
  },
};

/** Both splits of a data set, decoded. */
export interface OpenDataset {
  readonly train: SplitArrays;
  readonly test: SplitArrays;
}
