import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Json } from "../../core/json.ts";
import { type EngineEvent, EngineHost, type EngineItem, type EngineResult } from "./host.ts";
import { FakeEngines, type FakeWork } from "../testing/fake_engine.ts";

/** One item of a random run; times are turns of the event loop. */
interface Try extends FakeWork {
  readonly startAfter: number;
}

interface Scenario {
  readonly tries: readonly Try[];
  readonly interruptAfter?: number;
}

const BAD = ["hang", "block", "die", "die-while-saving", "eat", "fail", "wait"] as const;
const GOOD = ["finish", "save", "grow"] as const;
const STOPPED = "The engine was stopped";

Deno.test("EngineHost.run() settles once for each item, as the item itself decides, whatever is beside it", async () => {
  const property = fc.asyncProperty(scenarios(), async (scenario) => {
    const engines = new FakeEngines();
    const endings = await play(scenario, engines);
    assertEquals(engines.wrong, []);
    assertEquals(engines.alive.length, 0);
    for (const [i, item] of scenario.tries.entries()) {
      const allowed = [expected(item), ...(scenario.interruptAfter === undefined ? [] : [STOPPED])];
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
  const gate = Promise.withResolvers<void>();
  const start = (name: number, does: FakeWork["does"]) =>
    endingOf(host.run({ ...itemFor({ name, does, turns: 0 }), save: () => gate.promise }));
  const endings: Promise<string>[] = [];
  for (const first of [0, 2]) {
    endings.push(start(first, "save"), start(first + 1, "grow"));
    await recycled.promise;
    recycled = Promise.withResolvers();
  }
  const late = endingOf(host.run(itemFor({ name: 4, does: "finish", turns: 0 })));
  await afterTurns(20);
  assertEquals([engines.all.length, engines.alive.length], [2, 2]);
  gate.resolve();
  assertEquals(await Promise.all(endings), ["outcome 0", "outcome 1", "outcome 2", "outcome 3"]);
  assertEquals(await late, "outcome 4");
  assertEquals([engines.all.length, engines.wrong], [3, []]);
  await host.stop();
});

/** How an item ends that is not interrupted. */
function expected({ does, name }: Try): string {
  if (does === "fail") return `failure of ${name}`;
  if (isSlow(does)) {
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

async function attempt(host: EngineHost, { startAfter, ...work }: Try): Promise<string> {
  let saving = 0;
  const save = async () => {
    saving += 1;
    await afterTurns(2);
    saving -= 1;
  };
  await afterTurns(startAfter);
  const ending = await endingOf(host.run({ ...itemFor(work), save }));
  assertEquals(saving, 0, "no state is on its way when an item has ended");
  return ending;
}

function fakeHost(engines: FakeEngines, emit: (event: EngineEvent) => void = () => {}): EngineHost {
  const limits = { watchSeconds: 0.001, graceSeconds: 0.005, memory: { recycleBytes: 150, killBytes: 4000 } };
  return new EngineHost({ args: [], env: {}, log: "/nowhere/log", ...limits }, emit, engines.spawn);
}

function itemFor(work: FakeWork): EngineItem {
  const item = { kind: "fake", work: work as unknown as Json, states: [], progress: () => {} };
  return { ...item, save: () => Promise.resolve(), ...(isSlow(work.does) && { timeoutSeconds: 0.01 }) };
}

/** Whether it ends only when it is asked to, or not even then. */
function isSlow(does: FakeWork["does"]): boolean {
  return does === "wait" || does === "hang" || does === "block";
}

function endingOf(result: Promise<EngineResult>): Promise<string> {
  return result.then(({ outcome }) => `outcome ${outcome}`, ({ message }) => message);
}

function scenarios(): fc.Arbitrary<Scenario> {
  const turns = fc.nat(4);
  const does = fc.constantFrom(...BAD, ...GOOD, ...GOOD);
  const one = fc.record({ does, turns, startAfter: turns });
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
