import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import * as fc from "fast-check";
import { UserError } from "../core/diagnostic.ts";
import { type Digest, sha256 } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import { INLINE_LIMIT, Store } from "./store.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const objectPath = (root: string, digest: string) =>
  `${root}/objects/${digest.slice(0, 2)}/${digest.slice(2)}`;

Deno.test("Store.get() gives back the bytes of Store.put(), in another process too", () =>
  withFolder(async (root) => {
    const store = await Store.open(root);
    const digest = await store.objects.put(bytes("weights"));
    assertEquals(digest, sha256("weights"));
    const later = await Store.open(root);
    assertEquals(await later.objects.get(digest), bytes("weights"));
  }));

Deno.test("Objects.put() leaves an object that is there as it is, and repairs one of another size", () =>
  withFolder(async (root) => {
    const store = await Store.open(root);
    const digest = await store.objects.put(bytes("weights"));
    const before = (await Deno.stat(objectPath(root, digest))).ino;
    await store.objects.put(bytes("weights"));
    assertEquals((await Deno.stat(objectPath(root, digest))).ino, before);
    await Deno.writeFile(objectPath(root, digest), bytes("wei"));
    await store.objects.put(bytes("weights"));
    assertEquals(await store.objects.get(digest), bytes("weights"));
  }));

Deno.test("Objects.put() leaves no temporary file behind, and removes those that a killed process left a day ago", () =>
  withFolder(async (root) => {
    await Deno.mkdir(`${root}/tmp`, { recursive: true });
    await Deno.writeTextFile(`${root}/tmp/old`, "half");
    await Deno.writeTextFile(`${root}/tmp/young`, "half");
    await Deno.utime(`${root}/tmp/old`, 0, 0);
    await (await Store.open(root)).objects.put(bytes("weights"));
    assertEquals([...Deno.readDirSync(`${root}/tmp`)].map(({ name }) => name), ["young"]);
  }));

Deno.test("Objects.get() names a damaged object, which counts as missing from then on", () =>
  withFolder(async (root) => {
    const store = await Store.open(root);
    const digest = await store.objects.put(bytes("weights"));
    await store.add({ ...result("a", 1), objects: [digest] });
    const identity = sha256("a");
    await Deno.writeFile(objectPath(root, digest), bytes("WEIGHTS"));
    assert(store.has(identity), "planning does not read content");
    const error = await assertRejects(() => store.objects.get(digest), UserError);
    assertMatch(error.message, new RegExp(`object ${digest} .* damaged`));
    assert(!store.has(identity));
  }));

Deno.test("Store.read() finds what Store.add() stored, small values and large ones", () =>
  withFolder(async (root) => {
    const large = "x".repeat(INLINE_LIMIT);
    const store = await Store.open(root);
    await store.add(result("small", { rows: [1, 2] }));
    await store.add(result("large", large));
    await store.close();
    const later = await Store.open(root);
    assertEquals((await later.read(sha256("small")))?.value, { rows: [1, 2] });
    assertEquals((await later.read(sha256("large")))?.value, large);
    assertEquals(await later.read(sha256("other")), undefined);
    assert((await Deno.readTextFile(await onlySegment(root))).length < INLINE_LIMIT);
  }));

