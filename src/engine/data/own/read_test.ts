import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { gunzipSync } from "node:zlib";
import { FileError } from "../../../core/diagnostic.ts";
import { splitIdentity } from "../../../core/identity.ts";
import { SOURCES } from "../sources.ts";
import { lookUp, readOwn } from "./read.ts";
import { type OwnSource, requestOf } from "./source.ts";

/** What NumPy and Pillow wrote, and what they read from it: tests/reference/own_data.py. */
const FOLDER = new URL("../../../../tests/reference/own_data/", import.meta.url).pathname;
const expected: Readonly<Record<string, string>> = JSON.parse(
  Deno.readTextFileSync(`${FOLDER}expected.json`),
);
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

Deno.test("readOwn() reads folders of PNG images as Pillow does, class by class in the order of the names", async () => {
  const { train, test, classes, shape } = await read({ format: "png", folder: "grey" });
  assertEquals([classes, shape], [["circle", "square"], [4, 5, 1]]);
  assertEquals(
    [splitIdentity(train), splitIdentity(test)],
    [expected["grey train folder"], expected["grey test folder"]],
  );
});

Deno.test("readOwn() makes a folder with any image in colour RGB: palettes, grey and opaque alpha too", () =>
  inFolder(async (folder) => {
    await copy(`${FOLDER}mixed`, `${folder}/train`);
    await copy(`${FOLDER}grey/test`, `${folder}/test`);
    const { train, shape, test } = await readOwn({ format: "png", folder: "x" }, { x: folder });
    assertEquals([splitIdentity(train), shape], [expected["mixed folder"], [4, 5, 3]]);
    const [red, green, blue] = test.images;
    assert(
      red === green && green === blue,
      "grey images of the other split have the same value in each channel",
    );
  }));

Deno.test("readOwn() spreads grey of 1, 2 and 4 bits over 0 to 255", () =>
  inFolder(async (folder) => {
    for (const split of ["train", "test"]) await copy(`${FOLDER}few-bits`, `${folder}/${split}`);
    const { train } = await readOwn({ format: "png", folder: "x" }, { x: folder });
    const labels = new Uint8Array();
    assertEquals(splitIdentity({ images: train.images, labels }), expected["few bits"]);
  }));

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

Deno.test("readOwn() refuses images that are no 8-bit pictures without transparency, or not of one size", async (t) => {
  const cases: readonly [string, RegExp][] = [
    ["transparent.png", /x\.png": parts of it are transparent/],
    ["transparent-level.png", /x\.png": parts of it are transparent/],
    ["transparent-colour.png", /x\.png": parts of it are transparent/],
    ["16-bits.png", /x\.png": it has 16 bits a channel/],
    ["other-size.png", /x\.png": it has 5 x 3 pixels, ".*0\.png" 5 x 4/],
    ["../grey.npy", /x\.png": it is no PNG image/],
  ];
  for (const [file, message] of cases) {
    await t.step(
      file,
      () =>
        refusedFolder(
          (folder) => Deno.copyFile(`${FOLDER}refused/${file}`, `${folder}/circle/x.png`),
          message,
        ),
    );
  }
});

Deno.test("readOwn() refuses what does not belong into a folder of classes, and passes over what systems leave there", async (t) => {
  const write = (name: string) => (folder: string) => Deno.writeTextFile(`${folder}/${name}`, "");
  const cases: readonly [string, (folder: string) => Promise<void>, RegExp][] = [
    ["a text", write("circle/notes.txt"), /circle\/notes\.txt": it is no PNG image by its name/],
    ["another kind of image", write("circle/a.jpg"), /circle\/a\.jpg": it is no PNG image by its name/],
    ["a file beside the classes", write("readme.md"), /readme\.md": it stands beside the folders of classes/],
    ["an empty class", (folder) => Deno.mkdir(`${folder}/empty`), /empty": it holds no images/],
    [
      "a nested folder",
      (folder) => Deno.mkdir(`${folder}/circle/more`),
      /circle\/more": it is a folder in the folder/,
    ],
    ["an empty file", write("circle/z.png"), /circle\/z\.png": it is no PNG image/],
    [
      "a damaged image",
      (folder) => flip(`${folder}/circle/0.png`),
      /circle\/0\.png": it is damaged: CRC mismatch/,
    ],
    [
      "a cut image",
      (folder) => Deno.truncate(`${folder}/circle/0.png`, 50),
      /circle\/0\.png": it is damaged/,
    ],
  ];
  for (const [name, change, message] of cases) await t.step(name, () => refusedFolder(change, message));
  await inFolder(async (folder) => {
    await copy(`${FOLDER}grey/train`, folder);
    for (const name of [".DS_Store", "circle/.DS_Store", "circle/Thumbs.db"]) await write(name)(folder);
    await readOwn({ format: "png", folder: "x", test: { share: 0.5, seed: 0 } }, { x: folder });
  });
});

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

function read(source: OwnSource) {
  return readOwn(source, places(source, FOLDER));
}

async function digestOf(source: OwnSource): Promise<string> {
  return splitIdentity((await read(source)).train);
}

function places(source: OwnSource, folder: string): Record<string, string> {
  return Object.fromEntries(requestOf(source).paths.map(({ path }) => [path, folder + path]));
}

/** Images of 4 x 5 pixels. */
function rowsOf(images: Uint8Array): string[] {
  return Array.from({ length: images.length / 20 }, (_, i) => images.subarray(i * 20, (i + 1) * 20).join());
}

async function refusedFolder(change: (folder: string) => Promise<void>, message: RegExp): Promise<void> {
  await inFolder(async (folder) => {
    await copy(`${FOLDER}grey/train`, folder);
    await change(folder);
    const source: OwnSource = { format: "png", folder: "x", test: { share: 0.5, seed: 0 } };
    const error = await assertRejects(() => readOwn(source, { x: folder }), FileError);
    assert(message.test(error.message), error.message);
  });
}

async function flip(path: string): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[bytes.length - 20]! ^= 1;
  await Deno.writeFile(path, bytes);
}

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
