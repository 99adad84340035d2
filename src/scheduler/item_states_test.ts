import { assertEquals } from "@std/assert";
import { digestOf } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import type { ItemContext, SavedState } from "../core/stage_kind.ts";
import type { Store } from "../store/store.ts";
import { fakeItem, fakePlan, itemsKind } from "./testing/plans.ts";
import { eventsOf, withRuns } from "./testing/runs.ts";

const STATES = { record: "state/1", trajectory: "a" };

Deno.test("run() gives an item the state that an interrupted run kept, and removes it when a later one is kept", () =>
  withRuns(async ({ once, store }) => {
    const stop = new AbortController();
    const first = await once(
      counting(async (_work, context) => {
        await context.save(await state(1, context));
        await context.save(await state(2, context));
        stop.abort();
        throw context.signal.reason;
      }),
      { signal: stop.signal },
    );
    assertEquals(first.result.ended, "interrupted");
    assertEquals(await kept(store), [2]);
    let given: readonly SavedState[] = [];
    await once(counting(async (_work, context) => {
      given = context.states;
      await context.save(await state(3, context), { lasting: true });
      return "done";
    }));
    assertEquals(given.map(({ value }) => value), [2]);
    assertEquals(await kept(store), [3]);
  }));

Deno.test("run() leaves the state of an item that was interrupted to it when another one needs no step of its own", () =>
  withRuns(async ({ once, store }) => {
    const stop = new AbortController();
    const further = counting(
      async (_work, context) => {
        await context.save(await state(15, context));
        stop.abort();
        throw context.signal.reason;
      },
      "20 epochs",
    );
    await once(further, { signal: stop.signal });
    await once(counting((_work, { states }) => Promise.resolve(states[0]!.value), "10 epochs"));
    assertEquals(await kept(store), [15]);
  }));

Deno.test("run() keeps a lasting state for items that go further, and the last one of an item that failed", () =>
  withRuns(async ({ once, store }) => {
    await once(counting(async (_work, context) => {
      await context.save(await state(10, context), { lasting: true });
      await context.save(await state(12, context));
      return "done";
    }));
    assertEquals(await kept(store), [10]);
    const further = counting(async (_work, context) => {
      await context.save(await state(15, context));
      throw new Error(`after ${context.states.map(({ value }) => value)}`);
    }, "further");
    const { events } = await once(further);
    assertEquals(eventsOf(events, "item-failed")[0]!.error.message, "after 10");
    assertEquals(await kept(store), [10, 15]);
  }));

Deno.test("run() keeps a state that does not last when one that lasts is kept after it, until the next that does not", () =>
  withRuns(async ({ once, store }) => {
    const seen: Json[][] = [];
    await once(counting(async (_work, context) => {
      await context.save(await state(1, context));
      await context.save(await state("apart", context), { lasting: true });
      seen.push(await kept(store));
      await context.save(await state(2, context));
      seen.push(await kept(store));
      return "done";
    }));
    assertEquals(seen.map((states) => new Set(states)), [new Set([1, "apart"]), new Set(["apart", 2])]);
    assertEquals(await kept(store), ["apart"]);
  }));

Deno.test("run() keeps a state that is saved again as it was", () =>
  withRuns(async ({ once, store }) => {
    await once(counting(async (_work, context) => {
      await context.save(await state(3, context));
      await context.save(await state(3, context));
      throw new Error("no");
    }));
    assertEquals(new Set(await kept(store)), new Set([3]));
  }));

Deno.test("run() does not run two items at once that share their states", () =>
  withRuns(async ({ once }) => {
    const log: string[] = [];
    const run = async (work: Json, context: ItemContext) => {
      log.push(`${work} begins with ${context.states.map(({ value }) => value)}`);
      await context.save(await state(work, context), { lasting: true });
      log.push(`${work} ends`);
      return work;
    };
    const list = () => [20, 10].map((work) => fakeItem(`${work}`, work, { states: STATES, cost: work }));
    await once(fakePlan({ counted: { kind: itemsKind(run, { list }) } }));
    assertEquals(log, ["20 begins with ", "20 ends", "10 begins with 20", "10 ends"]);
  }));

function counting(run: (work: Json, context: ItemContext) => Promise<Json>, work = "counted") {
  const list = () => [fakeItem("0", work, { states: STATES })];
  return fakePlan({ counted: { kind: itemsKind(run, { list }) } });
}

async function state(value: Json, { objects }: ItemContext): Promise<SavedState> {
  return { value, objects: [await objects.put(new TextEncoder().encode(`weights ${value}`))] };
}

/** The states that are in the store. */
async function kept(store: Store): Promise<Json[]> {
  store.refresh();
  const states = await store.readAll(digestOf(STATES));
  return states.map(({ value }) => (value as { state: Json }).state);
}
