import { assertEquals } from "@std/assert";
import { sha256 } from "../../core/digest.ts";
import { Objects } from "../objects.ts";
import { takeInventory } from "./inventory.ts";
import { contentOf, filesBelow, fill, withStore } from "./testing/stores.ts";
import { type StoreProblem, verifyStore } from "./verify.ts";

const RESULTS = [
  { name: 0, objects: [0, 1] },
  { name: 1, objects: [1], length: 9000 },
  { name: 2, objects: [2], state: "interim" as const },
];

Deno.test("verifyStore() finds a store as it was written sound, tells how much it read, and changes nothing", () =>
  withStore(async (root) => {
    await fill(root, RESULTS, 2);
    const before = filesBelow(root);
    const told: number[] = [];
    const { problems, records, objects } = await verifyStore(root, {
      progress: (done, all) => told.push(done / all),
    });
    assertEquals([problems, records, objects, told.at(-1)], [[], 3, 4, 1]);
    assertEquals(filesBelow(root), before);
  }));

Deno.test("verifyStore() tells of damaged and missing objects how many results need them", () =>
  withStore(async (root) => {
    await fill(root, RESULTS);
    const [first, shared, interim] = [0, 1, 2].map((object) => pathOf(root, object)) as [
      string,
      string,
      string,
    ];
    await overwrite(shared, (bytes) => bytes[3]! ^= 1);
    assertEquals(await problemsOf(root), [{ problem: "damaged-object", path: shared, results: 2 }]);
    await Deno.truncate(shared, 5);
    assertEquals(await problemsOf(root), [{ problem: "damaged-object", path: shared, results: 2 }]);
    await Deno.remove(shared);
    assertEquals(await problemsOf(root), [{ problem: "missing-object", path: shared, results: 2 }]);
    await Deno.remove(first);
    await Deno.remove(interim); // as a run does when a state is of no use any more
    assertEquals((await problemsOf(root)).map(({ path }) => path).sort(), [first, shared].sort());
  }));

Deno.test("verifyStore() does not miss the objects of a record where another of the same identity is whole", () =>
  withStore(async (root) => {
    await fill(root, [{ name: 0, objects: [0] }, { name: 0, objects: [1] }]);
    await Deno.remove(pathOf(root, 0));
    assertEquals(await problemsOf(root), []);
    await Deno.remove(pathOf(root, 1));
    assertEquals((await problemsOf(root)).length, 2);
  }));

Deno.test("verifyStore() tells of damaged lines and of files that are no objects, not of a line that is being written", () =>
  withStore(async (root) => {
    await fill(root, RESULTS);
    const { path } = takeInventory(root).segments[0]!;
    await Deno.writeTextFile(path, '{"check":"01', { append: true });
    assertEquals(await problemsOf(root), []);
    await overwrite(path, (bytes) => bytes[40]! ^= 1);
    const stranger = `${root}/objects/ab/notes.txt`;
    await Deno.mkdir(`${root}/objects/ab`, { recursive: true });
    await Deno.writeTextFile(stranger, "hello");
    assertEquals(await problemsOf(root), [
      { problem: "damaged-record", path, line: 1 },
      { problem: "strange-file", path: stranger },
    ]);
  }));

async function problemsOf(root: string): Promise<readonly StoreProblem[]> {
  return (await verifyStore(root)).problems;
}

function pathOf(root: string, object: number): string {
  return new Objects(root).path(sha256(contentOf(object)));
}

async function overwrite(path: string, change: (bytes: Uint8Array) => void): Promise<void> {
  const bytes = await Deno.readFile(path);
  change(bytes);
  await Deno.writeFile(path, bytes);
}
