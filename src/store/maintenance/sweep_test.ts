import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import type { Digest } from "../../core/digest.ts";
import { sizeOf, takeInventory } from "./inventory.ts";
import { neededObjects, neededRecords, type Roots, usableRecords } from "./needed.ts";
import { sweep, type SweepStep } from "./sweep.ts";
import { filesBelow, fill, identityOf, openStore, type Told, withStore } from "./testing/stores.ts";

/** Parts come before what is put together from them, as they do in a run. */
const results = fc.array(
  fc.record({
    objects: fc.uniqueArray(fc.nat(5), { maxLength: 3 }),
    parts: fc.uniqueArray(fc.nat(9), { maxLength: 3 }),
    length: fc.constantFrom(0, 5000),
  }),
  { minLength: 1, maxLength: 8 },
).map((all) =>
  all.map((told, name): Told => ({ ...told, name, parts: told.parts.filter((part) => part < name) }))
);

Deno.test("sweep() keeps every root whole with all that it was put together from, and no byte besides", async () => {
  await fc.assert(
    fc.asyncProperty(
      results,
      fc.uniqueArray(fc.nat(7)),
      fc.integer({ min: 1, max: 3 }),
      async (all, names, writers) => {
        await withStore(async (root) => {
          await fill(root, all, writers);
          Deno.mkdirSync(`${root}/tmp`, { recursive: true });
          Deno.writeTextFileSync(`${root}/tmp/left`, "by a killed writer");
          const wanted = withParts(all, names.filter((name) => name < all.length));
          await clean(root, rootsOf(names));
          const store = await openStore(root);
          for (const { name } of all) assertEquals(store.has(identityOf(name)), wanted.has(name));
          for (const name of wanted) assert(await store.read(identityOf(name)));
          await store.close();
          const left = takeInventory(root);
          assertEquals(left.records.length, wanted.size);
          assertEquals([...left.objects].sort(), [...neededObjects(left.records)].sort());
          assertEquals([left.temporary, left.strangers, left.claims], [[], [], []]);
          const before = filesBelow(root);
          await clean(root, rootsOf(names));
          assertEquals(filesBelow(root), before, "a second time changes nothing");
        });
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("sweep() drops damaged and torn lines, lines that stand there twice, and records whose objects are gone", () =>
  withStore(async (root) => {
    await fill(root, [{ name: 0, objects: [1] }, { name: 1, objects: [2] }, { name: 2, objects: [3] }]);
    const [segment] = takeInventory(root).segments;
    const text = await Deno.readTextFile(segment!.path);
    const [first, second, third] = text.split("\n");
    await Deno.writeTextFile(
      segment!.path,
      [first, second!.replace("result", "resalt"), third, first, '{"che'].join("\n"),
    );
    const [gone] = takeInventory(root).records.find(({ identity }) => identity === identityOf(2))!.objects;
    await Deno.remove((await openStore(root)).objects.path(gone![0]));
    await clean(root, rootsOf([0, 1, 2]));
    const { segments, records } = takeInventory(root);
    assertEquals(records.map(({ identity }) => identity), [identityOf(0)]);
    assertEquals(segments.map(({ bytes, damaged, torn }) => [bytes, damaged, torn]), [[
      first!.length + 1,
      [],
      0,
    ]]);
  }));

Deno.test("sweep() loses no result that it keeps, wherever it is killed", async () => {
  const steps: SweepStep[] = ["write records", "place records", "remove records", "remove objects"];
  for (const step of steps) {
    await withStore(async (root) => {
      await fill(root, [{ name: 0, objects: [0, 1] }, { name: 1, objects: [1, 2] }, {
        name: 2,
        objects: [3],
      }], 3);
      const { signal } = await killedAt(root, step);
      assertEquals(signal, "SIGKILL");
      const store = await openStore(root);
      for (const name of [0, 1]) assert(store.has(identityOf(name)), `after ${step}`);
      await store.close();
      await clean(root, rootsOf([0, 1]));
      const left = takeInventory(root);
      assertEquals([left.segments.length, left.records.length, left.objects.size, left.temporary], [
        1,
        2,
        3,
        [],
      ]);
    });
  }
});

Deno.test("neededRecords() keeps lasting states, and interim ones as long as what they lead to is missing", () =>
  withStore(async (root) => {
    await fill(root, [
      { name: 0, objects: [0] },
      { name: 10, objects: [1], state: "interim" },
      { name: 10, objects: [2], state: "lasting" },
      { name: 11, objects: [3], state: "interim" },
      { name: 11, objects: [4], state: "interim" },
      { name: 12, objects: [5], state: "lasting" },
    ]);
    const states = new Map(
      [[10, 0], [11, 1]].map(([kept, goal]) => [identityOf(kept!), new Set([identityOf(goal!)])] as const),
    );
    const inventory = takeInventory(root);
    const needed = neededRecords(usableRecords(inventory), { results: new Set([identityOf(0)]), states });
    const told = inventory.records.map((record) => needed.has(record));
    assertEquals(told, [true, false, true, true, true, false]);
  }));

function withParts(all: readonly Told[], names: readonly number[]): Set<number> {
  const found = new Set(names);
  for (const name of found) for (const part of all[name]!.parts ?? []) found.add(part); // a set gives what is added
  return found;
}

function rootsOf(names: readonly number[]): Roots {
  return { results: new Set(names.map(identityOf)), states: new Map<Digest, Set<Digest>>() };
}

async function clean(root: string, roots: Roots): Promise<void> {
  const inventory = takeInventory(root);
  const keep = neededRecords(usableRecords(inventory), roots);
  await sweep(root, inventory, keep);
  const lines = [...keep].reduce((sum, { place }) => sum + place.length, 0);
  const objects = [...neededObjects(keep).values()].reduce((sum, size) => sum + size, 0);
  assertEquals(sizeOf(takeInventory(root)), lines + objects);
}

/** Keeps results 0 and 1 in a process that kills itself as a step begins. */
async function killedAt(root: string, step: SweepStep): Promise<Deno.CommandStatus> {
  const here = (file: string) => JSON.stringify(new URL(file, import.meta.url).href);
  const script = `
    import { takeInventory } from ${here("inventory.ts")};
    import { neededRecords, usableRecords } from ${here("needed.ts")};
    import { sweep } from ${here("sweep.ts")};
    import { identityOf } from ${here("testing/stores.ts")};
    const inventory = takeInventory(${JSON.stringify(root)});
    const roots = { results: new Set([0, 1].map(identityOf)), states: new Map() };
    await sweep(${
    JSON.stringify(root)
  }, inventory, neededRecords(usableRecords(inventory), roots), (step) => {
      if (step === ${JSON.stringify(step)}) Deno.kill(Deno.pid, "SIGKILL");
    });`;
  const args = ["run", "-A", "--no-check", `data:application/typescript,${encodeURIComponent(script)}`];
  return await new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "inherit" }).spawn().status;
}
