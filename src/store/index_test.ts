import { assert, assertEquals, assertMatch } from "@std/assert";
import * as fc from "fast-check";
import { DatabaseSync } from "node:sqlite";
import { sha256 } from "../core/digest.ts";
import { Store } from "./store.ts";
import { bytesOf, type Folders, objectPath, setLater, withFolders } from "./testing/folders.ts";
import { result } from "./testing/store_contract.ts";

const NAMES = Array.from({ length: 12 }, (_, i) => `result ${i}`);

Deno.test("Store never takes a wrong result from an index with changed bits, or one that was cut off", () =>
  withFilled(async ({ root, cache }, file) => {
    const whole = await Deno.readFile(file);
    const damages = fc.oneof(
      fc.record({ at: fc.nat(whole.length - 1), bit: fc.nat(7), cut: fc.constant(false) }),
      fc.record({ at: fc.nat(whole.length - 1), bit: fc.constant(0), cut: fc.constant(true) }),
    );
    await fc.assert(
      fc.asyncProperty(damages, async ({ at, bit, cut }) => {
        const damaged = cut ? whole.slice(0, at) : whole.slice();
        if (!cut) damaged[at]! ^= 1 << bit;
        await replaceIndex(cache, damaged);
        const store = await Store.open(root, { cache });
        for (const [i, name] of NAMES.entries()) {
          const found = store.find(sha256(name));
          if (found !== undefined) assertEquals(found.output, sha256(`output ${i}`));
          const read = await store.read(sha256(name));
          if (read !== undefined) assertEquals([read.value, read.objects.length], [i, 1]);
        }
        assert(!store.has(sha256("none")));
        store.rebuildIndex();
        assert(NAMES.every((name) => store.has(sha256(name))), "the segments were changed");
        await store.close();
      }),
      { numRuns: 60 },
    );
  }));

Deno.test("Store makes an index anew that is no database, and says so once", () =>
  withFilled(async ({ root, cache }) => {
    await replaceIndex(cache, bytesOf("no database ".repeat(500)));
    const warnings: string[] = [];
    const store = await Store.open(root, { cache, warn: (message) => warnings.push(message) });
    assert(NAMES.every((name) => store.has(sha256(name))));
    await store.close();
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0]!, /Cannot use the store's index: it is damaged \(.*\); it is made anew/);
    const later = await Store.open(root, { cache, warn: (message) => assert(false, message) });
    assert(later.has(sha256(NAMES[0]!)));
    await later.close();
  }));

Deno.test("Store makes the index of another version anew in silence", () =>
  withFilled(async ({ root, cache }, file) => {
    const database = new DatabaseSync(file);
    database.exec("PRAGMA user_version = 1000; DROP TABLE records");
    database.close();
    const store = await Store.open(root, { cache, warn: (message) => assert(false, message) });
    assert(NAMES.every((name) => store.has(sha256(name))));
    await store.close();
  }));

Deno.test("Store makes an index anew that lost a table, or names records that are not there", () =>
  withFilled(async ({ root, cache }) => {
    const damages = [
      "DROP TABLE notes; DROP TABLE records",
      "UPDATE segments SET read_to = read_to + 1",
      "UPDATE records SET identity = (SELECT identity FROM records WHERE id = 1)",
    ];
    for (const damage of damages) {
      const database = new DatabaseSync(indexFiles(cache).at(-1)!);
      database.exec(damage);
      database.close();
      const warnings: string[] = [];
      const store = await Store.open(root, { cache, warn: (message) => warnings.push(message) });
      const values = await Promise.all(NAMES.map(async (name) => (await store.read(sha256(name)))?.value));
      assertEquals([damage, values[0]], [damage, 0]);
      assertEquals([damage, warnings.length], [damage, 1]);
      store.rebuildIndex();
      await store.close();
    }
    assertEquals(indexFiles(cache).length, 1);
  }));

