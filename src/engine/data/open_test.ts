import { assert, assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { UserError } from "../../core/diagnostic.ts";
import { findFile } from "./files.ts";
import { openDataset } from "./open.ts";
import { type OpenDataset, type SourceName, SOURCES } from "./sources.ts";

Deno.test("openDataset() gives mnist-10k with the shape and counts that its constants say", async () => {
  assertMatches("mnist-10k", await openDataset(SOURCES["mnist-10k"].dataset));
});

const absent = await findFile(SOURCES.mnist, SOURCES.mnist.files!.train.images).then(() => false, () => true);

Deno.test({
  name: "openDataset() gives mnist with the shape and counts that its constants say",
  ignore: absent, // no file is downloaded for a test: run pipelines/mnist.yaml once, or set WEFT_DATA
  fn: async () => assertMatches("mnist", await openDataset(SOURCES.mnist.dataset)),
});

Deno.test({
  name: "openDataset() gives in mnist-10k only images that mnist has, under the same labels",
  ignore: absent,
  fn: async () => {
    const [few, all] = [
      await openDataset(SOURCES["mnist-10k"].dataset),
      await openDataset(SOURCES.mnist.dataset),
    ];
    const known = new Set([...labelled(all.train), ...labelled(all.test)]);
    assertEquals(
      [...labelled(few.train), ...labelled(few.test)].filter((image) => !known.has(image)).length,
      0,
    );
  },
});

Deno.test("openDataset() refuses arrays other than those of the data set", async () => {
  const { dataset } = SOURCES["mnist-10k"];
  const { train, test } = dataset.splits;
  const swapped = { ...dataset, splits: { train: test, test: train } };
  const error = await assertRejects(
    () => openDataset(swapped),
    UserError,
    "Cannot use the train split of 10,000 digits",
  );
  assert((error as UserError).message.includes(train.digest));
});

Deno.test("openDataset() reads unzipped files and says which one is damaged", async () => {
  const good = {
    "train-images-idx3-ubyte": idx([2, 28, 28], 0),
    "train-labels-idx1-ubyte": idx([2], 3),
    "t10k-images-idx3-ubyte.gz": gzipSync(idx([1, 28, 28], 0)),
    "t10k-labels-idx1-ubyte.gz": gzipSync(idx([1], 4)),
  };
  const cases: [Record<string, Uint8Array>, string][] = [
    [{}, "Cannot use the train split of MNIST"], // all can be read, but they are not MNIST
    [{ "train-labels-idx1-ubyte": idx([3], 3) }, 'train-images-idx3-ubyte" has 2 images'],
    [{ "train-labels-idx1-ubyte": idx([2], 10) }, 'train-labels-idx1-ubyte" at byte 8: label 10'],
    [{ "train-images-idx3-ubyte": idx([2, 28, 27], 0) }, "its images are 28 x 27, not 28 x 28"],
    [{ "t10k-images-idx3-ubyte.gz": gzipSync(idx([1, 28, 28], 0)).subarray(0, 30) }, "Cannot unzip"],
  ];
  for (const [damaged, message] of cases) {
    await using data = await dataFolder({ ...good, ...damaged });
    await assertRejects(() => openDataset(SOURCES.mnist.dataset, data.env), UserError, message);
  }
});

Deno.test("openDataset() says which files to put where when one is missing", async () => {
  await using data = await dataFolder({});
  const error = await assertRejects(
    () => openDataset(SOURCES.mnist.dataset, data.env),
    UserError,
    "does not exist",
  );
  const { help } = error as UserError;
  assert(help!.includes("train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz"));
  assert(help!.includes(`into ${data.folder}/cache/data/mnist, or into a folder "mnist"`));
});

function assertMatches(name: SourceName, splits: OpenDataset) {
  const { shape, splits: expected } = SOURCES[name].dataset;
  for (const split of ["train", "test"] as const) {
    const { images, labels } = splits[split];
    assertEquals(labels.length, expected[split].count);
    assertEquals(images.length, labels.length * shape[0] * shape[1] * shape[2]);
    const counts = Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length);
    assertEquals(counts, expected[split].classCounts);
  }
}

function labelled({ images, labels }: { images: Uint8Array; labels: Uint8Array }): string[] {
  const text = new TextDecoder("latin1");
  return Array.from(labels, (label, i) => label + text.decode(images.subarray(784 * i, 784 * (i + 1))));
}

/** An idx file in which every value is the same. */
function idx(shape: readonly number[], value: number): Uint8Array {
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = new Uint8Array(4 + 4 * shape.length + count).fill(value);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x800 + shape.length);
  for (const [i, size] of shape.entries()) view.setUint32(4 + 4 * i, size);
  return bytes;
}

async function dataFolder(files: Readonly<Record<string, Uint8Array>>) {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/mnist`);
  for (const [name, bytes] of Object.entries(files)) await Deno.writeFile(`${folder}/mnist/${name}`, bytes);
  const env = new Map([["WEFT_DATA", folder], ["WEFT_CACHE", `${folder}/cache`]]);
  return { folder, env, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}
