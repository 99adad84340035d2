import { assert, assertEquals, assertRejects } from "@std/assert";
import { FileError } from "../../../core/diagnostic.ts";
import { splitIdentity } from "../../../core/identity.ts";
import { readOwn } from "./read.ts";
import type { OwnSource } from "./source.ts";
import { copy, expected, FOLDER, inFolder, read } from "./testing/reference.ts";

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
    [
      "a link to nothing",
      (folder) => Deno.symlink("none.png", `${folder}/circle/l.png`),
      /circle\/l\.png": it is not there/,
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