Deno.test("Store.auditIndex() tells of rows that are missing, too many or wrong; Store.rebuildIndex() sets it right", () =>
  withFilled(async ({ root, cache }) => {
    const damages = [
      "DELETE FROM records WHERE id = 3",
      "INSERT INTO records SELECT id + 100, identity, segment, row FROM records WHERE id = 1",
    ];
    for (const damage of damages) {
      const database = new DatabaseSync(indexFiles(cache).at(-1)!);
      database.exec(damage);
      database.close();
      const store = await Store.open(root, { cache });
      assertEquals([damage, store.auditIndex().length], [damage, 1]);
      store.rebuildIndex();
      assertEquals(store.auditIndex(), []);
      await store.close();
    }
  }));

Deno.test("Store.open() reads no segment that is as it was", () =>
  withFilled(async ({ root, cache }) => {
    const [segment] = [...Deno.readDirSync(`${root}/records`)];
    const path = `${root}/records/${segment!.name}`;
    const { mtime, size } = await Deno.stat(path);
    await Deno.writeFile(path, new Uint8Array(size));
    await Deno.utime(path, mtime!, mtime!);
    const store = await Store.open(root, { cache, warn: (message) => assert(false, message) });
    assert(NAMES.every((name) => store.has(sha256(name))));
    await store.close();
  }));

Deno.test("Store.read() finds out that a segment was changed behind the index's back, and says where", () =>
  withFilled(async ({ root, cache }) => {
    const [segment] = [...Deno.readDirSync(`${root}/records`)];
    const path = `${root}/records/${segment!.name}`;
    const { mtime } = await Deno.stat(path);
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.replace('"inline":3', '"inline":8'));
    await Deno.utime(path, mtime!, mtime!);
    const warnings: string[] = [];
    const store = await Store.open(root, { cache, warn: (message) => warnings.push(message) });
    assert(store.has(sha256("result 3")), "the index is taken at its word until content is read");
    assertEquals(await store.read(sha256("result 3")), undefined);
    assertEquals((await store.read(sha256("result 8")))?.value, 8);
    assert(!store.has(sha256("result 3")));
    assertEquals(warnings, [`Cannot read line 4 of "${path}": it is damaged; its result counts as missing`]);
    await store.close();
  }));

Deno.test("Store.read() takes no other record for its own where two lines of a segment were swapped", () =>
  withFilled(async ({ root, cache }) => {
    const [segment] = [...Deno.readDirSync(`${root}/records`)];
    const path = `${root}/records/${segment!.name}`;
    const { mtime } = await Deno.stat(path);
    const lines = (await Deno.readTextFile(path)).split("\n");
    assertEquals(lines[3]!.length, lines[4]!.length);
    [lines[3], lines[4]] = [lines[4]!, lines[3]!];
    await Deno.writeTextFile(path, lines.join("\n"));
    await Deno.utime(path, mtime!, mtime!);
    const store = await Store.open(root, { cache, warn: (message) => assert(false, message) });
    assertEquals((await store.read(sha256("result 3")))?.value, 3);
    assertEquals((await store.read(sha256("result 4")))?.value, 4);
    await store.close();
  }));

Deno.test("Store.read() finds out that a row stands for a record that is not there, and makes the index anew", () =>
  withFilled(async ({ root, cache }, file) => {
    const database = new DatabaseSync(file);
    database.exec("UPDATE records SET segment = 99 WHERE id = 4"); // reading the segment again leaves it
    database.close();
    const [segment] = [...Deno.readDirSync(`${root}/records`)];
    const path = `${root}/records/${segment!.name}`;
    await Deno.writeTextFile(path, (await Deno.readTextFile(path)).replace('"inline":3', '"inline":8'));
    const warnings: string[] = [];
    const store = await Store.open(root, { cache, warn: (message) => warnings.push(message) });
    assertEquals(await store.read(sha256("result 3")), undefined);
    assertEquals((await store.read(sha256("result 4")))?.value, 4);
    assertMatch(warnings.join(), /it names a record that is not there; it is made anew/);
    assertEquals(store.auditIndex(), []);
    await store.close();
  }));

