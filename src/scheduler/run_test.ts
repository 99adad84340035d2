import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../core/diagnostic.ts";
import type { Digest } from "../core/digest.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { StoreError } from "../store/errors.ts";
import type { RunEvent } from "./events.ts";
import type { RunResult } from "./run.ts";
import { act, type ActConfig } from "./testing/act.ts";
import {
  double,
  doubles,
  fakeItem,
  fakePlan,
  itemsKind,
  sum,
  valuesKind,
  wholeKind,
} from "./testing/plans.ts";
import { statuses, withRuns } from "./testing/runs.ts";

Deno.test("run() hands each stage the outputs of those before it", () =>
  withRuns(async ({ once }) => {
    const { result, output } = await once(doubles([1, 2, 3]));
    assertEquals(output("total"), 12);
    assertEquals(statuses(result), { numbers: "stored", doubled: "ran", total: "ran" });
    assert(result.ok);
  }));

Deno.test("run() does nothing the second time, and assess() says so before", () =>
  withRuns(async ({ once, outlook }) => {
    assertEquals(await outlook(doubles([1, 2])), [
      ["numbers", "stored", undefined],
      ["doubled", "run", { stored: 0, missing: 2 }],
      ["total", "maybe", undefined],
    ]);
    await once(doubles([1, 2]));
    const never = () => assert(false, "a stored result is not computed");
    const again = fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1, 2] } },
      doubled: { kind: itemsKind(never), inputs: { values: "numbers" } },
      total: { kind: wholeKind(never), inputs: { of: "doubled" } },
    });
    assertEquals((await outlook(again)).map(([, status]) => status), ["stored", "stored", "stored"]);
    const { result, output, events } = await once(again);
    assertEquals(statuses(result), { numbers: "stored", doubled: "stored", total: "stored" });
    assertEquals(output("total"), 6);
    assertEquals(result.stages[1]!.items, { noun: "item", place: "head", stored: 2, ran: 0, failed: 0 });
    assertEquals(events.filter(({ type }) => type === "stage-started" || type === "engine-started"), []);
  }));

Deno.test("run() computes only the items that are missing", () =>
  withRuns(async ({ once, outlook }) => {
    await once(doubles([1, 2]));
    const more = doubles([1, 2, 3]);
    assertEquals((await outlook(more))[1], ["doubled", "partial", { stored: 2, missing: 1 }]);
    const { result, events } = await once(more);
    assertEquals(result.stages[1]!.items, { noun: "item", place: "head", stored: 2, ran: 1, failed: 0 });
    assertEquals(events.flatMap((event) => event.type === "item-started" ? [event.item] : []), ["2"]);
  }));

Deno.test("run() computes a stage anew when its items mean something else, though settings and inputs are as before", () =>
  withRuns(async ({ once, outlook }) => {
    const tripled = fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1, 2] } },
      doubled: {
        kind: itemsKind((work) => Promise.resolve(3 * Number(work)), {
          list: (_config, { values }: { values: readonly Json[] }) =>
            values.map((work, i) => fakeItem(`${i}`, work, { identity: { record: "item/2", work } })),
        }),
        inputs: { values: "numbers" },
      },
    });
    await once(doubles([1, 2]));
    assertEquals((await outlook(tripled))[1], ["doubled", "run", { stored: 0, missing: 2 }]);
    assertEquals((await once(tripled)).output("doubled"), [3, 6]);
  }));

Deno.test("run() finds a stage by its meaning: another name or another place in the plan reruns nothing", () =>
  withRuns(async ({ once }) => {
    await once(doubles([1, 2]));
    const { result } = await once(fakePlan({
      figures: { kind: valuesKind(), config: { values: [1, 2] } },
      others: { kind: valuesKind(), config: { values: [5] } },
      twice: { kind: itemsKind(double), inputs: { values: "figures" } },
      all: { kind: wholeKind(sum), inputs: { of: "twice" } },
    }));
    assertEquals(new Set(Object.values(statuses(result))), new Set(["stored"]));
  }));

Deno.test("run() stops at an equal output: what depends on it is not run again", () =>
  withRuns(async ({ once, outlook }) => {
    await once(doubles([1, 2]));
    const parts = { numbers: { kind: valuesKind(), config: { values: [1, 2] } } };
    const changed = fakePlan({
      ...parts,
      doubled: { kind: itemsKind(double, { version: 2 }), inputs: { values: "numbers" } },
      total: { kind: wholeKind(sum), inputs: { of: "doubled" } },
    });
    assertEquals((await outlook(changed)).map(([, status]) => status), ["stored", "run", "maybe"]);
    assertEquals(statuses((await once(changed)).result), {
      numbers: "stored",
      doubled: "ran",
      total: "stored",
    });
  }));