Deno.test("Store.read() gives the value that was stored, whatever JSON it is", () =>
  withFolder(async (root) => {
    const store = await Store.open(root);
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

Deno.test("Store.read() warns of a damaged value and calls it missing", () =>
  withFolder(async (root) => {
    const warnings: string[] = [];
    const store = await Store.open(root, { warn: (message) => warnings.push(message) });
    const large = JSON.stringify("x".repeat(INLINE_LIMIT));
    await store.add(result("large", JSON.parse(large)));
    await Deno.writeTextFile(objectPath(root, sha256(large)), large.replaceAll("x", "y"));
    assertEquals(await store.read(sha256("large")), undefined);
    assertMatch(warnings.join(), /is damaged|are damaged/);
    await store.close();
  }));

Deno.test("Store.has() misses a record whose object is gone or shorter, and takes a later record of the identity", () =>
  withFolder(async (root) => {
    const store = await Store.open(root);
    const [first, second] = [
      await store.objects.put(bytes("first")),
      await store.objects.put(bytes("second")),
    ];
    await store.add({ ...result("a", 1), objects: [first] });
    await Deno.writeFile(objectPath(root, first), bytes("fir"));
    assert(!store.has(sha256("a")));
    await store.add({ ...result("a", 2), objects: [second] });
    assertEquals((await store.read(sha256("a")))?.value, 2);
    await Deno.remove(objectPath(root, second));
    assert(!store.has(sha256("a")));
    await store.close();
  }));

Deno.test("Store.read() takes the first of two values that two processes stored", () =>
  withFolder(async (root) => {
    for (const [writer, value] of [["1", "one"], ["2", "two"]] as const) {
      const store = await Store.open(root, { writer });
      await store.add(result("a", value));
      await store.close();
    }
    assertEquals((await (await Store.open(root)).read(sha256("a")))?.value, "one");
  }));

Deno.test("Store.open() passes over a torn last line in silence, whatever its length", () =>
  withFolder(async (root) => {
    const store = await Store.open(root);
    await store.add(result("a", 1));
    const kept = (await Deno.readTextFile(await onlySegment(root))).length;
    await store.add(result("b", "ü".repeat(40)));
    await store.close();
    const segment = await onlySegment(root);
    const whole = await Deno.readFile(segment);
    for (let end = kept; end < whole.length - 1; end += 7) {
      await Deno.writeFile(segment, whole.subarray(0, end));
      const later = await Store.open(root, { warn: (message) => assert(false, message) });
      assertEquals((await later.read(sha256("a")))?.value, 1);
      assert(!later.has(sha256("b")));
    }
  }));

Deno.test("Store.open() warns of a damaged line in the middle, and reads those around it", () =>
  withFolder(async (root) => {
    const store = await Store.open(root);
    for (const name of ["a", "b", "c"]) await store.add(result(name, name));
    await store.close();
    const segment = await onlySegment(root);
    const text = await Deno.readTextFile(segment);
    await Deno.writeTextFile(segment, text.replace('"inline":"b"', '"inline":"B"'));
    const warnings: string[] = [];
    const later = await Store.open(root, { warn: (message) => warnings.push(message) });
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0]!, /Cannot read line 2 of ".*\.jsonl": it is damaged/);
    assertEquals(["a", "b", "c"].map((name) => later.has(sha256(name))), [true, false, true]);
  }));

Deno.test("Store.open() reads what another process has stored so far, and makes nothing", () =>
  withFolder(async (root) => {
    await Store.open(`${root}/none`);
    assertEquals([...Deno.readDirSync(root)], []);
    const writer = await Store.open(root);
    await writer.add(result("a", 1));
    assert((await Store.open(root)).has(sha256("a")));
    await writer.close();
  }));

Deno.test("Store.add() keeps many results at once, in the order they were given", () =>
  withFolder(async (root) => {
    const store = await Store.open(root);
    await Promise.all(Array.from({ length: 100 }, (_, i) => store.add(result(`${i}`, i))));
    await store.close();
    const lines = (await Deno.readTextFile(await onlySegment(root))).trim().split("\n");
    assertEquals(
      lines.map((line) => JSON.parse(line).record.value.inline),
      Array.from({ length: 100 }, (_, i) => i),
    );
  }));

Deno.test("Store.add() rejects a result whose object is not in the store", () =>
  withFolder(async (root) => {
    const store = await Store.open(root);
    const error = await assertRejects(
      () => store.add({ ...result("a", 1), objects: [sha256("none")] }),
      UserError,
    );
    assertMatch(error.message, /is not in the store/);
  }));

Deno.test("Store.add() tells that the disk is full, and the result counts as missing", () =>
  withFolder(async (root) => {
    await Deno.mkdir(`${root}/records`, { recursive: true });
    await Deno.symlink("/dev/full", `${root}/records/full.jsonl`);
    const store = await Store.open(root, { writer: "full" });
    const error = await assertRejects(() => store.add(result("a", 1)), UserError);
    assertMatch(error.message, /Cannot write records into ".*": the disk is full/);
    assert(!store.has(sha256("a")));
    await store.close();
  }));

Deno.test("Store tells that it was deleted while it was in use, and is not made again", () =>
  withFolder(async (root) => {
    const store = await Store.open(`${root}/store`);
    await store.objects.put(bytes("weights"));
    await store.add(result("a", 1));
    await Deno.remove(`${root}/store`, { recursive: true });
    const put = await assertRejects(() => store.objects.put(bytes("others")), UserError);
    assertMatch(put.message, /Cannot write object .*: its folder is gone/);
    const add = await assertRejects(() => store.add(result("b", 1)), UserError);
    assertMatch(add.message, /Cannot write records .*: its folder is gone/);
    const get = await assertRejects(() => store.objects.get(sha256("weights")), UserError);
    assertMatch(get.message, /it is gone/);
    assertEquals([...Deno.readDirSync(root)], []);
    await store.close();
  }));

Deno.test({
  name: "Store tells that it may not be written, and can be read all the same",
  permissions: { read: true, sys: ["hostname"] },
  fn: async () => {
    const root = new URL(".", import.meta.url).pathname + "no-store";
    const store = await Store.open(root);
    for (const write of [() => store.objects.put(bytes("weights")), () => store.add(result("a", 1))]) {
      const error = await assertRejects(write, UserError);
      assertMatch(error.message, /this process may not write there/);
    }
    assert(!store.has(sha256("a")));
  },
});

Deno.test("Store.open() tells that a file stands in the store's place", () =>
  withFolder(async (root) => {
    await Deno.writeTextFile(`${root}/store`, "");
    const error = await assertRejects(() => Store.open(`${root}/store`), UserError);
    assertMatch(error.message, /a file stands where a folder is needed/);
  }));

function result(name: string, value: Json) {
  return { identity: sha256(name), value, objects: [] as Digest[], seconds: 0.5 };
}

async function onlySegment(root: string): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(`${root}/records`))).map(({ name }) => name);
  assertEquals(names.length, 1);
  return `${root}/records/${names[0]}`;
}

async function withFolder(test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
