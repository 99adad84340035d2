import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Plan } from "../compiler/plan.ts";
import { TransientError, UserError } from "../core/diagnostic.ts";
import { digestOf } from "../core/digest.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { ItemsKind } from "../core/stage_kind.ts";
import type { Clock } from "./clock.ts";
import { act, type ActConfig } from "./testing/act.ts";
import { double, fakeItem, fakePlan, itemsKind, valuesKind, wholeKind } from "./testing/plans.ts";
import { eventsOf, fakeClock, statuses, withRuns } from "./testing/runs.ts";

Deno.test("run() tries again what fails in a way that can pass, after a while", () =>
  withRuns(async ({ once }) => {
    let tries = 0;
    const clock = fakeClock();
    const kind = itemsKind((work) => {
      if (++tries < 3) throw new TransientError("Cannot read the images: the server is busy");
      return double(work);
    });
    const { result, events, output } = await once(oneStage(kind, [1]), { clock });
    assert(result.ok);
    assertEquals(output("doubled"), [2]);
    assertEquals(clock.pauses, [1, 2]);
    const told = { stage: "doubled", item: "0", error: eventsOf(events, "item-retried")[0]!.error };
    assertEquals(told.error.message, "Cannot read the images: the server is busy");
    assertEquals(eventsOf(events, "item-retried"), [
      { type: "item-retried", ...told, attempt: 1, seconds: 1 },
      { type: "item-retried", ...told, attempt: 2, seconds: 2 },
    ]);
  }));

Deno.test("run() gives up after two retries, or as many as the stage says, and never repeats another failure", () =>
  withRuns(async ({ once }) => {
    const tries = new Map<string, number>();
    const failing = (name: string, error: Error) =>
      itemsKind(() => {
        tries.set(name, (tries.get(name) ?? 0) + 1);
        throw error;
      }, { list: () => [fakeItem("0", name)] });
    const busy = new TransientError("busy");
    const { result } = await once(
      fakePlan({
        usual: { kind: failing("usual", busy), inputs: {} },
        never: { kind: failing("never", busy), inputs: {}, limits: { retries: 0 } },
        often: { kind: failing("often", busy), inputs: {}, limits: { retries: 4 } },
        wrong: { kind: failing("wrong", new UserError("odd")), inputs: {} },
      }),
      { clock: fakeClock() },
    );
    assertEquals(Object.fromEntries(tries), { usual: 3, never: 1, often: 5, wrong: 1 });
    assertEquals(new Set(Object.values(statuses(result))), new Set(["failed"]));
  }));

Deno.test("run() tries a stage without items again, too", () =>
  withRuns(async ({ once }) => {
    let tries = 0;
    const whole = wholeKind((of) => {
      if (++tries === 1) throw Object.assign(new Error("Input/output error"), { code: "EIO" });
      return of;
    });
    const plan = fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1] } },
      total: { kind: whole, inputs: { of: "numbers" } },
    });
    const { result, events } = await once(plan, { clock: fakeClock() });
    assert(result.ok);
    assertEquals(eventsOf(events, "item-retried").map(({ stage, item }) => [stage, item]), [[
      "total",
      undefined,
    ]]);
  }));

Deno.test("run() fails an item of this process that goes over its timeout, and tells it by its signal", () =>
  withRuns(async ({ once }) => {
    const clock = clockThatRings(60);
    const kind = itemsKind((work, { signal }) => work === 2 ? ringAndWait(clock, signal) : double(work));
    const plan = oneStage(kind, [1, 2], { timeoutSeconds: 60 });
    const { result, events } = await once(plan, { concurrency: 1, clock });
    assertEquals(statuses(result).doubled, "partial");
    assertEquals(eventsOf(events, "item-failed").map(({ item, error }) => [item, error]), [
      ["1", {
        message: "Cannot finish in 60 s, which is its timeout",
        help: 'give the stage a longer "timeout", or none',
      }],
    ]);
  }));