Deno.test("run() goes on without an item that failed, and tries it again the next time", () =>
  withRuns(async ({ once }) => {
    let odd = true;
    const plan = fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1, 2, 3] } },
      doubled: {
        kind: itemsKind((work) => {
          if (work === 2 && odd) throw new UserError("Cannot double 2", "wait a little");
          return double(work);
        }),
        inputs: { values: "numbers" },
      },
      total: { kind: wholeKind((of) => JSON.stringify(of)), inputs: { of: "doubled" } },
    });
    const first = await once(plan);
    assertEquals(statuses(first.result), { numbers: "stored", doubled: "partial", total: "ran" });
    assertEquals(first.output("total"), "[2,null,6]");
    assert(!first.result.ok && first.result.ended === undefined);
    assertEquals(first.events.find(({ type }) => type === "item-failed"), {
      type: "item-failed",
      stage: "doubled",
      item: "1",
      error: { message: "Cannot double 2", help: "wait a little" },
    });
    odd = false;
    const second = await once(plan);
    assertEquals(second.output("total"), "[2,4,6]");
    assertEquals(second.result.stages[1]!.items, {
      noun: "item",
      place: "head",
      stored: 2,
      ran: 1,
      failed: 0,
    });
    assert(second.result.ok);
  }));

Deno.test("run() fails a stage whose items all failed, and skips what depends on it", () =>
  withRuns(async ({ once }) => {
    const { result, events } = await once(fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1] } },
      doubled: { kind: itemsKind(() => Promise.reject(new Error("no"))), inputs: { values: "numbers" } },
      total: { kind: wholeKind(sum), inputs: { of: "doubled" } },
      figure: { kind: wholeKind(sum), inputs: { of: "total" } },
      other: { kind: wholeKind(sum), inputs: { of: "numbers" } },
    }));
    assertEquals(statuses(result), {
      numbers: "stored",
      doubled: "failed",
      total: "skipped",
      figure: "skipped",
      other: "ran",
    });
    assertEquals(
      events.flatMap((event) => event.type === "stage-skipped" ? [[event.stage, event.because]] : []),
      [
        ["total", "doubled"],
        ["figure", "total"],
      ],
    );
  }));

Deno.test("run() keeps the stack of a failure that nobody foresaw", () =>
  withRuns(async ({ once }) => {
    const { events } = await once(fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1] } },
      total: { kind: wholeKind(() => sum(null)), inputs: { of: "numbers" } },
    }));
    const failed = events.find((event) => event.type === "stage-failed");
    assertMatch(failed!.error.stack!, /TypeError.*run_test\.ts/s);
  }));

Deno.test("run() prepares what the missing items read: once, and not where all is stored", () =>
  withRuns(async ({ once }) => {
    let prepared = 0;
    const values = valuesKind((_output, { progress }) => {
      prepared += 1;
      progress("images", 10, 10);
      return Promise.resolve();
    });
    const plan = (numbers: Json) =>
      fakePlan({
        source: { kind: values, config: { values: numbers } },
        numbers: {
          kind: { ...valuesKind(), plan: (_, { of }) => ({ ok: true, value: of }) },
          inputs: { of: "source" },
        },
        doubled: { kind: itemsKind(double), inputs: { values: "numbers" } },
        again: { kind: itemsKind(double, { version: 2 }), inputs: { values: "numbers" } },
        total: { kind: wholeKind(sum), inputs: { of: "doubled" } },
      });
    const { events } = await once(plan([1, 2]));
    assertEquals(prepared, 1);
    assert(events.some((event) => event.type === "preparing" && event.stage === "source"));
    await once(plan([1, 2]));
    await once(plan([2, 1])); // other stages, the same items
    assertEquals(prepared, 1);
  }));

Deno.test("run() fails the stages that a failed preparation leaves without input", () =>
  withRuns(async ({ once }) => {
    const values = valuesKind(() => Promise.reject(new UserError("Cannot download the images: no network")));
    const { result } = await once(fakePlan({
      numbers: { kind: values, config: { values: [1] } },
      doubled: { kind: itemsKind(double), inputs: { values: "numbers" } },
    }));
    assertEquals(statuses(result), { numbers: "stored", doubled: "failed" });
  }));

