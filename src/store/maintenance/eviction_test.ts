import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { type Digest, sha256 } from "../../core/digest.ts";
import { evict } from "./eviction.ts";
import type { RecordEntry } from "./inventory.ts";
import { neededObjects } from "./needed.ts";

const LINE = 100;

Deno.test("evict() gives up states first, then what is the quickest to compute again for its bytes, then what the last runs need", () => {
  const records = {
    dear: record("dear", { seconds: 100, objects: { a: 1000 } }),
    cheap: record("cheap", { seconds: 1, objects: { b: 1000 } }),
    small: record("small", { seconds: 1, objects: { c: 10 } }),
    last: record("last", { seconds: 0, objects: { d: 5000 } }),
    state: record("state", { seconds: 1000, objects: { e: 10 }, state: "lasting" }),
  };
  assertEquals(order(Object.values(records), records.last), ["state", "cheap", "small", "dear", "last"]);
});

Deno.test("evict() counts the bytes of an object that several results share where the last of them goes", () => {
  const records = [
    record("one", { seconds: 10, objects: { shared: 10_000 } }),
    record("other", { seconds: 11, objects: { shared: 10_000 } }),
    record("alone", { seconds: 10, objects: { own: 500 } }),
  ];
  assertEquals(order(records), ["alone", "one", "other"]);
  const { evicted, bytes } = evict(records, 10_200, () => false);
  assertEquals([names(evicted), bytes], [["alone"], 10_200]);
  assertEquals(
    evict(records, 10_199, () => false).bytes,
    10_100,
    "one of two that share frees its line alone",
  );
  assertEquals(evict(records, 10_099, () => false).bytes, 0, "the other frees the object, too");
});

Deno.test("evict() gives up a result after what was put together from it", () => {
  const records = [
    record("part", { seconds: 0, objects: { a: 9000 } }),
    record("whole", { seconds: 100, objects: { a: 9000 }, parts: ["part"] }),
    record("other", { seconds: 1, objects: { b: 1000 } }),
  ];
  assertEquals(order(records), ["other", "whole", "part"]);
});

const stores = fc.array(
  fc.record({
    seconds: fc.nat(20),
    objects: fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.constant(0), { maxKeys: 3 }),
    parts: fc.uniqueArray(fc.nat(7).map(String), { maxLength: 2 }),
    state: fc.constantFrom(undefined, undefined, "lasting" as const),
    isLast: fc.boolean(),
  }),
  { maxLength: 8 },
).map((all) =>
  all.map(({ objects, parts, isLast, ...told }, i) => ({
    isLast,
    entry: record(String(i), {
      ...told,
      objects: Object.fromEntries(Object.keys(objects).map((name) => [name, 50 * name.charCodeAt(0)])),
      parts: parts.filter((part) => Number(part) < i), // parts come first
    }),
  }))
);

Deno.test("evict() meets every limit, in any order of the records alike, with nothing gone that was not in the way", () => {
  fc.assert(fc.property(stores, fc.nat(40_000), fc.nat(7), (all, limit, shift) => {
    const records = all.map(({ entry }) => entry);
    const last = new Set(all.filter(({ isLast }) => isLast).map(({ entry }) => entry));
    const { evicted, bytes, needed } = evict(records, limit, (entry) => last.has(entry));
    const kept = records.filter((entry) => !evicted.has(entry));
    assertEquals(bytes, bytesOf(kept));
    assert(bytes <= limit);
    const rotated = [...records.slice(shift), ...records.slice(0, shift)];
    assertEquals(evict(rotated, limit, (entry) => last.has(entry)).evicted, evicted);
    assertEquals(needed, [...evicted].filter((entry) => last.has(entry)).length);
    const whole = new Set(kept.map(({ identity }) => identity));
    for (const { parts } of kept) {
      for (const part of parts) assert(whole.has(part), "a part of what is kept is kept");
    }
    const final = [...evicted].at(-1);
    if (final !== undefined) {
      assert(bytesOf([...kept, final]) > limit, "without the last one the limit was not met");
    }
  }));
});

function record(
  name: string,
  { seconds, objects, parts = [], state }: {
    readonly seconds: number;
    readonly objects: Readonly<Record<string, number>>;
    readonly parts?: readonly string[];
    readonly state?: "lasting" | undefined;
  },
): RecordEntry {
  return {
    segment: { name: "segment", path: "segment" },
    place: { offset: 0, length: LINE },
    identity: sha256(name),
    of: name,
    state,
    objects: Object.entries(objects).map(([object, size]): [Digest, number] => [sha256(object), size]),
    parts: parts.map((part) => sha256(part)),
    seconds,
    time: "2026-01-01T00:00:00.000Z",
  };
}

/** In which order all of the records go. */
function order(records: readonly RecordEntry[], ...last: readonly RecordEntry[]): string[] {
  return names(evict(records, 0, (entry) => last.includes(entry)).evicted);
}

function names(records: Iterable<RecordEntry>): string[] {
  return [...records].map(({ of }) => of!);
}

function bytesOf(records: readonly RecordEntry[]): number {
  return records.length * LINE + [...neededObjects(records).values()].reduce((sum, size) => sum + size, 0);
}
