import { assert, assertEquals, assertRejects } from "@std/assert";
import { dirname } from "node:path";
import { gzipSync } from "node:zlib";
import { UserError } from "../../core/diagnostic.ts";
import { examplesOf } from "../examples.ts";
import { findBatches, findFile } from "./files.ts";
import { md5Of } from "./official.ts";
import { openDataset, openSource } from "./open.ts";
import {
  type BatchFile,
  type CifarFiles,
  digestOfBatches,
  type Source,
  type SourceArrays,
  type SourceName,
  SOURCES,
} from "./sources.ts";
import { derive } from "./transforms/derive.ts";
import { resize } from "./transforms/resize.ts";

Deno.test("openDataset() gives mnist-10k with the shape and counts that its constants say", async () => {
  assertMatches("mnist-10k", await openDataset(SOURCES["mnist-10k"].dataset));
});

for (const name of ["mnist", "fashion-mnist", "cifar-10"] as const) {
  Deno.test({
    name: `openDataset() gives ${name} with the shape and counts that its constants say`,
    ignore: await isAbsent(name), // no file is downloaded for a test: use it in a pipeline once, or set WEFT_DATA
    fn: async () => assertMatches(name, await openDataset(SOURCES[name].dataset)),
  });
}

Deno.test({
  name: "openDataset() gives cifar-10 with the mean and deviation of each channel that its users know",
  ignore: await isAbsent("cifar-10"),
  fn: async () => {
    const { images } = (await openDataset(SOURCES["cifar-10"].dataset)).train;
    // Of the official images; the known copy differs too little to be seen in four digits.
    const [means, deviations] = [["0.4914", "0.4822", "0.4465"], ["0.2470", "0.2435", "0.2616"]];
    for (const channel of [0, 1, 2]) {
      let [sum, squares] = [0, 0];
      for (let i = channel; i < images.length; i += 3) {
        sum += images[i]!;
        squares += images[i]! ** 2;
      }
      const count = images.length / 3;
      const mean = sum / count;
      assertEquals((mean / 255).toFixed(4), means[channel]);
      assertEquals((Math.sqrt(squares / count - mean ** 2) / 255).toFixed(4), deviations[channel]);
    }
  },
});

Deno.test({
  name: "openDataset() gives mnist with labels of an entropy of 2.3012 nats, less than ln 10",
  ignore: await isAbsent("mnist"),
  fn: async () => {
    const { labels } = (await openDataset(SOURCES.mnist.dataset)).train;
    const { labelEntropy } = examplesOf(Int32Array.from(labels), 10, {}, "0".repeat(16));
    assertEquals(labelEntropy.toFixed(4), "2.3012");
  },
});

