import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { TransientError, UserError } from "../core/diagnostic.ts";
import { backoffSeconds, canPass } from "./retry.ts";

Deno.test("canPass() says yes to what a network, a disk or a busy machine may get over", () => {
  const busy = Object.assign(new Error("Resource busy (os error 16)"), { code: "EBUSY" });
  assert(canPass(busy));
  assert(canPass(new TransientError("Cannot download the images: the server is busy")));
  assert(canPass(new Error("Cannot start", { cause: busy })));
  assert(!canPass(new UserError("Cannot double the value: it is odd")));
  assert(!canPass(Object.assign(new Error("No space left on device"), { code: "ENOSPC" })));
  assert(!canPass("EBUSY"));
});

Deno.test("canPass() knows the error of a file system as Deno throws it", async () => {
  const error = await Deno.open("/dev/tcp-is-no-file").catch((error) => error);
  assertEquals(error.code, "ENOENT");
  assert(!canPass(error));
});

Deno.test("backoffSeconds() doubles, and is half as much again or less around 1, 2, 4, ...", () => {
  assertEquals([1, 2, 3].map((failed) => backoffSeconds(failed, 0.5)), [1, 2, 4]);
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), random, (failed, random) => {
    const seconds = backoffSeconds(failed, random) / 2 ** (failed - 1);
    assert(seconds >= 0.5 && seconds <= 1.5);
  }));
});
