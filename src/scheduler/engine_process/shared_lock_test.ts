import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { SharedLock } from "./shared_lock.ts";

Deno.test("SharedLock lets in who waits to be alone before those who would join", async () => {
  const lock = new SharedLock();
  const order: string[] = [];
  const first = await lock.join();
  const alone = lock.alone().then((release) => (order.push("alone"), release));
  const joined = lock.join().then((release) => (order.push("joined"), release));
  first();
  (await alone)();
  (await joined)();
  assertEquals(order, ["alone", "joined"]);
});

Deno.test("SharedLock lets everyone in once, and no one beside one who is alone", async () => {
  const one = fc.record({
    alone: fc.boolean(),
    turns: fc.nat(3),
    startAfter: fc.nat(3),
  });
  const property = fc.asyncProperty(fc.array(one, { maxLength: 12 }), async (ones) => {
    const lock = new SharedLock();
    let [inside, aloneInside, served] = [0, 0, 0];
    await Promise.all(ones.map(async ({ alone, turns, startAfter }) => {
      await afterTurns(startAfter);
      const release = await (alone ? lock.alone() : lock.join());
      inside++;
      if (alone) aloneInside++;
      assert(aloneInside === 0 || inside === 1);
      await afterTurns(turns);
      inside--;
      if (alone) aloneInside--;
      release();
      release();
      served++;
    }));
    assertEquals(served, ones.length);
  });
  await fc.assert(property, { timeout: 5000 });
});

async function afterTurns(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}