Deno.test("run() has no more items under way than the limit, over all stages, and starts them in order", () =>
  withRuns(async ({ once }) => {
    const [started, waiting]: [Json[], (() => void)[]] = [[], []];
    let most = 0;
    const slow = async (work: Json) => {
      started.push(work);
      await new Promise<void>((resolve) => {
        most = Math.max(most, waiting.push(resolve));
        setTimeout(() => waiting.shift()?.(), 5);
      });
      return work;
    };
    const list = (values: Json[]) =>
      values.map((value, i) =>
        fakeItem(`${i}`, value, { affinity: String(value)[0]!, cost: Number(String(value)[1]) })
      );
    const kind = itemsKind(slow, { list: (_config, { values }) => list(values) });
    await once(fakePlan({
      a: { kind: valuesKind(), config: { values: ["a1", "b4", "a2", "c9"] } },
      b: { kind: valuesKind(), config: { values: ["x1", "x2", "x3"] } },
      first: { kind, inputs: { values: "a" } },
      second: { kind, inputs: { values: "b" } },
    }));
    assertEquals(most, 2);
    assertEquals(started, ["c9", "b4", "a2", "a1", "x3", "x2", "x1"]);
  }));

Deno.test("run() computes an item once that two stages list, or one stage twice", () =>
  withRuns(async ({ once }) => {
    const computed: Json[] = [];
    const kind = itemsKind((work) => (computed.push(work), double(work)));
    const { output } = await once(fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1, 2, 1] } },
      first: { kind, inputs: { values: "numbers" } },
      second: { kind: { ...kind, version: 2 }, inputs: { values: "numbers" } },
    }));
    assertEquals(computed.toSorted(), [1, 2]);
    assertEquals([output("first"), output("second")], [[2, 4, 2], [2, 4, 2]]);
  }));

Deno.test("assess() and run() count an item once that several stages list: where it is first listed, and where it is made", () =>
  withRuns(async ({ once }) => {
    const kind = itemsKind(double);
    const plan = fakePlan({
      few: { kind: valuesKind(), config: { values: [1, 2] } },
      many: { kind: valuesKind(), config: { values: [1, 2, 3, 4] } },
      first: { kind, inputs: { values: "few" } },
      second: { kind, inputs: { values: "many" } },
      third: { kind: { ...kind, version: 2 }, inputs: { values: "many" } },
    });
    const { result, events } = await once(plan);
    const [started] = events as [Extract<RunEvent, { type: "started" }>];
    assertEquals(
      started.stages.slice(2).map((
        { items },
      ) => [items!.stored, items!.missing, items!.shared, items!.coming]),
      [
        [0, 2, undefined, undefined],
        [2, 2, 2, { items: 2, from: ["first"] }],
        [4, 0, 4, { items: 4, from: ["first", "second"] }],
      ],
    );
    assertEquals(started.stages.slice(2).map(({ why }) => why.map(({ message }) => message).join("; ")), [
      "never run",
      'never run; 2 of 4 items are not stored, and 2 come from "first"',
      'never run; all 4 items come from "first" and "second"',
    ]);
    const totals = ({ stages }: RunResult) => {
      const counts = stages.flatMap(({ items }) => items ?? []);
      const total = (of: (items: typeof counts[number]) => number) =>
        counts.reduce((all, items) => all + of(items), 0);
      return [total(({ ran }) => ran), total(({ stored, shared = 0 }) => stored - shared)];
    };
    assertEquals(totals(result), [4, 0]);
    assertEquals(events.filter((event) => event.type === "item-finished" && !event.stored).length, 4);
    assertEquals(totals((await once(plan)).result), [0, 4]);
  }));

Deno.test("run() computes again an item whose object is gone, and no other", () =>
  withRuns(async ({ once, store }) => {
    const plan = fakePlan({
      texts: { kind: valuesKind(), config: { values: ["a", "b"] } },
      objects: {
        kind: itemsKind((work, { objects }) => objects.put(new TextEncoder().encode(String(work)))),
        inputs: { values: "texts" },
      },
      total: { kind: wholeKind((of) => of), inputs: { of: "objects" } },
    });
    const { output } = await once(plan);
    const [a] = output("objects") as Digest[];
    await Deno.remove(`${store.root}/objects/${a!.slice(0, 2)}/${a!.slice(2)}`);
    const { result } = await once(plan);
    assertEquals(result.stages[1]!.items, { noun: "item", place: "head", stored: 1, ran: 1, failed: 0 });
    assertEquals(statuses(result), { texts: "stored", objects: "ran", total: "stored" });
  }));

