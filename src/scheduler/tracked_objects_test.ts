import { assertEquals } from "@std/assert";
import { type Digest, sha256 } from "../core/digest.ts";
import { TrackedObjects } from "./tracked_objects.ts";

Deno.test("TrackedObjects.neededBy() gives what was written, and of states what the outcome names", async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const writer = { get: () => Promise.reject(), put: (bytes: Uint8Array) => Promise.resolve(sha256(bytes)) };
  const given = { value: null, objects: [sha256("given, named"), sha256("given, not named")] };
  const objects = new TrackedObjects(writer, [given]);
  const written: Digest[] = [];
  for (const text of ["own, not named", "kept, named", "kept, not named"]) {
    written.push(await objects.put(bytes(text)));
  }
  const [own, named, notNamed] = written;
  objects.keep({ value: null, objects: [named!, notNamed!] });
  const outcome = { weights: { "epoch 1": given.objects[0]!, "epoch 2": [named!] } };
  assertEquals(new Set(objects.neededBy(outcome)), new Set([own!, named!, given.objects[0]!]));
});
