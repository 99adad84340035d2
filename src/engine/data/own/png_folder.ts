import pLimit from "p-limit";
import type { OwnSplit } from "./arrays.ts";
import { badFile, MOST_BYTES, readBytes, reading } from "./own_files.ts";
import { decodePng, type PngImage } from "./png.ts";

/** The classes of a folder with a folder of images for each. */
export interface ClassFolders {
  readonly folder: string;
  /** Names of the folders, in the order of their UTF-16 units. */
  readonly classes: readonly string[];
}

/** @throws {FileError} If the folder holds anything but folders, or too many */
export async function findClasses(folder: string): Promise<ClassFolders> {
  const entries = await entriesOf(folder);
  const stray = entries.find(({ isDirectory }) => !isDirectory);
  if (stray !== undefined) {
    throw badFile(`${folder}/${stray.name}`, "it stands beside the folders of classes", IN_CLASSES);
  }
  const classes = entries.map(({ name }) => name);
  if (classes.length === 0) throw badFile(folder, "it holds no folder of a class", IN_CLASSES);
  if (classes.length > 256) throw badFile(folder, `it holds ${classes.length} classes, more than 256`);
  return { folder, classes };
}

/** The folders of both splits. @throws {FileError} If the folder does not hold them */
export async function findSplits(
  folder: string,
): Promise<readonly [train: ClassFolders, test: ClassFolders]> {
  const names = (await entriesOf(folder)).map(({ name }) => name);
  const missing = ["train", "test"].find((name) => !names.includes(name));
  if (missing !== undefined) {
    const help = 'or take the test split out of the images: "test: { share: 0.2 }"';
    throw badFile(
      folder,
      `it holds no folder "${missing}"`,
      `a folder of images holds "train" and "test"; ${help}`,
    );
  }
  return await Promise.all([findClasses(`${folder}/train`), findClasses(`${folder}/test`)]);
}

/**
 * The images of a folder, class by class, within a class in the order of their names. Where all files are grey, the images
 * have one channel; else three, and grey ones have the same value in each.
 * @param classes what labels stand for
 * @throws {FileError} If an image cannot be read, or is of another size than the others
 */
export async function readPngFolder(
  { folder, classes: own }: ClassFolders,
  classes: readonly string[],
): Promise<OwnSplit> {
  const unknown = own.find((name) => !classes.includes(name));
  if (unknown !== undefined) {
    throw badFile(
      `${folder}/${unknown}`,
      "no class of the training data has this name",
      `classes: ${classes.join(", ")}`,
    );
  }
  const files = (await Promise.all(own.map((name) => filesOf(folder, name)))).flat();
  const limit = pLimit(MOST_READS);
  const images = await limit.map(files, async ({ path }) => await readImage(path));
  return assemble(
    folder,
    files.map(({ path, name }, i) => ({ path, label: classes.indexOf(name), ...images[i]! })),
  );
}

/** Splits of which one is grey and the other in colour, both in colour. */
export function inSameChannels(one: OwnSplit, other: OwnSplit): [OwnSplit, OwnSplit] {
  const channels = Math.max(one.shape[2], other.shape[2]);
  const widened = (split: OwnSplit): OwnSplit => {
    const [height, width, own] = split.shape;
    if (own === channels) return split;
    return { ...split, shape: [height, width, channels], images: widen(split.images, channels) };
  };
  return [widened(one), widened(other)];
}

/** How many files are open at once. */
const MOST_READS = 16;
const IN_CLASSES = "a folder of images holds a folder for each class, and each of them PNG images";
/** What systems leave in folders. */
const LITTER = /^(\.|Thumbs\.db$|desktop\.ini$)/i;

interface LabelledImage extends PngImage {
  readonly path: string;
  readonly label: number;
}

function assemble(folder: string, examples: readonly LabelledImage[]): OwnSplit {
  const [first] = examples as readonly [LabelledImage];
  const odd = examples.find(({ height, width }) => height !== first.height || width !== first.width);
  if (odd !== undefined) throw otherSize(odd, first, examples);
  const channels = examples.every(({ channels }) => channels === 1) ? 1 : 3;
  const area = first.height * first.width * channels;
  if (examples.length * area > MOST_BYTES) {
    throw badFile(folder, `its images take more than ${MOST_BYTES} bytes`);
  }
  const images = new Uint8Array(examples.length * area);
  for (const [i, image] of examples.entries()) images.set(inChannels(image, channels), i * area);
  return {
    shape: [first.height, first.width, channels],
    images,
    labels: Uint8Array.from(examples, ({ label }) => label),
    files: { images: folder, labels: folder },
  };
}

function inChannels({ channels: own, values }: PngImage, channels: number): Uint8Array {
  return own === channels ? values : widen(values, channels);
}

/** The same value in each channel. */
function widen(grey: Uint8Array, channels: number): Uint8Array {
  const wide = new Uint8Array(grey.length * channels);
  for (let i = 0; i < grey.length; i++) wide.fill(grey[i]!, i * channels, (i + 1) * channels);
  return wide;
}

/** The odd one is the one whose size fewer images have. */
function otherSize(one: LabelledImage, other: LabelledImage, examples: readonly LabelledImage[]): Error {
  const count = ({ height, width }: LabelledImage) =>
    examples.filter((image) => image.height === height && image.width === width).length;
  const [odd, usual] = count(one) > count(other) ? [other, one] : [one, other];
  const size = ({ width, height }: LabelledImage) => `${width} x ${height}`;
  const what = `it has ${size(odd)} pixels, "${usual.path}" ${size(usual)}`;
  return badFile(odd.path, what, "bring all images to one size");
}

async function readImage(path: string): Promise<PngImage> {
  const bytes = await readBytes(path);
  return await reading(path, () => decodePng(bytes, path));
}

async function filesOf(folder: string, name: string): Promise<{ path: string; name: string }[]> {
  const entries = await entriesOf(`${folder}/${name}`);
  if (entries.length === 0) {
    throw badFile(`${folder}/${name}`, "it holds no images", "remove the folder, or fill it");
  }
  return entries.map((entry) => {
    const path = `${folder}/${name}/${entry.name}`;
    if (entry.isDirectory) throw badFile(path, "it is a folder in the folder of a class", IN_CLASSES);
    if (/\.png$/i.test(entry.name)) return { path, name };
    throw badFile(path, "it is no PNG image by its name", "folders of classes hold PNG images alone");
  });
}

/** Links count as what they lead to. */
async function entriesOf(
  folder: string,
): Promise<{ readonly name: string; readonly isDirectory: boolean }[]> {
  const entries = await reading(folder, () => Array.fromAsync(Deno.readDir(folder)));
  const found = await Promise.all(entries.map(async ({ name, isDirectory, isSymlink }) => ({
    name,
    isDirectory: isSymlink ? await isLinkToFolder(`${folder}/${name}`) : isDirectory,
  })));
  return found.filter(({ name }) => !LITTER.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws {FileError} If it leads to nothing */
function isLinkToFolder(path: string): Promise<boolean> {
  return reading(path, async () => (await Deno.stat(path)).isDirectory);
}
