import { assert, assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../core/diagnostic.ts";
import { sha256 } from "../../core/digest.ts";
import type { PrepareContext } from "../../core/stage_kind.ts";
import { fetchFiles, findBatches, findFile } from "./files.ts";
import { md5Of } from "./official.ts";
import { type CifarFiles, type Source, type SourceFile, SOURCES } from "./sources.ts";

Deno.test("fetchFiles() downloads into the cache what is missing, once, with progress in bytes", async () => {
  await using place = await testPlace();
  const told: string[] = [];
  const progress = (what: string, done: number, total: number) => told.push(`${what} ${done}/${total}`);
  await fetchFiles(place.source, { ...quiet, progress }, place.env);
  assertEquals(place.asked.toSorted(), ["/a-images", "/a-labels", "/b-images", "/b-labels"]);
  assert(told.includes("MNIST (a-images) 8/8"), told.join());
  const path = await findFile(place.source, place.images, place.env);
  assertEquals(path, `${place.folder}/cache/data/mnist/a-images`);
  assertEquals(await Deno.readTextFile(path), "a-images");

  await fetchFiles(place.source, { ...quiet, progress }, place.env);
  assertEquals(place.asked.length, 4);
});

Deno.test("fetchFiles() asks for nothing that the folder of WEFT_DATA has", async () => {
  await using place = await testPlace();
  await Deno.mkdir(`${place.folder}/own/mnist`, { recursive: true });
  for (const name of ["a-images", "a-labels", "b-images"]) {
    await Deno.writeTextFile(`${place.folder}/own/mnist/${name}`, "");
  }
  await fetchFiles(place.source, quiet, place.env);
  assertEquals(place.asked, ["/b-labels"]);
});

Deno.test("fetchFiles() says which files to put where when no mirror has them", async () => {
  await using place = await testPlace();
  const source = { ...place.source, mirrors: place.source.mirrors.map((mirror) => `${mirror}/gone`) };
  const error = await assertRejects(
    () => fetchFiles(source, quiet, place.env),
    UserError,
    "Cannot download MNIST (a-images)",
  );
  const { help } = error as UserError;
  assert(
    help!.includes(`put a-images, a-labels, b-images, b-labels into ${place.folder}/cache/data/mnist`),
    help,
  );
  assert(help!.includes("WEFT_DATA"), help);
});

Deno.test("fetchFiles() takes from the second mirror what the first does not have", async () => {
  await using place = await testPlace();
  const [mirror] = place.source.mirrors;
  const source = { ...place.source, mirrors: [`${mirror}/gone`, mirror!] };
  await fetchFiles(source, quiet, place.env);
  assertEquals(place.asked.filter((path) => !path.startsWith("/gone")).length, 4);
  assertEquals(await Deno.readTextFile(await findFile(source, place.images, place.env)), "a-images");
});

Deno.test("fetchFiles() leaves no file in the cache whose bytes are others", async () => {
  await using place = await testPlace();
  const images = { ...place.images, sha256: sha256("something else") };
  const { files } = place.source;
  if (files.format !== "idx") throw new TypeError("the source has idx files");
  const source = { ...place.source, files: { ...files, train: { ...files.train, images } } };
  await assertRejects(
    () => fetchFiles(source, quiet, place.env),
    UserError,
    "Cannot download MNIST (a-images)",
  );
  await assertRejects(() => findFile(source, images, place.env), UserError, "does not exist");
});

Deno.test("SOURCES names at least two mirrors on different hosts for what is downloaded", () => {
  for (const { files, mirrors } of Object.values(SOURCES)) {
    const hosts = new Set(mirrors.map((mirror) => new URL(mirror).host));
    assert(files.format === "package" || hosts.size >= 2);
  }
});

Deno.test("fetchFiles() downloads an archive unless the folder of WEFT_DATA has it or all that is in it", async () => {
  await using place = await testPlace();
  const archive: SourceFile = { name: "c.tar.gz", bytes: 8, sha256: sha256("c.tar.gz") };
  const files: CifarFiles = {
    format: "cifar",
    archive,
    folder: "inside",
    train: [{ name: "one.bin", md5: "" }, { name: "two.bin", md5: "" }],
    test: [{ name: "test.bin", md5: "", copyMd5: md5Of(new TextEncoder().encode("copied")) }],
    copy: { sizes: [3, 5], note: "it is short" },
  };
  const source: Source = { ...place.source, files };
  const own = `${place.folder}/own/mnist`;
  const warnings: string[] = [];
  const fetch = () => fetchFiles(source, { ...quiet, warn: (message) => warnings.push(message) }, place.env);

  await Deno.mkdir(`${own}/inside`, { recursive: true });
  for (const name of ["one.bin", "two.bin", "test.bin"]) {
    await Deno.writeTextFile(`${own}/inside/${name}`, "");
  }
  await fetch();
  assertEquals(place.asked, []);
  assertEquals(await findBatches(source, files, place.env), { folder: `${own}/inside` });

  assertEquals(warnings, []);
  await Deno.writeTextFile(`${own}/inside/test.bin`, "copied");
  await fetch();
  assertEquals(warnings.splice(0), [`"${own}/inside/test.bin" is not the official file: it is short`]);

  await Deno.remove(`${own}/inside/two.bin`);
  await fetch();
  assertEquals(place.asked, ["/c.tar.gz"]);
  assertEquals(await findBatches(source, files, place.env), {
    archive: `${place.folder}/cache/data/mnist/c.tar.gz`,
  });

  await Deno.writeTextFile(`${own}/c.tar.gz`, "abc");
  await fetch();
  assertEquals(warnings.splice(0), [`"${own}/c.tar.gz" is not the official file: it is short`]);
  assertEquals(await findBatches(source, files, place.env), { archive: `${own}/c.tar.gz` });

  await Deno.remove(`${own}/c.tar.gz`);
  await Deno.writeTextFile(`${own}/c.tar`, "abcde");
  await fetch();
  assertEquals(warnings, [`"${own}/c.tar" is not the official file: it is short`]);
});

const quiet: PrepareContext = { signal: new AbortController().signal, progress: () => {}, warn: () => {} };

/** A source of four files that a server on this machine gives, each with its own name as content. */
async function testPlace() {
  const folder = await Deno.makeTempDir();
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    return pathname.startsWith("/gone")
      ? new Response(null, { status: 404 })
      : new Response(pathname.slice(1));
  });
  const file = (name: string): SourceFile => ({ name, bytes: name.length, sha256: sha256(name) });
  const images = file("a-images");
  const source: Source = {
    ...SOURCES.mnist,
    files: {
      format: "idx",
      train: { images, labels: file("a-labels") },
      test: { images: file("b-images"), labels: file("b-labels") },
    },
    mirrors: [`http://127.0.0.1:${server.addr.port}`],
  };
  const dispose = async () => {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  };
  const env = new Map([["WEFT_DATA", `${folder}/own`], ["WEFT_CACHE", `${folder}/cache`]]);
  return { folder, env, asked, source, images, [Symbol.asyncDispose]: dispose };
}
