import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../../core/diagnostic.ts";
import { sha256 } from "../../core/digest.ts";
import { statIfThere } from "../../core/files.ts";
import type { Json } from "../../core/json.ts";
import type { SavedState } from "../../core/stage_kind.ts";
import { StoreError } from "../../store/errors.ts";
import { Objects } from "../../store/objects.ts";
import {
  type EngineEvent,
  EngineHost,
  type EngineItem,
  type EngineOptions,
  type EngineResult,
  EngineStartError,
} from "./host.ts";
import { logOf } from "./log.ts";
import type { Act } from "../testing/act.ts";

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
    await host.run({ ...itemOf(work), progress: (done, note) => told.push([done, note]) });
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
  }, { worker: "no_worker.ts" }));

Deno.test("EngineHost.kill() ends a process that is busy, and its items reject", () =>
  withEngine(async ({ host, run, events }) => {
    const busy = assertRejects(() => run({ does: "hang" }), DOMException, "stopped");
    await run({ does: "double", value: 1 });
    await host.kill();
    await busy;
    await assertRejects(() => run({ does: "double", value: 1 }), DOMException, "stopped");
    assertEquals(events.map(({ type }) => type), ["engine-started"]);
  }));

Deno.test("EngineHost.run() counts objects of states as the outcome's only where it names them", () =>
  withEngine(async ({ run }) => {
    const { objects } = await run({ does: "keep", state: ["of both", "of the state"], other: "own" });
    assertEquals(new Set(objects), new Set([sha256("of both"), sha256("own")]));
  }));

Deno.test("EngineHost.run() keeps the states of an item, and tries it again from the latest", () =>
  withEngine(async ({ run }) => {
    const saved: Json[] = [];
    const save = ({ value }: SavedState) => Promise.resolve(void saved.push(value));
    const { outcome } = await run({ does: "count", to: 4, dieAt: 3 }, {
      save,
      states: [{ value: 1, objects: [] }],
    });
    assertEquals(outcome, { from: 3, to: 4 });
    assertEquals(saved, [2, 3, 4]);
  }));

Deno.test("EngineHost.run() tells an item that its state could not be kept", () =>
  withEngine(async ({ run }) => {
    const save = () => Promise.reject(new StoreError("Cannot write: the disk is full", "make room"));
    const error = await assertRejects(() => run({ does: "count", to: 1 }, { save }), StoreError);
    assertEquals([error.message, error.help], ["Cannot write: the disk is full", "make room"]);
  }));

Deno.test("EngineHost.interrupt() lets items keep a state, and the process end", () =>
  withEngine(async ({ host, run, events }) => {
    const saved: Json[] = [];
    const save = ({ value }: SavedState) => Promise.resolve(void saved.push(value));
    const waiting = [1, 2].map(() =>
      assertRejects(() => run({ does: "wait" }, { save }), DOMException, "stopped")
    );
    await run({ does: "double", value: 1 });
    await host.interrupt(60);
    await Promise.all(waiting);
    assertEquals(saved, ["kept", "kept"]);
    assertEquals(events.map(({ type }) => type), ["engine-started"]);
  }));

Deno.test("EngineHost.interrupt() kills a process that does not end within the grace time", () =>
  withEngine(async ({ host, run }) => {
    const hanging = assertRejects(() => run({ does: "hang" }), DOMException, "stopped");
    await run({ does: "double", value: 1 });
    await host.interrupt(0.05);
    await hanging;
  }));

Deno.test("EngineHost.run() tells that the store is full, though the item was asked to end", () =>
  withEngine(async ({ host, run }) => {
    const save = () => Promise.reject(new StoreError("Cannot write: the disk is full", "make room"));
    const progress = () => void host.interrupt();
    await assertRejects(() => run({ does: "wait" }, { save, progress }), StoreError, "the disk is full");
  }));

Deno.test("EngineHost finds an item that aborts the process, and keeps what it wrote", () =>
  withEngine(async ({ run, folder }) => {
    const other = run({ does: "hang-once", file: `${folder}/other` });
    await untilThere(`${folder}/other`);
    const error = await assertRejects(() => run({ does: "abort" }), UserError, "signal SIGABRT in it, twice");
    assertMatch(logOf(error)!, /about to die/);
    assertEquals((await other).outcome, "alive");
  }));

Deno.test("EngineHost fails an item that takes too long: it is asked to end first, and the process goes on", () =>
  withEngine(async ({ run, events }) => {
    const saved: Json[] = [];
    const save = ({ value }: SavedState) => Promise.resolve(void saved.push(value));
    const error = await assertRejects(() => run({ does: "wait" }, { timeoutSeconds: 0.1, save }), UserError);
    assertEquals(error.message, "Cannot wait any longer: it took longer than its limit of 0.1 s");
    assertEquals(saved, ["kept"]);
    assertEquals(events.map(({ type }) => type), ["engine-started"]);
  }));

