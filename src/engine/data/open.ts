import type { Dataset, SplitArrays } from "../../artifacts/dataset.ts";
import type { Environment } from "../../core/cache_dir.ts";
import { UserError } from "../../core/diagnostic.ts";
import type { Digest } from "../../core/digest.ts";
import { fileState } from "../../core/file_state.ts";
import { splitIdentity } from "../../core/identity.ts";
import { type Batch, decodeCifar } from "./cifar.ts";
import { damaged, damagedAt } from "./damaged.ts";
import { type CifarPlace, findBatches, findFile, pathsOf } from "./files.ts";
import { checkLabels, decodeIdx } from "./idx.ts";
import { md5Of, readOfficial } from "./official.ts";
import { OWN } from "./own/facts.ts";
import {
  type BatchFile,
  type CifarFiles,
  digestOfBatches,
  type IdxFiles,
  type Source,
  type SourceArrays,
  type SourceFile,
  type SourceName,
  SOURCES,
} from "./sources.ts";
import { readTar } from "./tar.ts";
import { applyTransforms, type OpenDataset } from "./transforms/apply.ts";
import { UnpackedData } from "./unpacked.ts";

/**
 * The arrays of a data set: those of its source, decoded and checked against its digests, and what is made of them. Reads
 * files, and from the environment where they are: WEFT_DATA, and what `cacheDir` reads.
 * @throws {UserError} If a file is missing, damaged or another one
 */
export async function openDataset(dataset: Dataset, env: Environment = Deno.env): Promise<OpenDataset> {
  return applyTransforms(dataset, await openArrays(dataset, env));
}

async function openArrays(dataset: Dataset, env: Environment): Promise<SourceArrays> {
  if (dataset.source !== OWN) return await openSource(sourceOf(dataset), env);
  const { openOwn } = await import("./own/places.ts");
  return await openOwn(dataset.derived?.from ?? dataset, env);
}

/** The source of a data set, with the splits that the data set says it has. */
function sourceOf({ source: name, ...described }: Dataset): Source {
  const source = SOURCES[name as SourceName] as Source | undefined;
  if (source === undefined) throw new TypeError(`Cannot open a data set: no source is named "${name}"`);
  const { shape, splits } = described.derived?.from ?? described;
  return { ...source, dataset: { ...source.dataset, shape, splits } };
}

/** The arrays of a source, checked as openDataset() does. */
export async function openSource(source: Source, env: Environment): Promise<SourceArrays> {
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
      return await bothSplits(async (split) =>
        knownByArrays(await openIdx({ source, files: files[split], split, env }))
      );
    case "cifar": {
      const place = await findBatches(source, files, env);
      const { train, test } = await new UnpackedData(env).open(
        source.dataset,
        () => unpackBatches(source, files, place),
        fileState(pathsOf(place, files)).digest,
      );
      return {
        train: { arrays: train, digest: digestOfBatches(files.train) },
        test: { arrays: test, digest: digestOfBatches(files.test) },
      };
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
async function unpackBatches(
  { dataset }: Source,
  files: CifarFiles,
  place: CifarPlace,
): Promise<SourceArrays> {
  const read = await batchReader(files, place);
  return await bothSplits(async (split) => {
    const batches = await Promise.all(files[split].map(({ name }) => read(name)));
    const records = dataset.splits[split].count / batches.length;
    const arrays = decodeCifar(batches, dataset.shape, dataset.classes.length, records);
    for (const [i, batch] of batches.entries()) checkBatch(batch, files[split][i]!);
    return arrays;
  });
}

function checkBatch({ path, bytes }: Batch, { md5, copyMd5 }: BatchFile): void {
  const found = md5Of(bytes);
  if (found === md5 || found === copyMd5) return;
  throw damaged(`Cannot use "${path}": its MD5 is ${found}, not ${md5}`);
}

/** Gives batches by their names. */
async function batchReader(files: CifarFiles, place: CifarPlace): Promise<(name: string) => Promise<Batch>> {
  if ("folder" in place) {
    return async (name) => ({
      path: `${place.folder}/${name}`,
      bytes: await readOfficial(`${place.folder}/${name}`),
    });
  }
  const { archive } = place;
  const entries = readTar(await readOfficial(archive, files.archive.bytes), archive);
  // deno-lint-ignore require-await -- the other reader waits for a file
  return async (name) => {
    const entry = `${files.folder}/${name}`;
    const bytes = entries.get(entry);
    if (bytes !== undefined) return { path: `${archive}:${entry}`, bytes };
    throw damaged(`Cannot read "${archive}": it has no file "${entry}"`);
  };
}

async function openIdx(
  { source, files, split, env }: {
    source: Source;
    files: IdxFiles;
    split: "train" | "test";
    env: Environment;
  },
): Promise<SplitArrays> {
  const { shape: [height, width], classes, splits } = source.dataset;
  const { count } = splits[split];
  const images = await readIdx(source, files.images, [count, height, width], env);
  const labels = await readIdx(source, files.labels, [count], env);
  checkLabels(labels.array, classes.length, labels.path);
  return { images: images.array.values, labels: labels.array.values };
}

/** @throws {UserError} If the array has another shape: its sizes stand from byte 4 on */
async function readIdx(source: Source, file: SourceFile, shape: readonly number[], env: Environment) {
  const path = await findFile(source, file, env);
  const array = decodeIdx(await readOfficial(path, file.bytes), path, shape.length);
  const wrong = array.shape.findIndex((size, i) => size !== shape[i]);
  if (wrong < 0) return { path, array };
  const found = `its array is ${array.shape.join(" x ")}, that of ${source.title} ${shape.join(" x ")}`;
  throw damagedAt(path, 4 + 4 * wrong, found);
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
