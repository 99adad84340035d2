import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { gunzipSync } from "node:zlib";
import { FileError } from "../../../core/diagnostic.ts";
import { splitIdentity } from "../../../core/identity.ts";
import { SOURCES } from "../sources.ts";
import { lookUp, readOwn } from "./read.ts";
import { type OwnSource, requestOf } from "./source.ts";
import { expected, FOLDER, inFolder, places, read } from "./testing/reference.ts";

const LABELS = "labels-u1.npy";

Deno.test("readOwn() reads npy files as NumPy does, in C and Fortran order, of each version and type of label", async () => {
  const images = ["grey.npy", "grey-fortran.npy", "grey-version-2.npy", "grey-version-3.npy"];
  const labels = ["u1", "i1", "i2", "i4", "i8", "u8", "column"].map((type) => `labels-${type}.npy`);
  for (const file of images) assertEquals(await digestOf(npy(file, LABELS)), expected["grey"], file);
  for (const file of labels) assertEquals(await digestOf(npy("grey.npy", file)), expected["grey"], file);
  for (const file of ["colour.npy", "colour-fortran.npy"]) {
    assertEquals(await digestOf(npy(file, "labels-6.npy")), expected["colour"], file);
  }
});

Deno.test("readOwn() tells shape and classes: numbers where they have no names", async () => {
  const { shape, classes } = await read(npy("grey.npy", LABELS));
  assertEquals([shape, classes], [[4, 5, 1], ["0", "1", "2"]]);
  const named = await read({ ...npy("colour.npy", "labels-6.npy"), classes: ["a", "b", "c", "d"] });
  assertEquals([named.shape, named.classes], [[4, 5, 3], ["a", "b", "c", "d"]]);
});

Deno.test("readOwn() reads arrays of npz files by their names, compressed or not", async () => {
  assertEquals(await digestOf({ format: "npz", train: "packed.npz", test: "packed.npz" }), expected["grey"]);
  const file = "both.npz";
  const both = await read({
    format: "npz",
    train: { file, images: "x_train", labels: "y_train" },
    test: { file, images: "x_test", labels: "y_test" },
  });
  assertEquals([splitIdentity(both.train), splitIdentity(both.test)], [
    expected["grey"],
    expected["grey test"],
  ]);
});

Deno.test({
  name: "readOwn() reads MNIST's idx files as weft's own source does, zipped and not",
  ignore: Deno.env.get("WEFT_DATA") === undefined,
  fn: () =>
    inFolder(async (folder) => {
      const mnist = `${Deno.env.get("WEFT_DATA")}/mnist`;
      const files = (split: string) => ({
        images: `${split}-images-idx3-ubyte.gz`,
        labels: `${split}-labels-idx1-ubyte.gz`,
      });
      const { dataset: { source: _, ...known } } = SOURCES.mnist;
      const zipped = { format: "idx", train: files("train"), test: files("t10k") } as const;
      assertEquals(await lookUp(zipped, places(zipped, `${mnist}/`)), known);
      for (const name of Object.values(files("t10k"))) {
        await Deno.writeFile(`${folder}/${name}`, gunzipSync(await Deno.readFile(`${mnist}/${name}`)));
      }
      const unzipped: OwnSource = { format: "idx", train: files("t10k"), test: files("t10k") };
      const { test } = await readOwn(unzipped, places(unzipped, `${folder}/`));
      assertEquals(splitIdentity(test), known.splits.test.digest);
    }),
});

Deno.test("readOwn() reads files of records one after the other, planes to pixels", () =>
  inFolder(async (folder) => {
    const record = (
      label: number,
      first: number,
    ) => [label, ...Array.from({ length: 12 }, (_, i) => first + i)];
    await Deno.writeFile(`${folder}/a`, Uint8Array.from([...record(1, 0), ...record(0, 20)]));
    await Deno.writeFile(`${folder}/b`, Uint8Array.from(record(2, 40)));
    const source: OwnSource = { format: "cifar", train: ["a", "b"], test: "b", shape: [2, 2, 3] };
    const { train, test, classes } = await readOwn(source, places(source, `${folder}/`));
    assertEquals([...train.labels, ...test.labels], [1, 0, 2, 2]);
    assertEquals([...train.images.subarray(0, 6)], [0, 4, 8, 1, 5, 9]);
    assertEquals([...test.images.subarray(0, 6)], [40, 44, 48, 41, 45, 49]);
    assertEquals(classes, ["0", "1", "2"]);
  }));