Deno.test("run() fails a stage without items that goes over its timeout, even one that does not listen", () =>
  withRuns(async ({ once }) => {
    const clock = clockThatRings(5);
    const deaf = wholeKind(() => (clock.ring(), new Promise(() => {})));
    const plan = fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1] } },
      total: { kind: deaf, inputs: { of: "numbers" }, limits: { timeoutSeconds: 5 } },
    });
    assertEquals(statuses((await once(plan, { clock })).result).total, "failed");
  }));

Deno.test("run() hands the timeout to the engine, which ends the item and no other", () =>
  withRuns(async ({ once }) => {
    const acts: ActConfig["acts"] = { quick: { does: "double", value: 1 }, slow: { does: "hang" } };
    const plan = fakePlan({
      acts: { kind: act, config: { acts } as unknown as JsonObject, limits: { timeoutSeconds: 0.2 } },
    });
    const { result, events } = await once(plan);
    assertEquals(result.stages[0]!.items!.ran, 1);
    const [failed] = eventsOf(events, "item-failed");
    assertEquals(failed!.item, "slow");
    assertEquals(result.stages[0]!.failures!.map(({ item, message }) => [item, message]), [
      ["slow", failed!.error.message],
    ]);
  }));

Deno.test("run() ends when its time is spent: what is stored stays, nothing new starts, and it is not ok", () =>
  withRuns(async ({ once }) => {
    const clock = clockThatRings(1800);
    const kind = itemsKind((work, { signal }) => work === 2 ? ringAndWait(clock, signal) : double(work));
    const plan = { ...oneStage(kind, [1, 2, 3]), budget: { minutes: 30 } };
    const { result, events } = await once(plan, { concurrency: 1, clock });
    assertEquals([result.ok, result.ended], [false, "budget"]);
    assertEquals(statuses(result), { numbers: "stored", doubled: "interrupted", total: "interrupted" });
    assertEquals(result.stages[1]!.items, { noun: "item", place: "head", stored: 0, ran: 1, failed: 0 });
    assertEquals(eventsOf(events, "budget-spent").map(({ message }) => message), [
      "The run has taken 30 min, which is its budget",
    ]);
    assertEquals(eventsOf(events, "item-failed"), []);
  }));

Deno.test("run() ends when more items fail than may", () =>
  withRuns(async ({ once }) => {
    const never = itemsKind(() => Promise.reject(new UserError("no")));
    const plan = oneStage(never, [1, 2, 3, 4, 5]);
    const first = await once(mayFail(plan, 1), { concurrency: 1 });
    assertEquals(first.result.ended, "budget");
    assertEquals(eventsOf(first.events, "item-failed").length, 2);
    assertMatch(eventsOf(first.events, "budget-spent")[0]!.message, /at its failure number 2: 1 may fail/);
    const second = await once(mayFail(plan, 0), { concurrency: 1 });
    assertEquals(eventsOf(second.events, "item-failed").length, 1);
    const third = await once(mayFail(plan, 9), { concurrency: 1 });
    assertEquals([third.result.ended, eventsOf(third.events, "item-failed").length], [undefined, 5]);
  }));

Deno.test("run() counts a stage that fails by itself as one failure, and one whose items all failed as these", () =>
  withRuns(async ({ once }) => {
    const plan = fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1, 2] } },
      doubled: { kind: itemsKind(() => Promise.reject(new UserError("no"))), inputs: { values: "numbers" } },
    });
    assertEquals((await once(mayFail(plan, 2))).result.ended, undefined);
    const whole = fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1] } },
      total: { kind: wholeKind(() => Promise.reject(new UserError("no"))), inputs: { of: "numbers" } },
    });
    assertEquals((await once(mayFail(whole, 0))).result.ended, "budget");
  }));

