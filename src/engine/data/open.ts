import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Dataset, SplitArrays } from "../../artifacts/dataset.ts";
import type { Environment } from "../../core/cache_dir.ts";
import { UserError } from "../../core/diagnostic.ts";
import type { Digest } from "../../core/digest.ts";
import { splitIdentity } from "../../core/identity.ts";
import { type Batch, decodeCifar } from "./cifar.ts";
import { findBatches, findFile } from "./files.ts";
import { checkLabels, decodeIdx } from "./idx.ts";
import {
  type BatchFile,
  type CifarFiles,
  digestOfBatches,
  type IdxFiles,
  type OpenDataset,
  type Source,
  type SourceName,
  SOURCES,
} from "./sources.ts";
import { readTar } from "./tar.ts";

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
  return await openSource({ ...source, dataset }, env);
}

/** The arrays of a source, checked as openDataset() does. */
export async function openSource(source: Source, env: Environment): Promise<OpenDataset> {
  const { train, test } = await openFiles(source, env);
  checkDigest(source, "train", train.digest);
  checkDigest(source, "test", test.digest);
  return { train: train.arrays, test: test.arrays };
}

/** A split, and what it is known by. */
interface KnownSplit {
  readonly arrays: SplitArrays;
  readonly digest: Digest;
}

async function openFiles(source: Source, env: Environment): Promise<Record<"train" | "test", KnownSplit>> {
  const { files } = source;
  switch (files.format) {
    case "package": {
      const { readMnistPackage } = await import("./mnist_package.ts");
      const { train, test } = await readMnistPackage();
      return { train: knownByArrays(train), test: knownByArrays(test) };
    }
    case "idx":
      return await bothSplits(async (split) => knownByArrays(await openIdx(source, files[split], env)));
    case "cifar": {
      const read = await batchReader(source, files, env);
      return await bothSplits((split) => openBatches(source, files, split, read));
    }
    default:
      return files satisfies never;
  }
}

async function bothSplits<Value>(
  open: (split: "train" | "test") => Promise<Value>,
): Promise<Record<"train" | "test", Value>> {
  const [train, test] = await Promise.all([open("train"), open("test")]);
  return { train, test };
}

function knownByArrays(arrays: SplitArrays): KnownSplit {
  return { arrays, digest: splitIdentity(arrays) };
}

/** Each batch is checked to be the official one, or that of the known copy, whose split passes for the official one. */
async function openBatches(
  { dataset }: Source,
  files: CifarFiles,
  split: "train" | "test",
  read: (name: string) => Promise<Batch>,
): Promise<KnownSplit> {
  const batches = await Promise.all(files[split].map(({ name }) => read(name)));
  const records = dataset.splits[split].count / batches.length;
  const arrays = decodeCifar(batches, dataset.shape, dataset.classes.length, records);
  for (const [i, batch] of batches.entries()) checkBatch(batch, files[split][i]!);
  return { arrays, digest: digestOfBatches(files[split]) };
}

function checkBatch({ path, bytes }: Batch, { md5, copyMd5 }: BatchFile): void {
  const found = createHash("md5").update(bytes).digest("hex");
  if (found === md5 || found === copyMd5) return;
  throw new UserError(
    `Cannot use "${path}": its MD5 is ${found}, not ${md5}`,
    "replace the file by the official one, or remove it to have it downloaded again",
  );
}

/** Gives batches by their names, from the archive or from files of their own. */
async function batchReader(
  source: Source,
  files: CifarFiles,
  env: Environment,
): Promise<(name: string) => Promise<Batch>> {
  const place = await findBatches(source, files, env);
  if ("folder" in place) {
    return async (name) => ({
      path: `${place.folder}/${name}`,
      bytes: await readUnzipped(`${place.folder}/${name}`),
    });
  }
  const { archive } = place;
  const entries = readTar(await readUnzipped(archive), archive);
  // deno-lint-ignore require-await -- the other reader waits for a file
  return async (name) => {
    const entry = `${files.folder}/${name}`;
    const bytes = entries.get(entry);
    if (bytes !== undefined) return { path: `${archive}:${entry}`, bytes };
    throw new UserError(
      `Cannot read "${archive}": it has no file "${entry}"`,
      "replace the file by the official one, or remove it to have it downloaded again",
    );
  };
}

async function openIdx(source: Source, files: IdxFiles, env: Environment): Promise<SplitArrays> {
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

/** More than any source unzips to; what a file made to harm unzips to has no end. */
const MOST_BYTES = 2 ** 28;

async function readUnzipped(path: string): Promise<Uint8Array> {
  const bytes = await Deno.readFile(path);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes; // not gzip: the file as it is inside
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw new UserError(
      `Cannot unzip "${path}": ${(error as Error).message}`,
      "replace the file by the official one, or remove it to have it downloaded again",
    );
  }
}

function checkDigest({ title, dataset, files }: Source, name: "train" | "test", found: Digest): void {
  const { digest } = dataset.splits[name];
  if (found === digest) return;
  throw new UserError(
    `Cannot use the ${name} split of ${title}: its arrays have SHA-256 ${found}, not ${digest}`,
    files.format === "package"
      ? "install the dependencies again: the package is not the pinned version"
      : "the files are not the official ones; remove them to have those downloaded",
  );
}