Deno.test("readOwn() takes a share of each class for testing, decided by the seed, and no example twice", async () => {
  const share = (seed: number): OwnSource => ({ ...npy("grey.npy", LABELS), test: { share: 0.5, seed } });
  const { train, test } = await read(share(0));
  for (const { labels } of [train, test]) assertEquals([...labels].sort(), [0, 0, 1, 1, 2, 2]);
  const whole = await read(npy("grey.npy", LABELS));
  const images = [train, test].flatMap(({ images }) => rowsOf(images)).sort();
  assertEquals(images, rowsOf(whole.train.images).sort());
  assertEquals(await digestOf(share(0)), await digestOf(share(0)));
  const seeds = await Promise.all([0, 1, 2, 3].map((seed) => digestOf(share(seed))));
  assert(new Set(seeds).size > 1);
});

Deno.test("readOwn() names the file and the byte of what it cannot read, and never reads pickles", async (t) => {
  const cases: readonly [OwnSource, RegExp][] = [
    [npy("objects.npy", LABELS), /objects\.npy" at byte 10: its values are pickled Python objects/],
    [npy("records.npy", LABELS), /records\.npy" at byte 10: its values are records/],
    [npy("float.npy", LABELS), /float\.npy" at byte 10: the images are of type "<f4", not uint8/],
    [npy(LABELS, LABELS), /labels-u1\.npy" at byte 10: the images are \[12\], not \[n, height/],
    [npy("channels-first.npy", "labels-6.npy"), /the images are \[6, 3, 8, 9\]: 9 channels/],
    [npy("grey.npy", "labels-6.npy"), /labels-6\.npy": it has 6 labels for the 12 images of ".*grey\.npy"/],
    [npy("grey.npy", "grey.npy"), /grey\.npy" at byte 10: the labels are \[12, 4, 5\]/],
    [npy("grey.npy", "float.npy"), /float\.npy" at byte 10: the labels are of type "<f4"/],
    [npy("grey.npy", "labels-negative.npy"), /at byte 128: label -1 of example 0 is not in 0 to 255/],
    [{ ...npy("grey.npy", LABELS), classes: ["a", "b"] }, /label 2 of example 2 is not in 0 to 1/],
    [npy("packed.npz", LABELS), /packed\.npz" at byte 0: it does not begin as npy files do/],
    [
      { format: "npz", train: "both.npz", test: "packed.npz" },
      /no array "images": it holds x_train, y_train/,
    ],
    [{ format: "npz", train: "no-arrays.npz", test: "packed.npz" }, /no array "images": it holds no arrays/],
    [{ format: "npz", train: "grey.npy", test: "packed.npz" }, /grey\.npy": it is no zip archive/],
    [
      { format: "idx", train: pair("grey.npy", LABELS), test: pair("grey.npy", LABELS) },
      /at byte 0: expected the magic/,
    ],
    [{ format: "cifar", train: "grey.npy", test: "grey.npy", shape: [4, 5, 3] }, /368/],
    [
      { format: "npy", train: pair("grey.npy", LABELS), test: pair("colour.npy", "labels-6.npy") },
      /colour\.npy": its images are 4 x 5 x 3, those of the training data 4 x 5 x 1/,
    ],
    [{ ...npy("grey.npy", LABELS), test: { share: 0.01, seed: 0 } }, /leaves a split without any/],
    [{ format: "png", folder: "few-bits" }, /few-bits": it holds no folder "train"/],
    [
      { format: "png", folder: "grey", test: { share: 0.5, seed: 0 } },
      /it is a folder in the folder of a class/,
    ],
    [{ format: "png", folder: "refused", test: { share: 0.5, seed: 0 } }, /16-bits\.png": it stands beside/],
  ];
  for (const [source, message] of cases) {
    await t.step(String(message), async () => {
      const error = await assertRejects(() => read(source), FileError);
      assert(message.test(error.message), error.message);
      assert(error.help !== undefined && error.path.startsWith(FOLDER));
    });
  }
});

Deno.test("readOwn() tells the byte at which a npy file is cut, wherever that is", () =>
  inFolder(async (folder) => {
    const bytes = await Deno.readFile(`${FOLDER}grey.npy`);
    for (const length of [3, 9, 60, bytes.length - 1]) {
      await Deno.writeFile(`${folder}/cut`, bytes.subarray(0, length));
      const source: OwnSource = { format: "npy", train: pair("cut", "cut"), test: pair("cut", "cut") };
      const error = await assertRejects(() => readOwn(source, places(source, `${folder}/`)), FileError);
      assert(error.message.includes(`cut" at byte ${length}: `), error.message);
    }
  }));

Deno.test("readOwn() refuses a file of records that ends inside one, or holds none", () =>
  inFolder(async (folder) => {
    const source: OwnSource = { format: "cifar", train: ["a", "b"], test: "a", shape: [1, 2, 1] };
    await Deno.writeFile(`${folder}/a`, new Uint8Array(3));
    for (
      const [size, message] of [[5, "at byte 5: 2 records"], [0, "at byte 0: it holds no records"]] as const
    ) {
      await Deno.writeFile(`${folder}/b`, new Uint8Array(size));
      const error = await assertRejects(() => readOwn(source, places(source, `${folder}/`)), FileError);
      assert(error.message.includes(`b" ${message}`), error.message);
    }
  }));

Deno.test("readOwn() fails on damaged bytes with an error of the file, if at all", () =>
  inFolder(async (folder) => {
    const files = ["grey.npy", "both.npz", "mixed/circle/c-palette-of-4.png", "few-bits/circle/2-bits.png"];
    const contents = await Promise.all(files.map((file) => Deno.readFile(FOLDER + file)));
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.nat(files.length - 1), damage, fc.nat(20), async (which, changes, cut) => {
        const bytes = contents[which]!.slice(0, contents[which]!.length - (cut > 10 ? cut : 0));
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        await Deno.mkdir(`${folder}/png/a`, { recursive: true });
        await Deno.writeFile(`${folder}/png/a/x.png`, bytes);
        const source: OwnSource = which === 0 ? npy("png/a/x.png", "png/a/x.png") : which === 1
          ? {
            format: "npz",
            train: { file: "png/a/x.png", images: "x_test", labels: "y_test" },
            test: { share: 0.5, seed: 0 },
          }
          : { format: "png", folder: "png", test: { share: 0.5, seed: 0 } };
        await readOwn(source, places(source, `${folder}/`)).catch((error) => {
          if (!(error instanceof FileError)) throw error;
        });
      }),
    );
  }));

Deno.test("requestOf() names each path with its place in the settings", () => {
  const source: OwnSource = {
    format: "cifar",
    train: ["a", "b"],
    test: { share: 0.1, seed: 0 },
    shape: [1, 1, 1],
  };
  assertEquals(requestOf(source).paths, [
    { path: "a", at: ["source", "train", 0] },
    { path: "b", at: ["source", "train", 1] },
  ]);
  assertEquals(requestOf(npy("i", "l")).paths[3], { path: "l", at: ["source", "test", "labels"] });
});

function npy(images: string, labels: string): OwnSource & { readonly format: "npy" | "idx" } {
  return { format: "npy", train: pair(images, labels), test: pair(images, labels) };
}

function pair(images: string, labels: string) {
  return { images, labels };
}

async function digestOf(source: OwnSource): Promise<string> {
  return splitIdentity((await read(source)).train);
}

/** Images of 4 x 5 pixels. */
function rowsOf(images: Uint8Array): string[] {
  return Array.from({ length: images.length / 20 }, (_, i) => images.subarray(i * 20, (i + 1) * 20).join());
}
