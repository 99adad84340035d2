import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Dataset, Split, SplitArrays } from "../../artifacts/dataset.ts";
import type { Environment } from "../../core/cache_dir.ts";
import { UserError } from "../../core/diagnostic.ts";
import { findFile } from "./files.ts";
import { checkLabels, decodeIdx } from "./idx.ts";
import { type OpenDataset, type Source, type SourceFile, type SourceName, SOURCES } from "./sources.ts";

/**
 * The arrays of a data set, decoded and checked against its digests. Reads files, and from the environment where they
 * are: WEFT_DATA, and what `cacheDir` reads.
 * @throws {UserError} If a file is missing, damaged or another one
 */
export async function openDataset(dataset: Dataset, env: Environment = Deno.env): Promise<OpenDataset> {
  const source = SOURCES[dataset.source as SourceName] as Source | undefined;
  if (source === undefined) {
    throw new TypeError(`Cannot open a data set: no source is named "${dataset.source}"`);
  }
  const { files } = source;
  const splits = files === null
    ? await openPackage()
    : await bothSplits((split) => openIdx(source, files[split], env));
  for (const name of ["train", "test"] as const) {
    checkDigest(source, name, splits[name], dataset.splits[name]);
  }
  return splits;
}

async function openPackage(): Promise<OpenDataset> {
  const { readMnistPackage } = await import("./mnist_package.ts");
  return await readMnistPackage();
}

async function bothSplits(open: (split: "train" | "test") => Promise<SplitArrays>): Promise<OpenDataset> {
  const [train, test] = await Promise.all([open("train"), open("test")]);
  return { train, test };
}

async function openIdx(
  source: Source,
  files: { images: SourceFile; labels: SourceFile },
  env: Environment,
): Promise<SplitArrays> {
  const { dataset, title } = source;
  const paths = await Promise.all([findFile(source, files.images, env), findFile(source, files.labels, env)]);
  const [imageBytes, labelBytes] = await Promise.all(paths.map(readUnzipped));
  const images = decodeIdx(imageBytes!, paths[0], 3);
  const labels = decodeIdx(labelBytes!, paths[1], 1);
  checkLabels(labels, dataset.classes.length, paths[1]);
  const [height, width] = dataset.shape;
  const [count, ...size] = images.shape;
  if (size[0] !== height || size[1] !== width) {
    throw new UserError(
      `Cannot read "${paths[0]}": its images are ${size.join(" x ")}, not ${height} x ${width}`,
    );
  }
  if (count !== labels.shape[0]) {
    throw new UserError(
      `Cannot read ${title}: "${paths[0]}" has ${count} images, "${paths[1]}" ${labels.shape[0]} labels`,
      "take both files from the same data set",
    );
  }
  return { images: images.values, labels: labels.values };
}

async function readUnzipped(path: string): Promise<Uint8Array> {
  const bytes = await Deno.readFile(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes; // not gzip: the file as it is inside
  try {
    return await promisify(gunzip)(bytes);
  } catch (error) {
    throw new UserError(
      `Cannot unzip "${path}": ${(error as Error).message}`,
      "replace the file by the official one, or remove it to have it downloaded again",
    );
  }
}

function checkDigest(source: Source, name: string, { images, labels }: SplitArrays, split: Split): void {
  const found = createHash("sha256").update(images).update(labels).digest("hex");
  if (found === split.digest) return;
  throw new UserError(
    `Cannot use the ${name} split of ${source.title}: its arrays have SHA-256 ${found}, not ${split.digest}`,
    source.files === null
      ? "install the dependencies again: the package is not the pinned version"
      : "the files are not the official ones; remove them to have those downloaded",
  );
}
