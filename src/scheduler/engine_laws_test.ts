import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Json } from "../core/json.ts";
import { type EngineEvent, EngineHost, type EngineItem, type EngineResult } from "./engine_host.ts";
import { FakeEngines, type FakeWork } from "./testing/fake_engine.ts";

/** One item of a random run; times are turns of the event loop. */
interface Try extends FakeWork {
  readonly startAfter: number;
  readonly cancelAfter?: number;
}

interface Scenario {
  readonly tries: readonly Try[];
  readonly interruptAfter?: number;
}

const BAD = ["hang", "block", "die", "die-while-saving", "eat", "fail"] as const;
const GOOD = ["finish", "save", "grow"] as const;

Deno.test("EngineHost.run() settles once for each item, as the item itself decides, whatever is beside it", async () => {
  const property = fc.asyncProperty(scenarios(), async (scenario) => {
    const engines = new FakeEngines();
    const endings = await play(scenario, engines);
    assertEquals(engines.wrong, []);
    assertEquals(engines.alive.length, 0);
    for (const [i, item] of scenario.tries.entries()) {
      const allowed = [
        ...(item.does === "wait" ? [] : [expected(item)]),
        ...(item.cancelAfter === undefined ? [] : [`cancel ${item.name}`]),
        ...(scenario.interruptAfter === undefined ? [] : ["The engine was stopped"]),
      ];
      assert(
        allowed.includes(endings[i]!),
        `${item.does} ended with "${endings[i]}", not ${allowed.join(" or ")}`,
      );
    }
  });
  await fc.assert(property, { numRuns: 80, timeout: 20_000 });
});

Deno.test("EngineHost has no third process while two that have grown still have items in them", async () => {
  const engines = new FakeEngines();
  let recycled = Promise.withResolvers<void>();
  const host = fakeHost(engines, ({ type }) => type === "engine-recycled" && recycled.resolve());
  const ending = new AbortController();
  const start = (name: number, does: FakeWork["does"]) =>
    endingOf(host.run({ ...itemFor({ name, does, turns: 0 }), signal: ending.signal }));
  const endings: Promise<string>[] = [];
  for (const first of [0, 2]) {
    endings.push(start(first, "wait"), start(first + 1, "grow"));
    await recycled.promise;
    recycled = Promise.withResolvers();
  }
  const late = endingOf(host.run(itemFor({ name: 4, does: "finish", turns: 0 })));
  await afterTurns(20);
  assertEquals([engines.all.length, engines.alive.length], [2, 2]);
  ending.abort(new Error("asked to end"));
  assertEquals(await Promise.all(endings), ["asked to end", "outcome 1", "asked to end", "outcome 3"]);
  assertEquals(await late, "outcome 4");
  assertEquals([engines.all.length, engines.wrong], [3, []]);
  await host.stop();
});

/** How an item ends that is neither cancelled nor interrupted. */
function expected({ does, name }: Try): string {
  if (does === "fail") return `failure of ${name}`;
  if (does === "hang" || does === "block") {
    return "Cannot wait any longer: it took longer than its limit of 0.01 s";
  }
  if (does === "die" || does === "die-while-saving") {
    return "The engine process ended with signal SIGSEGV in it, twice";
  }
  if (does === "eat") {
    return "The engine process was killed: it used 5.0 kB of memory, more than the limit of 4.0 kB";
  }
  return `outcome ${name}`;
}

async function play({ tries, interruptAfter }: Scenario, engines: FakeEngines): Promise<string[]> {
  const host = fakeHost(engines);
  const interrupted = interruptAfter === undefined
    ? undefined
    : afterTurns(interruptAfter).then(() => host.interrupt(0.005));
  const endings = await Promise.all(tries.map((one) => attempt(host, one)));
  await interrupted;
  await host.stop();
  return endings;
}

async function attempt(host: EngineHost, { startAfter, cancelAfter, ...work }: Try): Promise<string> {
  const canceling = new AbortController();
  let saving = 0;
  const save = async () => {
    saving += 1;
    await afterTurns(2);
    saving -= 1;
  };
  await afterTurns(startAfter);
  if (cancelAfter !== undefined) {
    afterTurns(cancelAfter).then(() => canceling.abort(new Error(`cancel ${work.name}`)));
  }
  const ending = await endingOf(host.run({ ...itemFor(work), save, signal: canceling.signal }));
  assertEquals(saving, 0, "no state is on its way when an item has ended");
  return ending;
}

function fakeHost(engines: FakeEngines, emit: (event: EngineEvent) => void = () => {}): EngineHost {
  const limits = { watchSeconds: 0.001, graceSeconds: 0.005, memory: { recycleBytes: 150, killBytes: 4000 } };
  return new EngineHost({ args: [], env: {}, log: "/nowhere/log", ...limits }, emit, engines.spawn);
}

function itemFor(work: FakeWork): EngineItem {
  const item = { kind: "fake", work: work as unknown as Json, states: [], progress: () => {} };
  const isSlow = work.does === "hang" || work.does === "block";
  return { ...item, save: () => Promise.resolve(), ...(isSlow && { timeoutSeconds: 0.01 }) };
}

function endingOf(result: Promise<EngineResult>): Promise<string> {
  return result.then(({ outcome }) => `outcome ${outcome}`, ({ message }) => message);
}

function scenarios(): fc.Arbitrary<Scenario> {
  const turns = fc.nat(4);
  const does = fc.constantFrom(...BAD, ...GOOD, ...GOOD);
  const free = fc.record({ does, turns, startAfter: turns });
  const canceled = fc.record({
    does: fc.oneof(does, fc.constant("wait" as const)),
    turns,
    startAfter: turns,
    cancelAfter: fc.nat(12),
  });
  const one = fc.oneof({ weight: 4, arbitrary: free }, { weight: 1, arbitrary: canceled });
  const tries = fc.array(one, { minLength: 1, maxLength: 7 })
    .map((tries) => tries.map((item, name) => ({ ...item, name })));
  const interruptAfter = fc.nat(20);
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ tries }) },
    { weight: 1, arbitrary: fc.record({ tries, interruptAfter }) },
  );
}

async function afterTurns(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}
