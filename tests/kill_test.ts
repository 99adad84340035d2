import { assertEquals } from "@std/assert";
import { tryMoments } from "./testing/kills.ts";

Deno.test({
  name:
    "weft run, killed at 20 random moments, goes on to the same artifacts, and the store needs no care by hand",
  ignore: Deno.build.os !== "linux", // children are found in /proc
  fn: async () => {
    const seed = Date.now() % 1_000_000;
    assertEquals(await tryMoments(20, seed), []);
  },
});
