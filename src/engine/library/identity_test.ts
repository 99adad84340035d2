import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { libraryIdentity } from "./identity.ts";
import type { LocatedLibrary } from "./locate.ts";
import { fakeLibrary, fakeWheel } from "./testing/fake_wheel.ts";

const { platform } = await fakeWheel();

async function withLibrary(
  test: (library: LocatedLibrary, env: Map<string, string>, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const library = { cc: `${folder}/cc`, framework: `${folder}/framework`, version: null } as const;
  await Deno.writeFile(library.cc, fakeLibrary(platform.cc.bytes));
  await Deno.writeFile(library.framework, fakeLibrary(platform.framework.bytes));
  await test(
    { ...library, origin: "WEFT_LIBTENSORFLOW" },
    new Map([["WEFT_CACHE", `${folder}/cache`]]),
    folder,
  );
  await Deno.remove(folder, { recursive: true });
}

Deno.test("libraryIdentity() is the version for the pinned bytes, wherever they lie", () =>
  withLibrary(async (library, env) => {
    assertEquals(await libraryIdentity(library, env, platform), "tensorflow-2.21.0");
    const installed = { ...library, cc: "/not/read", origin: "cache" } as const;
    assertEquals(await libraryIdentity(installed, env, platform), "tensorflow-2.21.0");
  }));

Deno.test("libraryIdentity() of another library depends on the bytes of both files and on nothing else", () =>
  withLibrary(async (library, env, folder) => {
    await Deno.writeFile(library.framework, fakeLibrary(100));
    const identity = await libraryIdentity(library, env, platform);
    assertEquals(
      identity,
      "libtensorflow-02886327d91709ba3f796292a638cf96c6ba9c7658289999b5b6ed94b6d3ec6e",
    );
    await Deno.mkdir(`${folder}/moved`);
    await Deno.copyFile(library.cc, `${folder}/moved/cc`);
    const moved = { ...library, cc: `${folder}/moved/cc`, version: "2.20.0" };
    assertEquals(await libraryIdentity(moved, env, platform), identity);
    await Deno.writeFile(library.cc, fakeLibrary(99));
    const changed = await libraryIdentity(library, env, platform);
    assertNotEquals(changed, identity);
    assertMatch(changed, /^libtensorflow-[0-9a-f]{64}$/);
  }));

Deno.test("libraryIdentity() hashes a file again only when its size or time has changed", () =>
  withLibrary(async (library, env, folder) => {
    const identity = await libraryIdentity(library, env, platform);
    const { mtime } = await Deno.stat(library.cc);
    const other = fakeLibrary(platform.cc.bytes).reverse();
    await Deno.writeFile(library.cc, other);
    await Deno.utime(library.cc, mtime!, mtime!);
    assertEquals(await libraryIdentity(library, env, platform), identity);
    await Deno.utime(library.cc, mtime!, new Date(mtime!.getTime() + 5000));
    assertNotEquals(await libraryIdentity(library, env, platform), identity);
    assertEquals([...Deno.readDirSync(`${folder}/cache/libtensorflow`)].map(({ name }) => name), [
      "digests.json",
    ]);
  }));

Deno.test("libraryIdentity() works where the cache folder cannot be written", () =>
  withLibrary(async (library, env, folder) => {
    await Deno.writeTextFile(`${folder}/cache`, "a file");
    assertEquals(await libraryIdentity(library, env, platform), "tensorflow-2.21.0");
  }));
