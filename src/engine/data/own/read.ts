import type { ImageShape, SplitArrays } from "../../../artifacts/dataset.ts";
import { elementCount } from "../../../core/shape.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Places } from "../../../core/own_files.ts";
import { decodeCifar } from "../cifar.ts";
import { decodeIdx } from "../idx.ts";
import { UnpackedData } from "../unpacked.ts";
import { chosen, placesOf, takeExamples } from "../transforms/choose.ts";
import { joinedBytes, type OwnData, type OwnImages, type OwnSplit } from "./arrays.ts";
import { factsOf, type OwnFacts } from "./facts.ts";
import { decodeNpyImages, decodeNpyLabels } from "./npy.ts";
import { readNpz } from "./npz.ts";
import { badByte, badFile, readBytes, reading } from "./own_files.ts";
import { findClasses, findSplits, inSameChannels, readPngFolder } from "./png_folder.ts";
import {
  type CifarSource,
  isShare,
  type NpzSource,
  type OwnSource,
  type PairFiles,
  type PairSource,
  type PngSource,
  type Share,
} from "./source.ts";

/**
 * Reads the files, and tells of them what a plan must know; arrays that took long are kept for the training.
 * @throws {FileError} As readOwn() does
 */
export async function lookUp(question: JsonObject, places: Places): Promise<OwnFacts> {
  const began = performance.now();
  const data = await readOwn(question as unknown as OwnSource, places);
  const seconds = (performance.now() - began) / 1000;
  const facts = factsOf(data);
  await new UnpackedData().keep(facts, data, seconds);
  return facts;
}

/**
 * Reads a data set of the user's own.
 * @param places Where the paths of the source lead
 * @throws {FileError} If a file does not hold what it must, or the two splits do not go together
 */
export async function readOwn(source: OwnSource, places: Places): Promise<OwnData> {
  switch (source.format) {
    case "idx":
    case "npy":
      return await readSplits(source, (files) => readPair(source.format, files, places));
    case "npz":
      return await readSplits(source, (files) => readNpzSplit(files, places));
    case "cifar":
      return await readSplits(source, (files) => readCifar(source, [files].flat(), places));
    case "png":
      return await readPng(source, places[source.folder]!);
    default:
      return source satisfies never;
  }
}

async function readSplits<Files>(
  { train, test, classes }: { train: Files; test: Files | Share; classes?: readonly string[] },
  read: (files: Files) => Promise<OwnSplit>,
): Promise<OwnData> {
  const all = await read(train);
  const own = isShare(test) ? undefined : await read(test as Files);
  return together(all, own ?? test as Share, classes ?? numbered([all, ...own === undefined ? [] : [own]]));
}

async function readPng({ test }: PngSource, folder: string): Promise<OwnData> {
  if (test !== undefined) {
    const found = await findClasses(folder);
    return together(await readPngFolder(found, found.classes), test, found.classes);
  }
  const [train, held] = await findSplits(folder);
  const splits = [
    await readPngFolder(train, train.classes),
    await readPngFolder(held, train.classes),
  ] as const;
  return together(...inSameChannels(...splits), train.classes);
}

async function readPair(
  format: PairSource["format"],
  { images, labels }: PairFiles,
  places: Places,
): Promise<OwnSplit> {
  const files = { images: places[images]!, labels: places[labels]! };
  const [imageBytes, labelBytes] = await Promise.all([readBytes(files.images), readBytes(files.labels)]);
  if (format === "npy") {
    return paired(
      decodeNpyImages(imageBytes, files.images),
      decodeNpyLabels(labelBytes, files.labels),
      files,
    );
  }
  const decoded = await reading(files.images, () => decodeIdxImages(imageBytes, files.images));
  const { values } = await reading(files.labels, () => decodeIdx(labelBytes, files.labels, 1));
  return paired(decoded, values, files);
}

/** Images with channels have a dimension more, which the fourth byte of the file tells. */
function decodeIdxImages(bytes: Uint8Array, path: string): OwnImages {
  const { shape, values } = decodeIdx(bytes, path, bytes[3] === 4 ? 4 : 3);
  const [count, height, width, channels = 1] = shape as [number, number, number, number?];
  return { count, shape: [height, width, channels], values };
}