Deno.test("Store takes a segment for another where a longer one with lines of the same lengths stands in its place", () =>
  withFolders(async ({ root, cache }) => {
    const texts: string[] = [];
    for (const names of [["a"], ["b", "c"]]) {
      const other = await Store.open(`${root}-${names.length}`, { cache });
      for (const name of names) await other.add(result(name, name));
      texts.push(await Deno.readTextFile(other.segments()[0]!.path));
      await other.close();
    }
    assertEquals(texts[0]!.length, texts[1]!.indexOf("\n") + 1);
    await Deno.mkdir(`${root}/records`, { recursive: true });
    await Deno.writeTextFile(`${root}/records/one.jsonl`, texts[0]!);
    const store = await Store.open(root, { cache });
    assert(store.has(sha256("a")));
    await Deno.writeTextFile(`${root}/records/one.jsonl`, texts[1]!);
    store.refresh();
    assertEquals(["a", "b", "c"].map((name) => store.has(sha256(name))), [false, true, true]);
    await store.close();
  }));

Deno.test("Store reads an object once that was written anew, and remembers that it is right", () =>
  withFilled(async ({ root, cache }) => {
    const path = objectPath(root, sha256("object 0"));
    await setLater(path);
    const first = await Store.open(root, { cache });
    assert(first.has(sha256("result 0")));
    await first.close();
    const { mtime, size } = await Deno.stat(path);
    await Deno.writeFile(path, new Uint8Array(size)); // only who reads it finds out
    await Deno.utime(path, mtime!, mtime!);
    const second = await Store.open(root, { cache });
    assert(second.has(sha256("result 0")));
    await second.close();
  }));

Deno.test("Store keeps its index in memory where it cannot be written, and says so once", () =>
  withFilled(async ({ root, cache }) => {
    await Deno.remove(cache, { recursive: true });
    await Deno.writeTextFile(cache, "");
    const warnings: string[] = [];
    const store = await Store.open(root, { cache, warn: (message) => warnings.push(message) });
    assert(NAMES.every((name) => store.has(sha256(name))));
    store.setNote("key", "text");
    assertEquals(store.note("key"), "text");
    await store.close();
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0]!, /Cannot use the store's index: .*; all records are read instead/);
  }));

Deno.test("Store.note() gives back what was kept, in a later process too, and forgets what was used least", () =>
  withFilled(async ({ root, cache }) => {
    const first = await Store.open(root, { cache });
    first.setNote("used", "text");
    first.setNote("unused", "text");
    for (let i = 0; i < 99; i++) {
      assertEquals(first.note("used"), "text");
      first.setNote(`other ${i}`, "x");
    }
    await first.close();
    const second = await Store.open(root, { cache });
    assertEquals([second.note("used"), second.note("unused"), second.note("other 98")], [
      "text",
      undefined,
      "x",
    ]);
    second.setNote("used", "another");
    assertEquals(second.note("used"), "another");
    await second.close();
  }));

Deno.test("Store.open() removes the indexes of stores that are gone", () =>
  withFilled(async ({ root, cache }) => {
    const moved = `${root}-moved`;
    await Deno.rename(root, moved);
    const store = await Store.open(moved, { cache });
    assert(NAMES.every((name) => store.has(sha256(name))));
    await store.close();
    assertEquals(indexFiles(cache).length, 1);
  }));

/** A store of NAMES, each with an object and an output, that nobody has open. */
async function withFilled(test: (folders: Folders, index: string) => Promise<void>): Promise<void> {
  await withFolders(async (folders) => {
    const store = await Store.open(folders.root, { cache: folders.cache });
    for (const [i, name] of NAMES.entries()) {
      const objects = [await store.objects.put(bytesOf(`object ${i}`))];
      await store.add({ ...result(name, i), objects, output: sha256(`output ${i}`) });
    }
    await store.close();
    await test(folders, indexFiles(folders.cache)[0]!);
  });
}

function indexFiles(cache: string): string[] {
  return [...Deno.readDirSync(`${cache}/index`)].flatMap(({ name }) =>
    [...Deno.readDirSync(`${cache}/index/${name}`)]
      .map((file) => `${cache}/index/${name}/${file.name}`)
      .filter((path) => path.endsWith(".sqlite"))
  );
}

/** Puts other bytes in the place of the index that is in use. */
async function replaceIndex(cache: string, bytes: Uint8Array): Promise<void> {
  await Deno.writeFile(indexFiles(cache).sort().at(-1)!, bytes);
}
