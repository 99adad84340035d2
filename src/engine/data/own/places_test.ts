import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Environment } from "../../../core/cache_dir.ts";
import { UserError } from "../../../core/diagnostic.ts";
import { fileState } from "../../../core/file_state.ts";
import type { FilesRead } from "../../../core/own_files.ts";
import { notePlace, openOwn } from "./places.ts";
import { lookUp } from "./read.ts";

const REFERENCE = new URL("../../../../tests/reference/own_data/", import.meta.url).pathname;
const SOURCE = {
  format: "npy",
  train: { images: "images", labels: "labels" },
  test: { share: 0.5, seed: 0 },
} as const;

Deno.test("openOwn() finds the files of a data set by what its splits hold, and gives its arrays", () =>
  inFolder(async ({ known, files, env }) => {
    await Promise.all([1, 2, 3].map(() => notePlace(known, files, env))); // stages may be prepared at the same time
    const { train, test } = await openOwn(known, env);
    assertEquals([train.labels.length, test.labels.length], [6, 6]);
  }));

Deno.test("notePlace() refuses files that changed since they were read, or are gone", () =>
  inFolder(async ({ folder, known, files, env }) => {
    await Deno.truncate(`${folder}/labels`, 10);
    for (const change of [() => {}, () => Deno.removeSync(`${folder}/labels`)]) {
      change();
      const error = await assertRejects(() => notePlace(known, files, env), UserError);
      assert(error.message.includes(`"${folder}/labels": the data changed since this run was planned`));
    }
  }));

Deno.test("openOwn() refuses files that hold other data than was planned, and names the split", () =>
  inFolder(async ({ folder, known, files, env }) => {
    await notePlace(known, files, env);
    const bytes = await Deno.readFile(`${folder}/images`);
    bytes[bytes.length - 1]! ^= 1;
    await Deno.writeFile(`${folder}/images`, bytes);
    const error = await assertRejects(() => openOwn(known, env), UserError);
    assert(
      /since this run was planned: its (train|test) split is another one$/.test(error.message),
      error.message,
    );
  }));

Deno.test("openOwn() says what to do where no place is noted, or the note is damaged", () =>
  inFolder(async ({ folder, known, files, env }) => {
    const refused = async () => {
      const error = await assertRejects(() => openOwn(known, env), UserError);
      assert(/does not tell where its files lie$/.test(error.message));
      assertEquals(error.help, "run again");
    };
    await refused();
    await notePlace(known, files, env);
    const [{ name }] = [...Deno.readDirSync(`${folder}/cache/own`)] as [Deno.DirEntry];
    for (const damaged of ['{"question"', "[]", "{}"]) {
      Deno.writeTextFileSync(`${folder}/cache/own/${name}`, damaged);
      await refused();
    }
  }));

interface Data {
  readonly folder: string;
  readonly known: Awaited<ReturnType<typeof lookUp>>;
  readonly files: FilesRead;
  readonly env: Environment;
}

/** A copy of NumPy's files, as they were read. */
async function inFolder(test: (data: Data) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const places = { images: `${folder}/images`, labels: `${folder}/labels` };
  try {
    await Deno.copyFile(`${REFERENCE}grey.npy`, places.images);
    await Deno.copyFile(`${REFERENCE}labels-u1.npy`, places.labels);
    const files = { question: SOURCE, places, state: fileState(Object.values(places)).digest };
    const known = await lookUp(SOURCE, places);
    const env = { get: (name: string) => name === "WEFT_CACHE" ? `${folder}/cache` : undefined };
    await test({ folder, known, files, env });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
