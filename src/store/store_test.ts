import { assert, assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { UserError } from "../core/diagnostic.ts";
import { sha256 } from "../core/digest.ts";
import { statIfThere } from "../core/files.ts";
import { StoreError } from "./errors.ts";
import { takeInventory } from "./maintenance/inventory.ts";
import { INLINE_LIMIT, Store } from "./store.ts";
import { bytesOf, flipBit, type Folders, fullDisk, objectPath, withFolders } from "./testing/folders.ts";
import { result } from "./testing/store_contract.ts";

Deno.test("Store.get() gives back the bytes of Store.put(), in another process too", () =>
  withFolders(async ({ root, cache }) => {
    const store = await Store.open(root, { cache });
    const digest = await store.objects.put(bytesOf("weights"));
    assertEquals(digest, sha256("weights"));
    const later = await Store.open(root, { cache });
    assertEquals(await later.objects.get(digest), bytesOf("weights"));
  }));

Deno.test("Objects.put() leaves an object that is there as it is, and repairs one of another size", () =>
  withFolders(async ({ root, cache }) => {
    const store = await Store.open(root, { cache });
    const digest = await store.objects.put(bytesOf("weights"));
    const before = (await Deno.stat(objectPath(root, digest))).ino;
    await store.objects.put(bytesOf("weights"));
    assertEquals((await Deno.stat(objectPath(root, digest))).ino, before);
    await Deno.writeFile(objectPath(root, digest), bytesOf("wei"));
    await store.objects.put(bytesOf("weights"));
    assertEquals(await store.objects.get(digest), bytesOf("weights"));
  }));

Deno.test("Objects.put() repairs an object whose bytes were changed", () =>
  withStore(async (store, { root }) => {
    const digest = await store.objects.put(bytesOf("weights"));
    await flipBit(objectPath(root, digest), 0);
    await store.objects.put(bytesOf("weights"));
    assertEquals(await store.objects.get(digest), bytesOf("weights"));
  }));

Deno.test("Objects.get() names a damaged object, which counts as missing from then on", () =>
  withStore(async (store, { root }) => {
    const digest = await store.objects.put(bytesOf("weights"));
    await store.add({ ...result("a", 1), objects: [digest] });
    await flipBit(objectPath(root, digest), 0);
    const error = await assertRejects(() => store.objects.get(digest), UserError);
    assertMatch(error.message, new RegExp(`object ${digest} .* damaged`));
    assert(!store.has(sha256("a")));
  }));

Deno.test("Store.read() finds out about damage that left the object's time as it was", () =>
  withStore(async (store, { root }) => {
    const large = JSON.stringify("x".repeat(INLINE_LIMIT));
    await store.add(result("large", JSON.parse(large)));
    const path = objectPath(root, sha256(large));
    const { mtime } = await Deno.stat(path);
    await Deno.writeTextFile(path, large.replace("x", "y"));
    await Deno.utime(path, mtime!, mtime!);
    assert(store.has(sha256("large")), "planning does not read what is as it was written");
    assertEquals(await store.read(sha256("large")), undefined);
    assert(!store.has(sha256("large")));
  }));

Deno.test("Store.open() for a run removes what killed processes were writing, not what others write", () =>
  withStore(async (store, { root, cache }) => {
    await store.objects.put(bytesOf("weights"));
    assertEquals([...Deno.readDirSync(`${root}/tmp`)], []);
    await Deno.writeTextFile(`${root}/tmp/abandoned`, "half");
    using being = await Deno.open(`${root}/tmp/being-written`, { write: true, create: true });
    await being.lock(true);
    await (await Store.open(root, { cache, use: "run" })).close();
    assertEquals([...Deno.readDirSync(`${root}/tmp`)].map(({ name }) => name), ["being-written"]);
  }));

Deno.test("Store.read() gives the value that was stored, whatever JSON it is", () =>
  withFolders(async ({ root, cache }) => {
    const store = await Store.open(root, { cache });
    await fc.assert(
      fc.asyncProperty(fc.uuid(), fc.jsonValue(), async (name, value) => {
        const plain = JSON.parse(JSON.stringify(value)); // JSON has no -0
        await store.add(result(name, plain));
        assertEquals((await store.read(sha256(name)))?.value, plain);
      }),
      { numRuns: 50 },
    );
    await store.close();
  }));

Deno.test("Store.read() takes the first of two values that two processes stored", () =>
  withFolders(async ({ root, cache }) => {
    for (const value of ["one", "two"]) {
      const store = await Store.open(root, { cache });
      await store.add(result("a", value));
      await store.close();
    }
    assertEquals((await (await Store.open(root, { cache })).read(sha256("a")))?.value, "one");
  }));

Deno.test("Store.open() passes over a torn last line in silence, whatever its length", () =>
  withFolders(async ({ root, cache }) => {
    const store = await Store.open(root, { cache });
    await store.add(result("a", 1));
    const kept = (await Deno.readTextFile(await onlySegment(root))).length;
    await store.add(result("b", "ü".repeat(40)));
    await store.close();
    const segment = await onlySegment(root);
    const whole = await Deno.readFile(segment);
    for (let end = kept; end < whole.length - 1; end += 7) {
      await Deno.writeFile(segment, whole.subarray(0, end));
      const warn = (message: string) => assert(false, message);
      const later = await Store.open(root, { cache: `${cache}-${end}`, warn }); // an index that never knew more
      assertEquals((await later.read(sha256("a")))?.value, 1);
      assert(!later.has(sha256("b")));
      await later.close();
    }
  }));

Deno.test("Store.open() makes nothing where there is no store, and finds one that another process makes", () =>
  withFolders(async ({ root, cache }) => {
    const reader = await Store.open(root, { cache });
    assert(!reader.has(sha256("a")));
    assertEquals(await exists(root), false);
    assertEquals(await exists(cache), false);
    const writer = await Store.open(root, { cache });
    await writer.add(result("a", 1));
    reader.refresh();
    assert(reader.has(sha256("a")));
    await writer.close();
    await reader.close();
  }));

Deno.test("Store.add() keeps many results at once, in the order they were given", () =>
  withFolders(async ({ root, cache }) => {
    const store = await Store.open(root, { cache });
    await Promise.all(Array.from({ length: 100 }, (_, i) => store.add(result(`${i}`, i))));
    await store.close();
    const lines = (await Deno.readTextFile(await onlySegment(root))).trim().split("\n");
    assertEquals(
      lines.map((line) => JSON.parse(line).record.value.inline),
      Array.from({ length: 100 }, (_, i) => i),
    );
  }));

Deno.test("Store.add() rejects a result whose object is not in the store", () =>
  withFolders(async ({ root, cache }) => {
    const store = await Store.open(root, { cache });
    const error = await assertRejects(
      () => store.add({ ...result("a", 1), objects: [sha256("none")] }),
      UserError,
    );
    assertMatch(error.message, /is not in the store/);
  }));

Deno.test("Store.add() tells that the disk is full, and the result counts as missing until there is room", () =>
  withStore(async (store) => {
    {
      using _ = fullDisk(40);
      const error = await assertRejects(() => store.add(result("a", 1)), StoreError);
      assertMatch(error.message, /Cannot write records into ".*": the disk is full/);
      assert(!store.has(sha256("a")));
    }
    await store.add(result("a", 1));
    assert(store.has(sha256("a")));
  }));

Deno.test("Store.open() for a run lets go of the store's lock where the store cannot be read", () =>
  withFolders(async ({ root, cache }) => {
    await Deno.mkdir(root);
    await Deno.writeTextFile(`${root}/records`, "");
    await assertRejects(() => Store.open(root, { cache, use: "run" }), StoreError);
    await Deno.remove(`${root}/records`);
    const store = await Store.open(root, { cache });
    store.lockExclusive().release();
    await store.close();
  }));

Deno.test("Store tells that it was deleted while it was in use, and is not made again", () =>
  withFolders(async ({ root, cache }) => {
    const store = await Store.open(root, { cache });
    await store.objects.put(bytesOf("weights"));
    await store.add(result("a", 1));
    store.claim(sha256("a"))!.release();
    await Deno.remove(root, { recursive: true });
    const claim = assertThrows(() => store.claim(sha256("a")), StoreError);
    assertMatch(claim.message, /Cannot claim result .*: its folder is gone/);
    store.refresh();
    assert(!store.has(sha256("a")));
    const put = await assertRejects(() => store.objects.put(bytesOf("others")), UserError);
    assertMatch(put.message, /Cannot write object .*: its folder is gone/);
    const add = await assertRejects(() => store.add(result("b", 1)), UserError);
    assertMatch(add.message, /Cannot write records .*: its folder is gone/);
    const get = await assertRejects(() => store.objects.get(sha256("weights")), UserError);
    assertMatch(get.message, /it is gone/);
    assertEquals(await exists(root), false);
    await store.close();
  }));

Deno.test({
  name: "Store tells that it may not be written, and can be read all the same",
  permissions: { read: true, sys: ["hostname"] },
  fn: async () => {
    const root = new URL(".", import.meta.url).pathname + "no-store";
    const store = await Store.open(root, { use: "run" });
    const writes = [
      () => store.objects.put(bytesOf("weights")),
      () => store.add(result("a", 1)),
      () => Promise.try(() => store.claim(sha256("a"))),
      () => Promise.try(() => store.lockExclusive()),
    ];
    for (const write of writes) {
      const error = await assertRejects(write, StoreError);
      assertMatch(error.message, /this process may not write there/);
    }
    assert(!store.has(sha256("a")));
  },
});

Deno.test({
  name: "Store.open() tells that it may not read",
  permissions: {},
  fn: async () => {
    const error = await assertRejects(() => Store.open("/store"), StoreError);
    assertMatch(error.message, /^Cannot read the store "\/store": this process may not read all of it$/);
  },
});

Deno.test("Store.open() tells that its path is too long", () =>
  withFolders(async ({ root, cache }) => {
    const error = await assertRejects(() => Store.open(root + "x".repeat(300), { cache }), StoreError);
    assertMatch(error.message, /^Cannot read the store ".*": its path is too long$/);
  }));

Deno.test("Store.find() and Store.read() tell that a file stands in the place of a folder", () =>
  withStore(async (store, { root }) => {
    const digest = await store.objects.put(bytesOf("weights"));
    await store.add({ ...result("a", 1), objects: [digest] });
    const folder = objectPath(root, digest).slice(0, -digest.length + 1);
    await Deno.remove(folder, { recursive: true });
    await Deno.writeTextFile(folder, "");
    const told =
      /^Cannot read the store ".*": a file stands where a folder is needed, or a folder where a file is$/;
    assertMatch(assertThrows(() => store.find(sha256("a")), StoreError).message, told);
    assertMatch((await assertRejects(() => store.read(sha256("a")), StoreError)).message, told);
    assertMatch(assertThrows(() => takeInventory(folder), StoreError).message, told);
  }));

Deno.test("Store finds an object missing that is a link to itself, and puts another in its place", () =>
  withStore(async (store, { root }) => {
    const digest = await store.objects.put(bytesOf("weights"));
    await store.add({ ...result("a", 1), objects: [digest] });
    await Deno.remove(objectPath(root, digest));
    await Deno.symlink(objectPath(root, digest), objectPath(root, digest));
    assert(!store.has(sha256("a")));
    await store.objects.put(bytesOf("weights"));
    assert(store.has(sha256("a")));
  }));

Deno.test("Store.open() tells that a file stands in the store's place", () =>
  withFolders(async ({ root, cache }) => {
    await Deno.writeTextFile(root, "");
    const error = await assertRejects(() => Store.open(root, { cache }), StoreError);
    assertMatch(error.message, /a file stands where a folder is needed/);
  }));

async function exists(path: string): Promise<boolean> {
  return await statIfThere(path) !== null;
}

async function onlySegment(root: string): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(`${root}/records`))).map(({ name }) => name);
  assertEquals(names.length, 1);
  return `${root}/records/${names[0]}`;
}

async function withStore(test: (store: Store, folders: Folders) => Promise<void>): Promise<void> {
  await withFolders(async (folders) => {
    const store = await Store.open(folders.root, { cache: folders.cache });
    try {
      await test(store, folders);
    } finally {
      await store.close();
    }
  });
}