Deno.test({
  name: "openDataset() gives in mnist-10k only images that mnist has, under the same labels",
  ignore: await isAbsent("mnist"),
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

Deno.test("openSource() reads unzipped idx files and says which one is damaged, and where", async () => {
  const good = {
    "train-images-idx3-ubyte": idx([2, 28, 28], 0),
    "train-labels-idx1-ubyte": idx([2], 3),
    "t10k-images-idx3-ubyte.gz": gzipSync(idx([1, 28, 28], 0)),
    "t10k-labels-idx1-ubyte.gz": gzipSync(idx([1], 4)),
  };
  const zipped = good["t10k-images-idx3-ubyte.gz"];
  const cases: [Record<string, Uint8Array>, string][] = [
    [{}, "Cannot use the train split of MNIST"], // all can be read, but they are not MNIST
    [
      { "train-labels-idx1-ubyte": idx([3], 3) },
      'train-labels-idx1-ubyte" at byte 4: its array is 3, that of MNIST 2',
    ],
    [
      { "train-labels-idx1-ubyte": idx([2], 10) },
      'train-labels-idx1-ubyte" at byte 8: label 10 of example 0 is not in 0 to 9',
    ],
    [
      { "train-images-idx3-ubyte": idx([2, 28, 27], 0) },
      'train-images-idx3-ubyte" at byte 12: its array is 2 x 28 x 27, that of MNIST 2 x 28 x 28',
    ],
    [
      { "t10k-images-idx3-ubyte.gz": zipped.subarray(0, 30) },
      't10k-images-idx3-ubyte.gz": it ends after 30 bytes, it should have 1648877',
    ],
    [
      { "t10k-images-idx3-ubyte.gz": flipped(zipped, zipped.length - 8) },
      `t10k-images-idx3-ubyte.gz" after byte 0: incorrect data check`,
    ],
  ];
  const { dataset, ...mnist } = SOURCES.mnist;
  const { train, test } = dataset.splits;
  const source: Source = {
    ...mnist,
    dataset: { ...dataset, splits: { train: { ...train, count: 2 }, test: { ...test, count: 1 } } },
  };
  for (const [damaged, message] of cases) {
    await using data = await dataFolder({ ...good, ...damaged });
    await assertRejects(() => openSource(source, data.env), UserError, message);
  }
});

Deno.test("openDataset() gives a derived data set what its transforms make of the source", async () => {
  const { dataset } = SOURCES["mnist-10k"];
  const derived = derive(dataset, { subset: { first: 300 }, test_subset: { first: 5 }, resize: [14, 14] });
  const [whole, part] = [await openDataset(dataset), await openDataset(derived)];
  assertEquals(part.train.labels, whole.train.labels.subarray(0, 300));
  assertEquals(part.test.images, resize(whole.test.images.subarray(0, 5 * 784), [28, 28, 1], [14, 14]));
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

Deno.test("openSource() reads batches from an archive and from files of their own", async () => {
  const unpacked = Object.entries(BATCHES).map(([name, bytes]) => [`batches/${name}`, bytes] as const);
  const archive = { "tiny.tar.gz": gzipSync(tar(Object.fromEntries(unpacked))) };
  for (const files of [archive, Object.fromEntries(unpacked), BATCHES]) {
    await using data = await dataFolder(files, "tiny");
    assertEquals(await openSource(tinySource(), data.env), {
      // Of 2 x 1 pixels, each with its three channels side by side.
      train: {
        images: Uint8Array.of(
          1,
          3,
          5,
          2,
          4,
          6,
          11,
          13,
          15,
          12,
          14,
          16,
          21,
          23,
          25,
          22,
          24,
          26,
          31,
          33,
          35,
          32,
          34,
          36,
        ),
        labels: Uint8Array.of(0, 1, 1, 0),
      },
      test: { images: Uint8Array.of(7, 7, 7, 8, 8, 8, 9, 9, 9, 9, 9, 9), labels: Uint8Array.of(1, 1) },
    });
  }
});

Deno.test("openSource() names the batch that is damaged, and how", async () => {
  const cases: [Record<string, Uint8Array>, string][] = [
    [
      { "two.bin": BATCHES["two.bin"].subarray(0, 9) },
      'two.bin" at byte 9: 2 records of 7 bytes each are 14, it has 9',
    ],
    [{ "one.bin": new Uint8Array(15) }, 'one.bin" at byte 14: 2 records of 7 bytes each are 14, it has 15'],
    [
      { "test.bin": BATCHES["test.bin"].with(7, 2) },
      'test.bin" at byte 7: label 2 of record 1 is not in 0 to 1',
    ],
    [{ "two.bin": BATCHES["two.bin"].with(3, 99) }, 'Cannot use "'],
    [{ "two.bin": BATCHES["two.bin"].with(3, 99) }, `two.bin": its MD5 is `],
  ];
  for (const [damaged, message] of cases) {
    await using data = await dataFolder({ ...BATCHES, ...damaged }, "tiny");
    await assertRejects(() => openSource(tinySource(), data.env), UserError, message);
  }
});

Deno.test("openSource() takes the known copy of a batch for the batch", async () => {
  const copied = { ...BATCHES, "two.bin": BATCHES["two.bin"].with(3, 99) };
  await using data = await dataFolder(copied, "tiny");
  const source = tinySource({ "two.bin": md5Of(copied["two.bin"]) });
  assertEquals((await openSource(source, data.env)).train.images[13], 99);
});

Deno.test("openSource() says what is wrong with an archive", async () => {
  const whole = tar({ "batches/one.bin": BATCHES["one.bin"] });
  const cases: [Uint8Array, string][] = [
    [gzipSync(whole), 'it has no file "batches/'],
    [gzipSync(whole).subarray(0, 60), "Cannot unzip"],
    [gzipSync(whole.subarray(0, 520)), 'it ends inside "batches/one.bin", 6 bytes of which are missing'],
    [gzipSync(whole.with(3, 0xff)), "at byte 0 of what it unzips to: no header of a tar archive is there"],
    [gzipSync(new TextEncoder().encode("not an archive")), "no header of a tar archive is there"],
    [gzipSync(new Uint8Array(2 ** 28 + 1)), "Cannot unzip"],
  ];
  for (const [bytes, message] of cases) {
    await using data = await dataFolder({ "tiny.tar.gz": bytes }, "tiny");
    await assertRejects(() => openSource(tinySource(), data.env), UserError, message);
  }
});

/** Images of 2 x 1 pixels, channel by channel, after their labels. */
const BATCHES = {
  "one.bin": Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 1, 11, 12, 13, 14, 15, 16),
  "two.bin": Uint8Array.of(1, 21, 22, 23, 24, 25, 26, 0, 31, 32, 33, 34, 35, 36),
  "test.bin": Uint8Array.of(1, 7, 8, 7, 8, 7, 8, 1, 9, 9, 9, 9, 9, 9),
};

function tinySource(copies: Readonly<Record<string, string>> = {}): Source {
  const batch = (name: keyof typeof BATCHES): BatchFile => ({
    name,
    md5: md5Of(BATCHES[name]),
    ...copies[name] !== undefined && { copyMd5: copies[name] },
  });
  const files: CifarFiles = {
    format: "cifar",
    archive: { name: "tiny.tar.gz", bytes: 0, sha256: "" },
    folder: "batches",
    train: [batch("one.bin"), batch("two.bin")],
    test: [batch("test.bin")],
  };
  const split = (count: number, batches: readonly BatchFile[]) => ({
    count,
    digest: digestOfBatches(batches),
  });
  const splits = { train: split(4, files.train), test: split(2, files.test) };
  return {
    title: "Tiny",
    dataset: { source: "tiny", shape: [1, 2, 3], classes: ["0", "1"], splits },
    files,
    mirrors: [],
  };
}

/** A tar archive, as `tar --format=ustar` writes it. */
function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks = Object.entries(files).flatMap(([name, bytes]) => {
    const header = new Uint8Array(512);
    const write = (text: string, at: number) => header.set(new TextEncoder().encode(text), at);
    write(name, 0);
    write(bytes.length.toString(8).padStart(11, "0"), 124);
    write("        0", 148); // the sum of a header counts its own field as spaces; then the type, a file
    write("ustar", 257);
    write(header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0") + "\0", 148);
    const content = new Uint8Array(512 * Math.ceil(bytes.length / 512));
    content.set(bytes);
    return [header, content];
  });
  return new Uint8Array([...blocks, new Uint8Array(1024)].flatMap((block) => [...block]));
}

/** Whether files of a source would have to be downloaded. */
async function isAbsent(name: SourceName): Promise<boolean> {
  const { files } = SOURCES[name];
  if (files.format === "package") return false;
  const found = files.format === "idx"
    ? findFile(SOURCES[name], files.train.images)
    : findBatches(SOURCES[name], files);
  return await found.then(() => false, () => true);
}

function assertMatches(name: SourceName, splits: SourceArrays) {
  const { shape, splits: expected } = SOURCES[name].dataset;
  for (const split of ["train", "test"] as const) {
    const { images, labels } = splits[split];
    assertEquals(labels.length, expected[split].count);
    assertEquals(images.length, labels.length * shape[0] * shape[1] * shape[2]);
    assertEquals(new Set(labels).size, 10);
  }
}

function labelled({ images, labels }: { images: Uint8Array; labels: Uint8Array }): string[] {
  const text = new TextDecoder("latin1");
  return Array.from(labels, (label, i) => label + text.decode(images.subarray(784 * i, 784 * (i + 1))));
}

/** The bytes, of which one is another. */
function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return Uint8Array.from(bytes, (byte, i) => i === at ? byte ^ 1 : byte);
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

async function dataFolder(files: Readonly<Record<string, Uint8Array>>, source = "mnist") {
  const folder = await Deno.makeTempDir();
  for (const [name, bytes] of Object.entries(files)) {
    const path = `${folder}/${source}/${name}`;
    await Deno.mkdir(dirname(path), { recursive: true });
    await Deno.writeFile(path, bytes);
  }
  const env = new Map([["WEFT_DATA", folder], ["WEFT_CACHE", `${folder}/cache`]]);
  return { folder, env, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}
