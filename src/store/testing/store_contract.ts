import { assert, assertEquals } from "@std/assert";
import { type Digest, sha256 } from "../../core/digest.ts";
import type { Json } from "../../core/json.ts";
import { INLINE_LIMIT, type NewResult, type Store, type StoredResult } from "../store.ts";
import { bytesOf, flipBit, type Folders, objectPath, setLater, withFolders } from "./folders.ts";

/** What is asked of a store, wherever it is open. */
export interface View {
  has(identity: Digest): Promise<boolean>;
  read(identity: Digest): Promise<StoredResult | undefined>;
  readAll(identity: Digest): Promise<StoredResult[]>;
  /** What it warned of so far. */
  readonly warnings: readonly string[];
}

/** A way to look at a store that others write. */
export interface Way {
  readonly name: string;
  /** A store to write with, and how to look at what it holds now: called any number of times. */
  open(folders: Folders): Promise<{ writer: Store; view(): Promise<View>; close(): Promise<void> }>;
}

/** What every store holds to, whatever its index is kept in and whoever looks at it. */
export function testStore(way: Way): void {
  const test = (name: string, run: (opened: Opened) => Promise<void>) =>
    Deno.test(`Store (${way.name}) ${name}`, () => withStore(way, run));

  test("gives back what was stored: small values, large ones, objects, outputs", async ({ writer, view }) => {
    const object = await writer.objects.put(bytesOf("weights"));
    const large = "x".repeat(INLINE_LIMIT);
    await writer.add({ ...result("small", { rows: [1, "ü"] }), objects: [object], output: sha256("output") });
    await writer.add({ ...result("large", large), parts: [sha256("small")] });
    const later = await view();
    const small = await later.read(sha256("small"));
    assertEquals(small?.value, { rows: [1, "ü"] });
    assertEquals([small?.objects, small?.output], [[object], sha256("output")]);
    assertEquals((await later.read(sha256("large")))?.value, large);
    assertEquals([await later.has(sha256("other")), await later.read(sha256("other"))], [false, undefined]);
    assertEquals(later.warnings, []);
  });

  test("finds each of many results, and no other", async ({ writer, view }) => {
    const names = Array.from({ length: 300 }, (_, i) => `result ${i}`);
    await Promise.all(names.map((name, i) => writer.add(result(name, i))));
    const later = await view();
    for (const [i, name] of names.entries()) assertEquals((await later.read(sha256(name)))?.value, i);
    assert(!await later.has(sha256("result 300")));
  });

  test("reads the first of an identity's results that is whole", async ({ writer, view, root }) => {
    const [one, two] = [await writer.objects.put(bytesOf("one")), await writer.objects.put(bytesOf("two"))];
    await writer.add({ ...result("a", 1), objects: [one] });
    await writer.add({ ...result("a", 2), objects: [two] });
    assertEquals((await (await view()).read(sha256("a")))?.value, 1);
    await Deno.remove(objectPath(root, one));
    assertEquals((await (await view()).read(sha256("a")))?.value, 2);
    await Deno.remove(objectPath(root, two));
    assertEquals(await (await view()).has(sha256("a")), false);
  });

  test("reads all states under an identity in the order of their adding", async ({ writer, view }) => {
    for (const state of [3, 1, 2]) await writer.add(result("state", state));
    const states = await (await view()).readAll(sha256("state"));
    assertEquals(states.map(({ value }) => value), [3, 1, 2]);
    assertEquals(await (await view()).readAll(sha256("none")), []);
  });

  test("calls a result missing whose object was changed or cut off, and removes what is left of it", async ({ writer, view, root }) => {
    const damages: Record<string, (path: string) => Promise<void>> = {
      flipped: (path) => flipBit(path, 2),
      short: (path) => Deno.truncate(path, 3),
      empty: (path) => Deno.truncate(path, 0),
      long: (path) => Deno.writeTextFile(path, "more", { append: true }),
    };
    for (const [name, damage] of Object.entries(damages)) {
      const object = await writer.objects.put(bytesOf(`weights ${name}`));
      await writer.add({ ...result(name, 1), objects: [object] });
      await damage(objectPath(root, object));
      const later = await view();
      assertEquals([name, await later.has(sha256(name))], [name, false]);
      assert(later.warnings.some((warning) => warning.includes(object)), `${name}: nothing was said`);
      assertEquals(writer.objects.size(object), undefined);
    }
  });

  test("calls a result missing whose value was changed", async ({ writer, view, root }) => {
    const large = JSON.stringify("x".repeat(INLINE_LIMIT));
    await writer.add(result("large", JSON.parse(large)));
    await flipBit(objectPath(root, sha256(large)), 7);
    const later = await view();
    assertEquals([await later.read(sha256("large")), later.warnings.length], [undefined, 1]);
  });

  test("keeps a result whose object was written again with the same bytes", async ({ writer, view, root }) => {
    const object = await writer.objects.put(bytesOf("weights"));
    await writer.add({ ...result("a", 1), objects: [object] });
    await setLater(objectPath(root, object));
    const later = await view();
    assertEquals([await later.has(sha256("a")), later.warnings], [true, []]);
  });

  test("misses one of two objects that were swapped, whatever their times", async ({ writer, view, root }) => {
    const [one, two] = [await writer.objects.put(bytesOf("one")), await writer.objects.put(bytesOf("two"))];
    await writer.add({ ...result("a", 1), objects: [one, two] });
    await Deno.rename(objectPath(root, one), `${root}/aside`);
    await Deno.rename(objectPath(root, two), objectPath(root, one));
    await Deno.rename(`${root}/aside`, objectPath(root, two));
    for (const object of [one, two]) await setLater(objectPath(root, object));
    assertEquals(await (await view()).has(sha256("a")), false);
  });

  test("says which line of a segment is damaged, and finds what stands around it", async ({ writer, view }) => {
    for (const name of ["a", "b", "c"]) await writer.add(result(name, name));
    const { path } = writer.segments()[0]!;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace('"inline":"b"', '"inline":"B"'));
    await setLater(path);
    const later = await view();
    assertEquals(await Promise.all(["a", "b", "c"].map((name) => later.has(sha256(name)))), [
      true,
      false,
      true,
    ]);
    assertEquals(later.warnings, [
      `Cannot read line 2 of "${path}": it is damaged; its result counts as missing`,
    ]);
  });

  test("loses what a segment held that is removed, and nothing else", async ({ writer, view, root }) => {
    await writer.add(result("a", 1));
    const other = await copySegment(root, writer, "0-other");
    await writer.add(result("b", 2));
    const [first] = writer.segments();
    assertEquals(first!.path, other);
    await Deno.remove(writer.segments()[1]!.path);
    const later = await view();
    assertEquals([await later.has(sha256("a")), await later.has(sha256("b"))], [true, false]);
  });

  test("finds out that two segments were swapped", async ({ writer, view, root }) => {
    await writer.add(result("a", 1));
    const other = await copySegment(root, writer, "0-other");
    await writer.add(result("b", 2));
    await (await view()).has(sha256("b"));
    const own = writer.segments()[1]!.path;
    await Deno.rename(own, `${root}/aside`);
    await Deno.rename(other, own);
    await Deno.rename(`${root}/aside`, other);
    const later = await view();
    assertEquals((await later.read(sha256("a")))?.value, 1);
    assertEquals((await later.read(sha256("b")))?.value, 2);
  });

  test("calls discarded results missing, and keeps objects that others need", async ({ writer, view }) => {
    const [own, shared] = [
      await writer.objects.put(bytesOf("own")),
      await writer.objects.put(bytesOf("shared")),
    ];
    await writer.add({ ...result("state", 1), objects: [own, shared] });
    await writer.add({ ...result("other", 2), objects: [shared] });
    await writer.discard(sha256("state"), [own, shared]);
    const later = await view();
    assertEquals([await later.has(sha256("state")), await later.has(sha256("other"))], [false, true]);
    assertEquals(writer.objects.size(own), undefined);
  });
}

interface Opened extends Folders {
  readonly writer: Store;
  view(): Promise<View>;
}

async function withStore(way: Way, run: (opened: Opened) => Promise<void>): Promise<void> {
  await withFolders(async (folders) => {
    const opened = await way.open(folders);
    try {
      await run({ ...folders, writer: opened.writer, view: () => opened.view() });
    } finally {
      await opened.close();
    }
  });
}

/** As if another process had stored the same: its segment comes first. @returns Its path */
async function copySegment(root: string, writer: Store, name: string): Promise<string> {
  const path = `${root}/records/${name}.jsonl`;
  await Deno.copyFile(writer.segments()[0]!.path, path);
  return path;
}

export function result(name: string, value: Json): NewResult {
  return { identity: sha256(name), value, objects: [] as Digest[], seconds: 0.5 };
}
