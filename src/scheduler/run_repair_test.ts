import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Plan } from "../compiler/plan.ts";
import type { Digest } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import type { ItemRun } from "../core/stage_kind.ts";
import { DamagedError } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import type { RunResult } from "./run.ts";
import { fakeItem, fakePlan, itemsKind, valuesKind, wholeKind } from "./testing/plans.ts";
import { eventsOf, statuses, withRuns } from "./testing/runs.ts";

Deno.test("run() makes an object again that an item finds damaged, and then that item, in the same run", () =>
  withRuns(async ({ once, store }) => {
    await once(texts(readText));
    let hasDamaged = false;
    const damageFirst: ItemRun<Json, Json> = async (work, context) => {
      if (!hasDamaged) {
        hasDamaged = true;
        await damage(store, work as Digest);
      }
      return await readText(work, context);
    };
    const { result, events, output } = await once(texts(damageFirst, 2));
    assert(result.ok);
    assertEquals(output("read"), ["a", "b"]);
    assertEquals(statuses(result), { names: "stored", written: "ran", read: "ran", total: "stored" });
    assertEquals(result.stages[1]!.items, { noun: "item", place: "head", stored: 1, ran: 1, failed: 0 });
    assertEquals(result.stages[2]!.items, { noun: "item", place: "head", stored: 0, ran: 2, failed: 0 });
    assertMatch(eventsOf(events, "warning")[0]!.message, /^Cannot read object .*damaged; it is made again$/);
    assertEquals(events.filter(({ type }) => type.endsWith("failed") || type === "stage-skipped"), []);
  }));

Deno.test("run() makes an output again that turns out to be gone when a stage reads it", () =>
  withRuns(async ({ once, store }) => {
    const long = "x".repeat(5000); // too long for a record: it is an object
    const length = wholeKind((of) => (of as string).length);
    const plan = (version: number, before: () => Promise<void>) =>
      fakePlan({
        numbers: { kind: valuesKind(), config: { values: 1 } },
        made: { kind: wholeKind(() => long), inputs: { of: "numbers" } },
        read: {
          kind: { ...length, version, load: async () => (await before(), await length.load()) },
          inputs: { of: "made" },
        },
      });
    await once(plan(1, async () => {}));
    const { result, output, events } = await once(plan(2, () => removeObjects(store)));
    assert(result.ok);
    assertEquals(output("read"), 5000);
    assertEquals(statuses(result), { numbers: "stored", made: "ran", read: "ran" });
    assertEquals(eventsOf(events, "stage-failed"), []);
  }));

Deno.test("assess() finds missing what is damaged where items are listed from it, and run() makes it again", () =>
  withRuns(async ({ once, outlook, store }) => {
    const plan = fakePlan({
      numbers: { kind: valuesKind(), config: { values: 1 } },
      made: { kind: wholeKind(() => LONG), inputs: { of: "numbers" } },
      lengths: { kind: lengths, inputs: { values: "made" } },
    });
    await once(plan);
    await damageUnseen(store);
    assertEquals((await outlook(plan)).map(([, status]) => status), ["stored", "run", "maybe"]);
    const { result, output } = await once(plan);
    assertEquals(statuses(result), { numbers: "stored", made: "ran", lengths: "stored" });
    assertEquals(output("lengths"), [3000, 3000]);
  }));

Deno.test("run() lists the items of a stage again after it has made again what they are listed from", () =>
  withRuns(async ({ once, store }) => {
    const plan = (version: number, before: () => Promise<void>) =>
      fakePlan({
        numbers: { kind: valuesKind(), config: { values: 1 } },
        made: { kind: wholeKind(() => LONG), inputs: { of: "numbers" } },
        first: { kind: wholeKind(async () => (await before(), 0), { version }), inputs: { of: "numbers" } },
        lengths: { kind: { ...lengths, version }, inputs: { values: "made", after: "first" } },
      });
    await once(plan(1, async () => {}));
    const { result, output } = await once(plan(2, () => damageUnseen(store)));
    assertEquals(statuses(result), { numbers: "stored", made: "ran", first: "ran", lengths: "ran" });
    assertEquals(output("lengths"), [3000, 3000]);
  }));

