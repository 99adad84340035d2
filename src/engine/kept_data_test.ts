import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { Dataset } from "../artifacts/dataset.ts";
import { sha256 } from "../core/digest.ts";
import { KeptData } from "./kept_data.ts";

Deno.test("KeptData.lend() loads a data set once for all who use it, at a time or one after the other", async () => {
  const { kept, loaded, freed } = keep({ count: 2, bytes: Infinity });
  await Promise.all([kept.lend(named("a"), nothing), kept.lend(named("a"), nothing)]);
  await kept.lend(named("a"), nothing);
  assertEquals([loaded, freed], [["a"], []]);
  await kept.close();
  assertEquals(freed, ["a"]);
});

Deno.test("KeptData.lend() lets the data set go that was used longest ago", async () => {
  const { kept, loaded, freed } = keep({ count: 2, bytes: Infinity });
  for (const name of ["a", "b", "a", "c", "a", "b"]) await kept.lend(named(name), nothing);
  assertEquals(loaded, ["a", "b", "c", "b"]);
  assertEquals(freed, ["b", "c"]);
});

Deno.test("KeptData.lend() keeps no more bytes waiting than it may, but always the last one", async () => {
  const { kept, loaded, freed } = keep({ count: 5, bytes: 100 });
  await kept.lend(named("small", 10), nothing); // 40 bytes
  await kept.lend(named("other", 15), nothing); // 60
  assertEquals(freed, []);
  await kept.lend(named("large", 1000), nothing);
  assertEquals(freed, ["small", "other"]);
  await kept.lend(named("large", 1000), nothing);
  assertEquals(loaded, ["small", "other", "large"]);
});

Deno.test("KeptData.lend() loads anew what could not be loaded", async () => {
  let isThere = false;
  const load = () => isThere ? Promise.resolve("a") : Promise.reject(new Error("it is not there"));
  const kept = new KeptData(load, () => {});
  const tries = [kept.lend(named("a"), nothing), kept.lend(named("a"), nothing)];
  for (const attempt of tries) await assertRejects(() => attempt, Error, "it is not there");
  isThere = true;
  assertEquals(await kept.lend(named("a"), (data) => Promise.resolve(data)), "a");
});

Deno.test("KeptData.lend() gives a data set back when its user fails", async () => {
  const { kept, freed } = keep({ count: 1, bytes: Infinity });
  const failing = () => Promise.reject(new Error("no use"));
  await assertRejects(() => kept.lend(named("a"), failing), Error, "no use");
  await kept.lend(named("b"), nothing);
  assertEquals(freed, ["a"]);
});

Deno.test("KeptData never frees what is in use, frees all once, and keeps no more waiting than it may", async () => {
  const step = fc.record({ name: fc.constantFrom("a", "b", "c", "d"), begins: fc.boolean() });
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    const { kept, loaded, freed } = keep({ count: 2, bytes: Infinity });
    const users: { name: string; end: () => void; ended: Promise<void> }[] = [];
    for (const { name, begins } of steps) {
      if (begins) {
        users.push(await begin(kept, name));
      } else {
        const at = users.findIndex((user) => user.name === name);
        const [user] = at < 0 ? [] : users.splice(at, 1);
        user?.end();
        await user?.ended;
      }
      await Promise.resolve(); // what is let go is freed after this
      const there = without(loaded, freed);
      assert(users.every(({ name }) => there.includes(name)), "in use and freed");
      assert(there.length - new Set(users.map(({ name }) => name)).size <= 2, "too many wait");
    }
    for (const { end } of users) end();
    await Promise.all(users.map(({ ended }) => ended));
    await kept.close();
    assertEquals(freed.toSorted(), loaded.toSorted());
  }));
});

const nothing = () => Promise.resolve();

/** Data sets that are their names, and what becomes of them. */
function keep(waiting: { count: number; bytes: number }) {
  const [loaded, freed]: [string[], string[]] = [[], []];
  const load = ({ source }: Dataset) => {
    loaded.push(source);
    return Promise.resolve(source);
  };
  const kept = new KeptData<string>(load, (name) => void freed.push(name), waiting);
  return { kept, loaded, freed };
}

/** One who uses a data set until `end` is called. */
async function begin(kept: KeptData<string>, name: string) {
  const gate = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const ended = kept.lend(named(name), () => (began.resolve(), gate.promise));
  await began.promise;
  return { name, end: gate.resolve, ended };
}

/** Those loaded that are not freed again; one that was loaded twice counts twice. */
function without(loaded: readonly string[], freed: readonly string[]): string[] {
  const left = [...loaded];
  for (const name of freed) left.splice(left.indexOf(name), 1);
  return left;
}

/** One training image of so many pixels, and no test image. */
function named(name: string, pixels = 1): Dataset {
  const [train, test] = [{ count: 1, digest: sha256(name) }, { count: 0, digest: sha256("none") }];
  return { source: name, shape: [1, pixels, 1], classes: ["only"], splits: { train, test } };
}