Deno.test("run() gives a stage the same input whether it has just been made or was stored", () =>
  withRuns(async ({ once }) => {
    const keys = wholeKind((of) => Object.keys(of as JsonObject).join());
    const unsorted = () => ({ b: 1, a: undefined as unknown as Json, c: 2, aa: 3 });
    const parts = {
      numbers: { kind: valuesKind(), config: { values: [1] } },
      made: { kind: wholeKind(unsorted), inputs: { of: "numbers" } },
    };
    const fresh = await once(fakePlan({ ...parts, keys: { kind: keys, inputs: { of: "made" } } }));
    const later = await once(
      fakePlan({ ...parts, keys: { kind: { ...keys, version: 2 }, inputs: { of: "made" } } }),
    );
    assertEquals([fresh.output("keys"), later.output("keys")], ["aa,b,c", "aa,b,c"]);
  }));

Deno.test("run() stops when it is told to, and the next run goes on from what is stored", () =>
  withRuns(async ({ once }) => {
    const stop = new AbortController();
    const kind = itemsKind((work) => {
      if (work === 3) stop.abort();
      return double(work);
    });
    const plan = fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1, 2, 3, 4, 5] } },
      doubled: { kind, inputs: { values: "numbers" } },
      total: { kind: wholeKind(sum), inputs: { of: "doubled" } },
    });
    const { result, events } = await once(plan, { signal: stop.signal, concurrency: 1 });
    assert(result.ended === "interrupted" && !result.ok);
    assertEquals(statuses(result), { numbers: "stored", doubled: "interrupted", total: "interrupted" });
    assert(!events.some(({ type }) => type.endsWith("failed")));
    assertEquals(result.stages[1]!.items, { noun: "item", place: "head", stored: 0, ran: 3, failed: 0 });
    const next = await once(plan);
    assertEquals(next.result.stages[1]!.items, { noun: "item", place: "head", stored: 3, ran: 2, failed: 0 });
    assertEquals(next.output("total"), 30);
  }));

Deno.test("run() ends with the store's own error when nothing more can be stored", () =>
  withRuns(async ({ once, store }) => {
    let computed = 0;
    const kind = itemsKind(async (work) => {
      if (++computed === 2) await Deno.remove(store.root, { recursive: true });
      return work;
    });
    const plan = fakePlan({
      numbers: { kind: valuesKind(), config: { values: [1, 2, 3, 4, 5] } },
      doubled: { kind, inputs: { values: "numbers" } },
    });
    const error = await assertRejects(() => once(plan, { concurrency: 1 }), StoreError);
    assertMatch(error.message, /its folder is gone/);
    assertEquals(computed, 2);
  }));

Deno.test("run() runs items of the engine in its process: the one that kills it fails, the others do not", () =>
  withRuns(async ({ once }) => {
    const config: ActConfig = {
      acts: {
        first: { does: "double", value: 1 },
        object: { does: "put", text: "weights" },
        killer: { does: "die" },
        wrong: { does: "throw" },
        last: { does: "double", value: 2 },
      },
    };
    const plan = fakePlan({
      acts: { kind: act, config: config as unknown as JsonObject },
      total: { kind: wholeKind((of) => Object.values(of as JsonObject).length), inputs: { of: "acts" } },
    });
    const { result, output, events } = await once(plan);
    assertEquals(statuses(result), { acts: "partial", total: "ran" });
    assertEquals(result.stages[0]!.items, { noun: "act", place: "engine", stored: 0, ran: 3, failed: 2 });
    const { first, last, killer, wrong } = output("acts") as JsonObject;
    assertEquals([first, last, killer, wrong], [2, 4, null, null]);
    const failed = events.flatMap((event) => event.type === "item-failed" ? [event] : []);
    assertMatch(failed.find(({ item }) => item === "killer")!.error.message, /SIGKILL/);
    assertMatch(failed.find(({ item }) => item === "wrong")!.error.stack!, /act\.ts/);
  }));

Deno.test("run() fails a stage once if its engine cannot start", () =>
  withRuns(async ({ once }) => {
    const acts: ActConfig["acts"] = { a: { does: "double", value: 1 }, b: { does: "double", value: 2 } };
    const plan = fakePlan({ acts: { kind: act, config: { acts } as unknown as JsonObject } });
    const { result, events } = await once(plan, { worker: "no_worker.ts" });
    assertEquals(statuses(result), { acts: "failed" });
    assertEquals(events.filter(({ type }) => type.endsWith("failed")).map(({ type }) => type), [
      "stage-failed",
    ]);
  }));