Deno.test("run() repairs what its caller finds damaged at the end, and calls it again", () =>
  withRuns(async ({ once, store }) => {
    let calls = 0;
    const { result, output } = await once(texts(readText), {
      finish: async ({ stages }) => {
        const [a] = await stages[1]!.output!.value() as Digest[];
        if (++calls === 1) await damage(store, a!);
        await store.objects.get(a!);
      },
    });
    assertEquals([calls, result.ok], [2, true]);
    assertEquals(output("read"), ["a", "b"]);
    assertEquals(result.stages[1]!.items!.ran, 2);
  }));

Deno.test("run() gives up on what is damaged again and again", () =>
  withRuns(async ({ once, store }) => {
    const { result, events } = await once(texts(async (work, context) => {
      if (await readText(work, context) === "a") await damage(store, work as Digest);
      return await readText(work, context);
    }));
    assertEquals(statuses(result), { names: "stored", written: "ran", read: "partial", total: "ran" });
    const [failed] = eventsOf(events, "item-failed");
    assertMatch(failed!.error.message, /its bytes are damaged/);
    assertEquals(eventsOf(events, "item-failed").length, 1);
  }));

Deno.test("run() says so when what it makes again is not what it was", () =>
  withRuns(async ({ once, store }) => {
    let made = 0;
    const plan = fakePlan({
      numbers: { kind: valuesKind(), config: { values: 1 } },
      clock: { kind: wholeKind(() => `${++made}`.repeat(5000)), inputs: { of: "numbers" } },
    });
    const finish = async ({ stages }: RunResult) => {
      if (made > 1) return;
      await removeObjects(store);
      const { digest } = stages[1]!.output!;
      throw new DamagedError(digest, "Cannot read the figure: it is gone", "run again");
    };
    const { events } = await once(plan, { finish });
    assertEquals(eventsOf(events, "warning").map(({ message }) => message), [
      "Cannot read the figure: it is gone; it is made again",
      '"clock" came out differently than before its result was damaged',
    ]);
  }));

/** Too long for a record: it is an object. */
const LONG = ["x".repeat(3000), "y".repeat(3000)];
const lengths = itemsKind((work) => Promise.resolve(`${work}`.length));

const readText: ItemRun<Json, Json> = async (work, { objects }) =>
  new TextDecoder().decode(await objects.get(work as Digest));

/** Writes two texts as objects, and reads them again. */
function texts(read: ItemRun<Json, Json>, version = 1): Plan {
  const write: ItemRun<Json, Json> = (work, { objects }) =>
    objects.put(new TextEncoder().encode(String(work)));
  const list = (_config: unknown, { values }: { values: readonly Json[] }) =>
    values.map((work, i) => fakeItem(`${i}`, work, { identity: { record: "read/1", work, version } }));
  return fakePlan({
    names: { kind: valuesKind(), config: { values: ["a", "b"] } },
    written: { kind: itemsKind(write), inputs: { values: "names" } },
    read: { kind: itemsKind(read, { list }), inputs: { values: "written" } },
    total: { kind: wholeKind((of) => of), inputs: { of: "read" } },
  });
}

/** Other bytes of the same length. */
async function damage({ objects }: Pick<Store, "objects">, digest: Digest): Promise<void> {
  const path = objects.path(digest);
  await Deno.writeFile(path, (await Deno.readFile(path)).map((byte) => byte ^ 1));
}

/** Damages all objects as a failing disk does: their files have the same size and time as before. */
async function damageUnseen({ objects }: Store): Promise<void> {
  for (const { digest, path, mtime } of objects.list()) {
    await damage({ objects }, digest);
    await Deno.utime(path, new Date(mtime), new Date(mtime));
  }
}

async function removeObjects({ root }: Store): Promise<void> {
  await Deno.remove(`${root}/objects`, { recursive: true });
  await Deno.mkdir(`${root}/objects`);
}
