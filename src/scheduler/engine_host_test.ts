import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../core/diagnostic.ts";
import { sha256 } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import { Objects } from "../store/objects.ts";
import { type EngineEvent, EngineHost, EngineStartError } from "./engine_host.ts";
import type { Act } from "./testing/act.ts";

Deno.test("EngineHost.run() answers with the outcome and the objects that were written", () =>
  withEngine(async ({ run, folder }) => {
    assertEquals(await run({ does: "double", value: 21 }), { outcome: 42, objects: [] });
    const digest = sha256("weights");
    assertEquals(await run({ does: "put", text: "weights" }), { outcome: digest, objects: [digest] });
    assertEquals(new TextDecoder().decode(await new Objects(folder).get(digest)), "weights");
  }));

Deno.test("EngineHost.run() runs several items at once in one process", () =>
  withEngine(async ({ run, events }) => {
    const meeting = Array.from({ length: 3 }, () => run({ does: "meet", count: 3 }));
    assertEquals((await Promise.all(meeting)).map(({ outcome }) => outcome), [3, 3, 3]);
    assertEquals(events.map(({ type }) => type), ["engine-started"]);
  }));

Deno.test("EngineHost.run() passes on how far an item is", () =>
  withEngine(async ({ host }) => {
    const told: [number, string][] = [];
    const work = { act: { does: "report", notes: ["epoch 1/2", "epoch 2/2"] } };
    await host.run({ kind: "act", work, progress: (done, note) => told.push([done, note]) });
    assertEquals(told, [[0.5, "epoch 1/2"], [1, "epoch 2/2"]]);
  }));

Deno.test("EngineHost.run() rejects with the error of the item, for the user or with its stack", () =>
  withEngine(async ({ run }) => {
    const told = await assertRejects(() => run({ does: "fail-for-the-user" }), UserError);
    assertEquals([told.message, told.help], ["Cannot double the value: it is odd", "use an even one"]);
    const bug = await assertRejects(() => run({ does: "throw" }), Error);
    assertMatch(bug.stack!, /RangeError: a mistake in the code\n.*act\.ts/s);
    assertEquals((await run({ does: "double", value: 1 })).outcome, 2);
  }));

Deno.test("EngineHost gives the process the named environment alone", () =>
  withEngine(async ({ run }) => {
    const { outcome } = await run({ does: "environment" });
    assertEquals((outcome as Record<string, Json>).WEFT_TEST, "yes");
    assertEquals(Object.keys(outcome as object).filter((key) => !(key in testEnvironment())), []);
  }));

Deno.test("EngineHost takes what an item prints for no answer, and keeps it in the log", () =>
  withEngine(async ({ run, host, log }) => {
    assertEquals((await run({ does: "print", text: '{"type":"ready"}' })).outcome, '{"type":"ready"}');
    await host.stop();
    assertMatch(await Deno.readTextFile(log), /"ready"/);
  }));

Deno.test("EngineHost tries the items of a process that died one by one: the killer fails, the others do not", () =>
  withEngine(async ({ run, events, folder, log }) => {
    const others = [1, 2].map((i) => run({ does: "die-once", file: `${folder}/other-${i}` }));
    const killer = assertRejects(() => run({ does: "die" }), UserError);
    const late = killer.then(() => run({ does: "double", value: 4 }));
    assertEquals((await Promise.all(others)).map(({ outcome }) => outcome), ["alive", "alive"]);
    const error = await killer;
    assertMatch(error.message, /ended with signal SIGKILL in it, twice; its last lines:\n\s+about to die/);
    assert(error.help!.includes(log));
    assertEquals((await late).outcome, 8);
    assertEquals(events.filter(({ type }) => type === "engine-died"), [
      { type: "engine-died", cause: "signal SIGKILL", retried: 3 },
    ]);
  }));

Deno.test("EngineHost lets no other item in while it tries items one by one", () =>
  withEngine(async ({ run, events, died }) => {
    const order: string[] = [];
    const killer = run({ does: "die" }).catch(() => order.push("killer"));
    await died;
    const other = run({ does: "double", value: 1 }).then(() => order.push("other"));
    await Promise.all([killer, other]);
    assertEquals(order, ["killer", "other"]);
    assertEquals(events.filter(({ type }) => type === "engine-died").length, 1);
  }));

Deno.test("EngineHost tells why the process cannot start, to every item, without trying again", () =>
  withEngine(async ({ host, run, events }) => {
    host.start();
    for (let i = 0; i < 2; i++) {
      const error = await assertRejects(() => run({ does: "double", value: 1 }), EngineStartError);
      assertMatch(
        error.message,
        /Cannot start the engine process: it ended with exit code 1.*Module not found/s,
      );
    }
    assertEquals(events, []);
  }, "no_worker.ts"));

Deno.test("EngineHost.kill() ends a process that is busy, and its items reject", () =>
  withEngine(async ({ host, run, events }) => {
    const busy = assertRejects(() => run({ does: "wait" }));
    await run({ does: "double", value: 1 });
    await host.kill();
    await busy;
    await assertRejects(() => run({ does: "double", value: 1 }), DOMException, "stopped");
    assertEquals(events.map(({ type }) => type), ["engine-started"]);
  }));

Deno.test("The engine process ends when its head is gone", async () => {
  const folder = await Deno.makeTempDir();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("testing/worker.ts", import.meta.url).pathname, folder],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.stdout.getReader();
  await output.read(); // ready
  const head = child.stdin.getWriter();
  await head.write(
    new TextEncoder().encode('{"type":"run","id":1,"kind":"act","work":{"act":{"does":"wait"}}}\n'),
  );
  await head.close();
  assertEquals((await child.status).code, 0);
  await output.cancel();
  await Deno.remove(folder, { recursive: true });
});

interface Engine {
  readonly host: EngineHost;
  readonly folder: string;
  readonly log: string;
  readonly events: EngineEvent[];
  /** Resolves when the process has died for the first time. */
  readonly died: Promise<void>;
  readonly run: (act: Act) => ReturnType<EngineHost["run"]>;
}

async function withEngine(test: (engine: Engine) => Promise<void>, worker = "worker.ts"): Promise<void> {
  const folder = await Deno.makeTempDir();
  const events: EngineEvent[] = [];
  const log = `${folder}/logs/engine.log`;
  const script = new URL(`testing/${worker}`, import.meta.url).pathname;
  const options = { args: ["run", "-A", script, folder], env: testEnvironment(), log };
  const died = Promise.withResolvers<void>();
  const host = new EngineHost(options, (event) => {
    events.push(event);
    if (event.type === "engine-died") died.resolve();
  });
  const run = (act: Act) => host.run({ kind: "act", work: { act } as unknown as Json, progress: () => {} });
  try {
    await test({ host, folder, log, events, died: died.promise, run });
  } finally {
    await host.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

function testEnvironment(): Record<string, string> {
  const kept = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(kept), WEFT_TEST: "yes" };
}