async function readNpzSplit(split: NpzSource["train"], places: Places): Promise<OwnSplit> {
  const { file, images, labels } = typeof split === "string"
    ? { file: split, images: "images", labels: "labels" }
    : split;
  const path = places[file]!;
  const [imageBytes, labelBytes] = await readNpz(path, [images, labels]) as [Uint8Array, Uint8Array];
  const files = { images: `${path}:${images}.npy`, labels: `${path}:${labels}.npy` };
  return await reading(
    path,
    () => paired(decodeNpyImages(imageBytes, files.images), decodeNpyLabels(labelBytes, files.labels), files),
  );
}

async function readCifar(
  { shape, classes }: CifarSource,
  paths: readonly string[],
  places: Places,
): Promise<OwnSplit> {
  const [height, width, channels] = shape as [number, number, number];
  const image: ImageShape = [height, width, channels];
  const record = 1 + elementCount(image);
  const parts = await Promise.all(paths.map(async (name) => {
    const path = places[name]!;
    const bytes = await readBytes(path);
    if (bytes.length === 0) throw badByte(path, 0, "it holds no records");
    const records = Math.ceil(bytes.length / record);
    return await reading(
      path,
      () => decodeCifar([{ path, bytes }], image, classes?.length ?? MOST_CLASSES, records),
    );
  }));
  const [first] = paths.map((name) => places[name]!) as [string];
  const joined = {
    images: joinedBytes(parts.map(({ images }) => images)),
    labels: joinedBytes(parts.map(({ labels }) => labels)),
  };
  return { ...joined, shape: image, files: { images: first, labels: first } };
}

const MOST_CLASSES = 256;

/** Images of one file and labels of another. @throws {FileError} If there are not as many */
function paired({ count, shape, values }: OwnImages, labels: Uint8Array, files: OwnSplit["files"]): OwnSplit {
  if (count !== labels.length) {
    const what = `it has ${labels.length} labels for the ${count} images of "${files.images}"`;
    throw badFile(files.labels, what, "take both from the same data set");
  }
  return { shape, images: values, labels, files };
}

/** The two splits of a data set. @throws {FileError} If one is empty, or they do not go together */
function together(train: OwnSplit, test: OwnSplit | Share, classes: readonly string[]): OwnData {
  const { shape } = train;
  for (const split of isShare(test) ? [train] : [train, test]) check(split, shape, classes);
  if (!isShare(test)) return { shape, classes, train: arraysOf(train), test: arraysOf(test) };
  return { shape, classes, ...takeTest(train, test, classes.length) };
}

function check({ shape, labels, files }: OwnSplit, wanted: ImageShape, classes: readonly string[]): void {
  if (labels.length === 0 || elementCount(shape) === 0) throw badFile(files.images, "it holds no images");
  if (shape.join() !== wanted.join()) {
    const what = `its images are ${shape.join(" x ")}, those of the training data ${wanted.join(" x ")}`;
    throw badFile(files.images, what, "both splits have images of one size");
  }
  const wrong = labels.findIndex((label) => label >= classes.length);
  if (wrong < 0) return;
  const what = `label ${labels[wrong]} of example ${wrong} is not in 0 to ${classes.length - 1}`;
  throw badFile(files.labels, what, `there are ${classes.length} classes: name all of them in "classes"`);
}

/** Each class gives its share of the examples, drawn by the seed. */
function takeTest(all: OwnSplit, { share, seed }: Share, classes: number): Pick<OwnData, "train" | "test"> {
  const count = Math.round(share * all.labels.length);
  if (count === 0 || count === all.labels.length) {
    const what = `a share of ${share} of its ${all.labels.length} examples leaves a split without any`;
    throw badFile(all.files.images, what, "take another share");
  }
  const held = chosen(all.labels, classes, { count, seed, stratified: true }, "test");
  const pixels = elementCount(all.shape);
  const part = (value: 0 | 1) => takeExamples(all, placesOf(held, value), pixels);
  return { train: part(0), test: part(1) };
}

/** Classes that have no names are numbers, as many as the labels tell of. */
function numbered(splits: readonly OwnSplit[]): string[] {
  const most = Math.max(
    0,
    ...splits.map(({ labels }) => labels.reduce((most, label) => Math.max(most, label), 0)),
  );
  return Array.from({ length: most + 1 }, (_, label) => String(label));
}

function arraysOf({ images, labels }: OwnSplit): SplitArrays {
  return { images, labels };
}
