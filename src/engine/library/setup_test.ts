import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../../core/diagnostic.ts";
import { locateLibrary } from "./locate.ts";
import { setupLibrary, type SetupOptions } from "./setup.ts";
import { type FakeWheel, fakeWheel } from "./testing/fake_wheel.ts";

const FAKE = await fakeWheel();
const NAME = FAKE.platform.wheel.name;

interface Machine {
  readonly env: Map<string, string>;
  readonly cache: string;
  /** Paths that were asked of the index. */
  readonly asked: string[];
  readonly options: SetupOptions;
}

/** Runs `test` on a machine with an empty cache folder and an index on loopback that has the wheel. */
async function onMachine(
  test: (machine: Machine) => Promise<void>,
  { bytes, platform }: FakeWheel = FAKE,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const asked: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    if (pathname.endsWith(".whl")) return new Response(bytes);
    return new Response(`<a href="/files/${NAME}">${NAME}</a>`, { headers: { "content-type": "text/html" } });
  });
  const env = new Map([
    ["WEFT_CACHE", folder],
    ["PIP_INDEX_URL", `http://127.0.0.1:${server.addr.port}/simple`],
  ]);
  const findPython = () => Promise.resolve(null);
  try {
    await test({ env, asked, cache: `${folder}/libtensorflow`, options: { env, platform, findPython } });
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("setupLibrary() fetches, unpacks and leaves the library alone", () =>
  onMachine(async ({ env, cache, asked, options }) => {
    const seen = new Set<string>();
    const { library, did, message } = await setupLibrary({
      ...options,
      progress: (what) => void seen.add(what),
    });
    assertEquals(did, "installed");
    assertEquals(message, `libtensorflow 2.21.0 is now in ${cache}/tensorflow-2.21.0-fake`);
    assertEquals(library, await locateLibrary(env, FAKE.platform) as typeof library);
    assertEquals(asked, ["/simple/tensorflow-fake/", `/files/${NAME}`]);
    assertEquals(namesIn(cache), ["tensorflow-2.21.0-fake"]);
    assertEquals([...seen].map((what) => what.split(" ")[0]), ["asking", "downloading", "unpacking"]);
  }));

Deno.test("setupLibrary() a second time asks nothing, writes nothing and says so", () =>
  onMachine(async ({ cache, asked, options }) => {
    await setupLibrary(options);
    const { mtime } = await Deno.stat(`${cache}/tensorflow-2.21.0-fake/libtensorflow_cc.so.2`);
    asked.length = 0;
    const { did, message } = await setupLibrary(options);
    assertEquals([did, message], ["nothing", `libtensorflow is already in ${cache}/tensorflow-2.21.0-fake`]);
    assertEquals(asked, []);
    assertEquals((await Deno.stat(`${cache}/tensorflow-2.21.0-fake/libtensorflow_cc.so.2`)).mtime, mtime);
  }));

Deno.test("setupLibrary() twice at once fetches once", () =>
  onMachine(async ({ asked, options }) => {
    const results = await Promise.all([setupLibrary(options), setupLibrary(options)]);
    assertEquals(results.map(({ did }) => did).sort(), ["installed", "nothing"]);
    assertEquals(asked.length, 2);
  }));

Deno.test("setupLibrary() uses a wheel that was put into the cache folder, without a network", () =>
  onMachine(async ({ cache, asked, options }) => {
    await Deno.mkdir(cache);
    await Deno.writeFile(`${cache}/${NAME}`, FAKE.bytes);
    assertEquals((await setupLibrary(options)).did, "installed");
    assertEquals(asked, []);
    assertEquals(namesIn(cache), ["tensorflow-2.21.0-fake"]);
  }));

Deno.test("setupLibrary() with a wheel of one's own asks nobody and leaves that wheel", () =>
  onMachine(async ({ asked, options }) => {
    const wheel = await Deno.makeTempFile({ suffix: ".whl" });
    await Deno.writeFile(wheel, FAKE.bytes);
    assertEquals((await setupLibrary({ ...options, wheel })).did, "installed");
    assertEquals(asked, []);
    await Deno.remove(wheel);
  }));

Deno.test("setupLibrary() interrupted while unpacking leaves no installation, and keeps the wheel for the next", () =>
  onMachine(async ({ env, cache, asked, options }) => {
    const stop = new AbortController();
    const progress = (what: string) => what.startsWith("unpacking") && stop.abort(new Error("interrupted"));
    const stopped = () => setupLibrary({ ...options, progress, signal: stop.signal });
    await assertRejects(stopped, Error, "interrupted");
    assert("missing" in await locateLibrary(env, FAKE.platform));
    assertEquals(namesIn(cache), [NAME]);
    asked.length = 0;
    assertEquals((await setupLibrary(options)).did, "installed");
    assertEquals(asked, []);
    assertEquals(namesIn(cache), ["tensorflow-2.21.0-fake"]);
  }));

Deno.test("setupLibrary() refuses what the index gives if it is not the pinned wheel", async () => {
  const bytes = FAKE.bytes.slice();
  bytes[1000]! ^= 1;
  await onMachine(async ({ env, options }) => {
    const error = await assertRejects(() => setupLibrary(options), UserError);
    assertMatch(error.message, /^Cannot download libtensorflow from http.*SHA-256 [0-9a-f]{64} where/);
    assert("missing" in await locateLibrary(env, FAKE.platform));
  }, { bytes, platform: FAKE.platform });
});

Deno.test("setupLibrary() on a system without a wheel, or with too small a disk, does not begin", () =>
  onMachine(async ({ asked, options }) => {
    const unsupported = () => setupLibrary({ ...options, platform: null });
    await assertRejects(unsupported, UserError, "Cannot install libtensorflow: there is none for");
    const platform = { ...FAKE.platform, cc: { ...FAKE.platform.cc, bytes: 1e18 } };
    const tooLarge = () => setupLibrary({ ...options, platform });
    await assertRejects(
      tooLarge,
      UserError,
      "Cannot install libtensorflow: it needs 1000000.0 TB on the disk",
    );
    assertEquals(asked, []);
  }));

Deno.test("setupLibrary() leaves things as they are where WEFT_LIBTENSORFLOW names a library", () =>
  onMachine(async ({ env, cache, options }) => {
    await setupLibrary(options);
    const own = `${cache}/own`;
    await Deno.rename(`${cache}/tensorflow-2.21.0-fake`, own);
    env.set("WEFT_LIBTENSORFLOW", own);
    const { did, message } = await setupLibrary(options);
    assertEquals([did, message], [
      "nothing",
      `libtensorflow is already in ${own}, as WEFT_LIBTENSORFLOW says`,
    ]);
  }));

Deno.test("setupLibrary() with usePython uses Python's library of the same version, without a download", () =>
  onMachine(async ({ env, cache, asked, options }) => {
    await setupLibrary(options);
    const folder = `${cache}/site`;
    await Deno.rename(`${cache}/tensorflow-2.21.0-fake`, folder);
    const files = {
      cc: `${folder}/libtensorflow_cc.so.2`,
      framework: `${folder}/libtensorflow_framework.so.2`,
    };
    const python = { ...files, folder, python: "python3", version: "2.21.0" };
    asked.length = 0;
    const withPython = (version: string) =>
      setupLibrary({
        ...options,
        usePython: true,
        findPython: () => Promise.resolve({ ...python, version }),
      });
    const error = await assertRejects(
      () => withPython("2.19.0"),
      UserError,
      "it has version 2.19.0 where 2.21.0",
    );
    assertMatch(error.help!, new RegExp(`^set WEFT_LIBTENSORFLOW=${folder} `));
    const { did, library } = await withPython("2.21.0");
    assertEquals(did, "linked");
    assertEquals(library, { ...files, origin: "python", version: "2.21.0" });
    assertEquals(await locateLibrary(env, FAKE.platform), library);
    assertEquals(asked, []);
    const none = () =>
      setupLibrary({ ...options, env: new Map([["WEFT_CACHE", `${cache}/new`]]), usePython: true });
    await assertRejects(none, UserError, "neither python3 nor python has one");
  }));
