import type { SourceDataset, SplitArrays } from "../../artifacts/dataset.ts";
import type { Digest } from "../../core/digest.ts";
import { filesIdentity } from "../../core/identity.ts";

/** A built-in data set: what it is, known before any file is here, and where its files come from. */
export interface Source {
  readonly title: string;
  readonly dataset: SourceDataset;
  readonly files: SourceFiles;
  /** Folders on the web that hold the files; all give the same bytes. */
  readonly mirrors: readonly string[];
}

/**
 * In which form a source comes. package: with weft's dependencies; idx: a file of images and one of labels for each
 * split; cifar: one archive with files of records.
 */
export type SourceFiles =
  | { readonly format: "package" }
  | ({ readonly format: "idx" } & PerSplit<IdxFiles>)
  | CifarFiles;

type PerSplit<Value> = Readonly<Record<keyof SourceDataset["splits"], Value>>;

export interface IdxFiles {
  readonly images: SourceFile;
  readonly labels: SourceFile;
}

export interface CifarFiles extends PerSplit<readonly BatchFile[]> {
  readonly format: "cifar";
  readonly archive: SourceFile;
  /** Where the batches lie in the archive. */
  readonly folder: string;
  /** A copy that is taken for the data set, and told of. */
  readonly copy?: {
    /** Of its archive in bytes, zipped and not. */
    readonly sizes: readonly number[];
    /** How it differs: "98 of its 60,000 images are approximate". */
    readonly note: string;
  };
}

/** A file of records, each with a label and an image. */
export interface BatchFile {
  readonly name: string;
  readonly md5: string;
  /** What it is in the copy. */
  readonly copyMd5?: string;
}

export interface SourceFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Names of the built-in data sets, as the setting `source` takes them. */
export const SOURCE_NAMES = ["mnist", "mnist-10k", "fashion-mnist", "cifar-10"] as const;
export type SourceName = typeof SOURCE_NAMES[number];

const DIGITS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** The MD5s are those of the files in the official archive, which its users check them by. */
const CIFAR_10: CifarFiles = {
  format: "cifar",
  archive: {
    name: "cifar-10-binary.tar.gz",
    bytes: 170_052_171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
  },
  folder: "cifar-10-batches-bin",
  train: [
    {
      name: "data_batch_1.bin",
      md5: "5dd7e06a14cb22eb9f671a540d1b7c25",
      copyMd5: "e8800bf27ec6f45491f149f7317b9608",
    },
    {
      name: "data_batch_2.bin",
      md5: "5ea93a67294ea407fff1d09f752e9692",
      copyMd5: "16da7f6fe1e477cbb1e0f1dc460ddba6",
    },
    {
      name: "data_batch_3.bin",
      md5: "942cd6a4bcdd0dd3c604fbe906cb4421",
      copyMd5: "d89dc53bd17e60b84343cd94e9eafc38",
    },
    {
      name: "data_batch_4.bin",
      md5: "ae636b3ba5c66a11e91e8cb52e771fcb",
      copyMd5: "6a16ea006743888dfbad08e7c3eb56be",
    },
    {
      name: "data_batch_5.bin",
      md5: "53f37980c15c3d472c316c40844f3f0d",
      copyMd5: "45015b38af39ac52ea2bbcbab3f0986a",
    },
  ],
  test: [
    {
      name: "test_batch.bin",
      md5: "803d5f7f4d78ea53de84dbe85f74fb6d",
      copyMd5: "241b0d578558a7a68189b6f2b0588284",
    },
  ],
  copy: {
    sizes: [165_388_454, 184_391_680],
    note: "98 of its 60,000 images are approximate, so that a test accuracy can be off by 0.21 points",
  },
};

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
        },
        test: {
          count: 10_000,
          digest: "c3f9adf9c66efb572b1f9326c3a511b45910c7173b97be66ceceeeeaef6b802b" as Digest,
        },
      },
    },
    files: {
      format: "idx",
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
        },
        test: {
          count: 1_996,
          digest: "0a69670319c69c620b729fc55a25ecf00c028b54bce97278fc0d429bfd9a20c2" as Digest,
        },
      },
    },
    files: { format: "package" },
    mirrors: [],
  },
  "fashion-mnist": {
    title: "Fashion-MNIST",
    dataset: {
      source: "fashion-mnist",
      shape: [28, 28, 1],
      classes: [
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
      ],
      splits: {
        train: {
          count: 60_000,
          digest: "16d82e2b505296aa2b78bd5ea0992634f30419a4c97def7c907d154a35ac6157" as Digest,
        },
        test: {
          count: 10_000,
          digest: "9f1ec356a747bfe4ebab3cfb722d3694c9ca737e2570f6f90cf31d7b6fd689d4" as Digest,
        },
      },
    },
    files: {
      format: "idx",
      train: {
        images: {
          name: "train-images-idx3-ubyte.gz",
          bytes: 26_421_880,
          sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        },
        labels: {
          name: "train-labels-idx1-ubyte.gz",
          bytes: 29_515,
          sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        },
      },
      test: {
        images: {
          name: "t10k-images-idx3-ubyte.gz",
          bytes: 4_422_102,
          sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        },
        labels: {
          name: "t10k-labels-idx1-ubyte.gz",
          bytes: 5_148,
          sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        },
      },
    },
    mirrors: [
      "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
      "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
      "https://storage.googleapis.com/tensorflow/tf-keras-datasets",
    ],
  },
  "cifar-10": {
    title: "CIFAR-10",
    dataset: {
      source: "cifar-10",
      shape: [32, 32, 3],
      classes: [
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
      ],
      splits: {
        train: {
          count: 50_000,
          digest: digestOfBatches(CIFAR_10.train),
        },
        test: {
          count: 10_000,
          digest: digestOfBatches(CIFAR_10.test),
        },
      },
    },
    files: CIFAR_10,
    mirrors: [
      "https://www.cs.toronto.edu/~kriz",
      "https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10",
      "https://mindspore-website.obs.cn-north-4.myhuaweicloud.com/notebook/datasets",
    ],
  },
};

/** What a split is known by that comes in files of records: SHA-256 of their MD5s, a line each. */
export function digestOfBatches(batches: readonly BatchFile[]): Digest {
  return filesIdentity(batches.map(({ md5 }) => md5));
}

/** Both splits of a source, decoded. */
export interface SourceArrays {
  readonly train: SplitArrays;
  readonly test: SplitArrays;
}