Deno.test("run() keeps to the concurrency of a stage over its instances, and to the resources of the plan", () =>
  withRuns(async ({ once }) => {
    const most = new Map<string, number>();
    const running = new Map<string, number>();
    const kind = (name: string) =>
      itemsKind(async (work) => {
        running.set(name, (running.get(name) ?? 0) + 1);
        most.set(name, Math.max(most.get(name) ?? 0, running.get(name)!));
        await new Promise((resolve) => setTimeout(resolve, 2));
        running.set(name, running.get(name)! - 1);
        return work;
      }, { list: () => [1, 2, 3, 4].map((work) => fakeItem(`${work}`, `${name} ${work}`)) });
    const one = { kind: kind("one"), limits: { concurrency: 1 } };
    const gpu = { kind: kind("gpu"), limits: { resources: { gpu: 0.1 } } };
    const { result } = await once(
      fakePlan({ one, gpu, free: { kind: kind("free") } }, { resources: { gpu: 0.3 } }),
      { concurrency: 8 },
    );
    assert(result.ok);
    assertEquals([most.get("one"), most.get("gpu"), most.get("free")], [1, 3, 4]);
  }));

Deno.test("run() starts the stage with the longest way to the end first, and does not let short work wait for long", () =>
  withRuns(async ({ once }) => {
    const started: Json[] = [];
    const kind = (name: string, cost: number) =>
      itemsKind((work) => (started.push(work), double(0)), {
        list: () => [1, 2].map((i) => fakeItem(`${i}`, `${name}${i}`, { cost, affinity: name })),
      });
    await once(
      fakePlan({
        short: { kind: kind("short", 0.1) },
        leaf: { kind: kind("leaf", 20) },
        chain: { kind: kind("chain", 40) },
      }),
      { concurrency: 1 },
    );
    assertEquals(started.slice(0, 4), ["short1", "short2", "chain1", "chain2"]);
  }));

Deno.test("run() puts models of one architecture together over the stages that train them", () =>
  withRuns(async ({ once }) => {
    const started: Json[] = [];
    const items = ["a", "b", "a", "b"].map((affinity, i) =>
      fakeItem(`${i}`, `${affinity}${i}`, { affinity, cost: 10 })
    );
    const kind = itemsKind((work) => (started.push(work), double(0)), { list: () => items });
    await once(fakePlan({ models: { kind } }), { concurrency: 1 });
    assertEquals(started, ["a0", "a2", "b1", "b3"]);
  }));

Deno.test("run() asks the engine's items to keep a state when it is interrupted", () =>
  withRuns(async ({ once, store }) => {
    const states = { record: "state/1" };
    const list = () => [{ ...fakeItem("0", { act: { does: "wait" } }), states }];
    const stop = new AbortController();
    const { result } = await once(fakePlan({ acts: { kind: { ...act, list } as unknown as ItemsKind } }), {
      signal: stop.signal,
      told: ({ type }) => type === "item-progress" && stop.abort(),
    });
    assertEquals([result.ended, statuses(result)], ["interrupted", { acts: "interrupted" }]);
    store.refresh();
    const kept = await store.readAll(digestOf(states));
    assertEquals(kept.map(({ value }) => value), [{ state: "kept", lasting: false }]);
  }));

function mayFail(plan: Plan, maxFailures: number): Plan {
  return { ...plan, budget: { maxFailures } };
}

function oneStage(kind: ReturnType<typeof itemsKind>, values: readonly number[], limits = {}) {
  return fakePlan({
    numbers: { kind: valuesKind(), config: { values } },
    doubled: { kind, inputs: { values: "numbers" }, limits },
    total: { kind: wholeKind((of) => of), inputs: { of: "doubled" } },
  });
}

/** A clock on which a pause of this length is over when the test says so, and no other ever. */
function clockThatRings(seconds: number): Clock & { readonly ring: () => void } {
  const rung = Promise.withResolvers<void>();
  const never = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  return {
    ring: rung.resolve,
    pause: (length, signal) =>
      length === seconds ? Promise.race([rung.promise, never(signal)]) : never(signal),
    random: () => 0.5,
  };
}

/** Rings, and goes on until it is told to end. */
function ringAndWait(clock: { readonly ring: () => void }, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    clock.ring();
  });
}
