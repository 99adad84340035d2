import { assert, assertEquals, assertMatch } from "@std/assert";
import { isDigest } from "../../core/digest.ts";
import { libraryPlatform, TENSORFLOW_VERSION } from "./platforms.ts";

Deno.test("libraryPlatform() pins wheel and files for Linux and macOS, and has nothing for others", () => {
  for (const [os, arch] of [["linux", "x86_64"], ["linux", "aarch64"], ["darwin", "aarch64"]] as const) {
    const { wheel, cc, framework } = libraryPlatform(os, arch)!;
    assertMatch(
      wheel.name,
      new RegExp(`^${wheel.project.replace("-", "_")}-${TENSORFLOW_VERSION}-cp311-cp311-`),
    );
    for (const { bytes, sha256 } of [wheel, cc, framework]) assert(bytes > 10e6 && isDigest(sha256));
    assert(cc.bytes > wheel.bytes);
    assert([cc, framework].every(({ name }) => name.includes(os === "darwin" ? ".2.dylib" : ".so.2")));
  }
  assertEquals(libraryPlatform("windows", "x86_64"), null);
  assertEquals(libraryPlatform("darwin", "x86_64"), null);
});
