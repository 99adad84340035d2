import type { Problem } from "../../../core/diagnostic.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { FileRequest } from "../../../core/own_files.ts";

/** Files of the user that hold a data set, as the setting `source` names them. */
export type OwnSource = PairSource | NpzSource | CifarSource | PngSource;

/** A file of images and one of labels for each split. */
export interface PairSource {
  readonly format: "idx" | "npy";
  readonly train: PairFiles;
  readonly test: PairFiles | Share;
  readonly classes?: readonly string[];
}

export interface PairFiles {
  readonly images: string;
  readonly labels: string;
}

/** A file for each split, or one for both, with arrays by name. */
export interface NpzSource {
  readonly format: "npz";
  readonly train: string | NpzFile;
  readonly test: string | NpzFile | Share;
  readonly classes?: readonly string[];
}

/** A file, and the names of the arrays in it. */
export interface NpzFile extends PairFiles {
  readonly file: string;
}

/** Files of records, each a label and an image, for each split. */
export interface CifarSource {
  readonly format: "cifar";
  readonly train: string | readonly string[];
  readonly test: string | readonly string[] | Share;
  readonly shape: readonly number[];
  readonly classes?: readonly string[];
}

/** A folder of a folder for each class or, without a share, of two such folders: `train` and `test`. */
export interface PngSource {
  readonly format: "png";
  readonly folder: string;
  readonly test?: Share;
}

/** The test split is taken out of the training data, each class by its share. */
export interface Share {
  readonly share: number;
  readonly seed: number;
}

export function isShare(test: unknown): test is Share {
  return typeof test === "object" && test !== null && "share" in test;
}

/** What must be known of the files before a data set can be planned. */
export function requestOf(source: OwnSource): FileRequest {
  return { paths: pathsOf(source), question: source as unknown as JsonObject };
}

type Path = FileRequest["paths"][number];

function pathsOf(source: OwnSource): Path[] {
  if (source.format === "png") return [{ path: source.folder, at: ["source", "folder"] }];
  const splits = [[source.train, ["source", "train"]], [source.test, ["source", "test"]]] as const;
  return splits.flatMap(([split, at]) => isShare(split) ? [] : pathsIn(split, at));
}

function pathsIn(split: string | readonly string[] | PairFiles | NpzFile, at: Problem["at"]): Path[] {
  if (typeof split === "string") return [{ path: split, at }];
  if (isList(split)) return split.map((path, i) => ({ path, at: [...at, i] }));
  if ("file" in split) return [{ path: split.file, at: [...at, "file"] }];
  return (["images", "labels"] as const).map((name) => ({ path: split[name], at: [...at, name] }));
}

function isList(split: unknown): split is readonly string[] {
  return Array.isArray(split);
}