Deno.test("EngineHost kills the process of an item that takes too long and does not end when asked", () =>
  withEngine(async ({ host, run, events }) => {
    const other = assertRejects(() => run({ does: "wait" }), DOMException, "stopped");
    const hanging = run({ does: "hang" }, { timeoutSeconds: 0.1 });
    await assertRejects(() => hanging, UserError, "longer than its limit of 0.1 s");
    assertEquals((await run({ does: "double", value: 1 })).outcome, 2);
    await host.interrupt();
    await other;
    assertEquals(events.filter(({ type }) => type === "engine-killed"), [{
      type: "engine-killed",
      cause: "timeout",
      message: "it took longer than its limit of 0.1 s",
      retried: 1,
    }]);
  }, { graceSeconds: 0.1 }));

Deno.test("EngineHost finds which item holds up a whole process", () =>
  withEngine(async ({ run, events, folder }) => {
    const others = Promise.all([1, 2].map((i) => run({ does: "hang-once", file: `${folder}/other-${i}` })));
    await untilThere(`${folder}/other-1`, `${folder}/other-2`);
    await assertRejects(() => run({ does: "block" }), UserError, "nothing was heard of it for 1 s");
    assertEquals((await others).map(({ outcome }) => outcome), ["alive", "alive"]);
    assertEquals(events.flatMap((event) => event.type === "engine-killed" ? [event.cause] : []), ["silence"]);
  }, { silenceSeconds: 1, graceSeconds: 0.2 }));

Deno.test("EngineHost kills a process that takes too much memory, and finds the item that does", () =>
  withEngine(async ({ run, events, folder }) => {
    const other = run({ does: "hang-once", file: `${folder}/other` });
    await untilThere(`${folder}/other`);
    const error = await assertRejects(() => run({ does: "eat" }), UserError);
    assertMatch(
      error.message,
      /^The engine process was killed: it used .+ of memory, more than the limit of 500\.0 MB$/,
    );
    assertEquals((await other).outcome, "alive");
    assertEquals(events.flatMap((event) => event.type === "engine-killed" ? [event.cause] : []), ["memory"]);
  }, { memory: { recycleBytes: Infinity, killBytes: 5e8 } }));

Deno.test("EngineHost gives new items to a new process once one has grown, which ends its own first", () =>
  withEngine(async ({ host, run, events }) => {
    const old = assertRejects(() => run({ does: "wait" }), DOMException, "stopped");
    await run({ does: "grow", bytes: 2e8 });
    const pids = () => events.flatMap((event) => event.type === "engine-started" ? [event.pid] : []);
    while (pids().length < 2) await run({ does: "double", value: 1 });
    await host.interrupt();
    await old;
    assertEquals(events.map(({ type }) => type), ["engine-started", "engine-recycled", "engine-started"]);
  }, { memory: { recycleBytes: 2e8, killBytes: Infinity } }));

Deno.test("EngineHost gives up a process that is never ready", () =>
  withEngine(async ({ run }) => {
    await assertRejects(
      () => run({ does: "double", value: 1 }),
      EngineStartError,
      "it was not ready after 0 s",
    );
  }, { startSeconds: 0, watchSeconds: 0.001 }));

Deno.test("EngineHost tells messages apart from what native code writes to the same stream", () =>
  withEngine(async ({ run, host, log }) => {
    await run({ does: "write", text: "no line feed" });
    await run({ does: "write", text: '{"type":"outcome","id":1}\n' });
    assertEquals((await run({ does: "double", value: 1 })).outcome, 2);
    await host.stop();
    assertEquals(await Deno.readTextFile(log), 'no line feed{"type":"outcome","id":1}\n');
  }));

Deno.test("The engine process ends when its head is gone", async () => {
  const folder = await Deno.makeTempDir();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("../testing/worker.ts", import.meta.url).pathname, folder],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.stdout.getReader();
  await output.read(); // ready
  const head = child.stdin.getWriter();
  await head.write(
    new TextEncoder().encode(
      '\x1e{"type":"run","id":1,"kind":"act","work":{"act":{"does":"hang"}},"states":[]}\n',
    ),
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
  readonly run: (act: Act, more?: Partial<EngineItem>) => Promise<EngineResult>;
}

interface Setting extends Partial<EngineOptions> {
  readonly worker?: string;
}

async function withEngine(
  test: (engine: Engine) => Promise<void>,
  { worker = "worker.ts", ...options }: Setting = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const events: EngineEvent[] = [];
  const log = `${folder}/logs/engine.log`;
  const script = new URL(`../testing/${worker}`, import.meta.url).pathname;
  const command = { args: ["run", "-A", script, folder], env: testEnvironment(), log };
  const died = Promise.withResolvers<void>();
  const host = new EngineHost({ ...command, watchSeconds: 0.05, ...options }, (event) => {
    events.push(event);
    if (event.type === "engine-died") died.resolve();
  });
  const run: Engine["run"] = (act, more) => host.run({ ...itemOf({ act } as unknown as Json), ...more });
  try {
    await test({ host, folder, log, events, died: died.promise, run });
  } finally {
    await host.stop();
    await Deno.remove(folder, { recursive: true });
  }
}

function itemOf(work: Json): EngineItem {
  return { kind: "act", work, states: [], save: () => Promise.resolve(), progress: () => {} };
}

function testEnvironment(): Record<string, string> {
  const kept = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { ...Object.fromEntries(kept), WEFT_TEST: "yes" };
}

/** An act that hangs once does so when its file is there. */
async function untilThere(...files: readonly string[]): Promise<void> {
  for (const file of files) {
    while (await statIfThere(file) === null) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
