import { assert, assertEquals, assertMatch } from "@std/assert";
import { RunLog } from "./run_log.ts";
import { isHeld, lastEndedWell, readRunLog, runLogName, runLogNames, runLogs, timeOf } from "./run_logs.ts";

const about = { file: "a.yaml" };
const started = { type: "started" };
const work = { type: "stage-started", stage: "trained" };

Deno.test("RunLog keeps what was started, each event with its time, and the end", () =>
  inFolder((folder, warn) => {
    const log = new RunLog(folder, { about, warn });
    for (const event of [started, work, { type: "warning", message: "hm" }]) log.take(event);
    log.end({ type: "finished", ok: true });
    const [file] = runLogs(folder);
    const { header, lines } = readRunLog(file!.path)!;
    assertEquals([header.type, header.file], ["run", "a.yaml"]);
    assertEquals(lines.map(({ type }) => type), ["started", "stage-started", "warning", "finished"]);
    assert(lines.every(({ at }, i) => at >= (lines[i - 1]?.at ?? 0)));
  }));

Deno.test("RunLog holds its file while the run goes on, and no longer", () =>
  inFolder((folder, warn) => {
    const log = new RunLog(folder, { about, warn });
    log.take(work);
    const path = `${folder}/${runLogNames(folder)[0]}`;
    assert(isHeld(path) && lastEndedWell(folder));
    log.end({ type: "finished", ok: false });
    assert(!isHeld(path) && !lastEndedWell(folder));
  }));

Deno.test("RunLog leaves no file of a run in which nothing ran, unless it is asked to", () =>
  inFolder((folder, warn) => {
    const stored = { type: "stage-finished", stage: "trained", result: { status: "stored" } };
    for (const always of [false, true]) {
      const log = new RunLog(folder, { about, warn });
      for (const event of [started, { type: "warning" }, stored]) log.take(event);
      log.end({ type: "finished", ok: true }, { always });
      assertEquals(runLogNames(folder).length, always ? 1 : 0);
    }
  }));

Deno.test("RunLog is over with its last line: what comes later begins no other log", () =>
  inFolder((folder, warn) => {
    for (const events of [[work], []]) {
      const log = new RunLog(folder, { about, warn });
      for (const event of events) log.take(event);
      log.end({ type: "finished", ok: true });
      log.take(work);
    }
    assertEquals(runLogNames(folder).length, 1);
    assertEquals(readRunLog(runLogs(folder)[0]!.path)!.lines.at(-1)!.type, "finished");
  }));

Deno.test("isHeld() and readRunLog() take a log that another run has just removed for none", () =>
  inFolder((folder) => {
    assertEquals([isHeld(`${folder}/gone`), readRunLog(`${folder}/gone`)], [false, undefined]);
  }));

Deno.test("RunLog keeps how far an item is at most once in ten seconds", () =>
  inFolder((folder, warn) => {
    const log = new RunLog(folder, { about, warn });
    log.take(work);
    const progress = { type: "item-progress", stage: "trained" };
    for (let i = 0; i < 100; i++) for (const item of ["1", "2"]) log.take({ ...progress, item });
    log.end({ type: "finished" });
    const { lines } = readRunLog(runLogs(folder)[0]!.path)!;
    assertEquals(lines.filter(({ type }) => type === "item-progress").length, 2);
  }));

Deno.test("RunLog keeps the last ten logs, and those of runs that go on", () =>
  inFolder((folder, warn) => {
    const first = new RunLog(folder, { about, warn });
    first.take(work);
    const held = runLogNames(folder)[0]!;
    for (let i = 0; i < 14; i++) {
      const log = new RunLog(folder, { about, warn });
      log.take(work);
      log.end({ type: "finished", ok: true });
    }
    const names = runLogNames(folder);
    assertEquals([names.length, names[0]], [11, held]);
    first.end({ type: "finished", ok: true });
  }));

Deno.test("RunLog comes after the logs before it although the clock went back, and says so", () =>
  inFolder((folder) => {
    const warnings: string[] = [];
    const at = (time: string) => {
      const warn = (message: string) => void warnings.push(message);
      const log = new RunLog(folder, { about: { run: time }, warn, now: () => new Date(time) });
      log.take(work);
      log.end({ type: "finished", ok: true });
    };
    at("2026-05-01T12:00:00Z");
    at("2026-05-01T11:59:30Z"); // clocks of two machines may differ so much
    at("2026-05-01T09:00:00Z");
    assertEquals(
      runLogs(folder).map(({ path }) => readRunLog(path)!.header.run),
      ["2026-05-01T09:00:00Z", "2026-05-01T11:59:30Z", "2026-05-01T12:00:00Z"],
    );
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0]!, /^The last run is dated 3\.0 h ahead of now/);
  }));

Deno.test("RunLog warns once where it cannot write, or its file is deleted, and lets the run go on", async () => {
  await inFolder((folder) => {
    const warnings: string[] = [];
    Deno.writeTextFileSync(`${folder}/logs`, "a file in the way");
    const log = new RunLog(`${folder}/logs`, { about, warn: (message) => warnings.push(message) });
    for (let i = 0; i < 3; i++) log.take(work);
    log.end({ type: "finished" });
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0]!, /^Cannot write the log of this run in ".*\/logs": /);
  });
  await inFolder((folder) => {
    const warnings: string[] = [];
    const log = new RunLog(folder, { about, warn: (message) => warnings.push(message) });
    log.take(work);
    Deno.removeSync(`${folder}/${runLogNames(folder)[0]}`);
    for (let i = 0; i < 3; i++) log.take({ type: "stage-finished", result: { status: "ran" } });
    assertEquals(warnings.length, 1);
    assertMatch(warnings[0]!, /it was deleted while the run went on$/);
  });
});

Deno.test("RunLog goes on beside logs that cannot be read or removed, and lastEndedWell() says no of the last", () =>
  inFolder((folder, warn) => {
    for (let time = 0; time < 12; time++) {
      const path = `${folder}/${runLogName(time)}`;
      Deno.mkdirSync(path);
      Deno.writeTextFileSync(`${path}/mine`, "");
    }
    assert(!lastEndedWell(folder));
    const log = new RunLog(folder, { about, warn });
    log.take(work);
    log.end({ type: "finished", ok: true });
    assert(lastEndedWell(folder));
    Deno.symlinkSync(`${folder}/itself`, `${folder}/itself`);
    assert(!lastEndedWell(`${folder}/itself`));
  }));

Deno.test("readRunLog() leaves out a torn last line, and what is no log", () =>
  inFolder((folder) => {
    const path = `${folder}/${runLogName(0)}`;
    Deno.writeTextFileSync(path, '{"type":"run"}\n{"at":1,"type":"started"}\n{"at":2,"ty');
    assertEquals(readRunLog(path)!.lines.map(({ type }) => type), ["started"]);
    Deno.writeTextFileSync(path, "hello\n");
    assertEquals(readRunLog(path), undefined);
  }));

Deno.test("timeOf() is the time that runLogName() was given", () => {
  assertEquals(timeOf(runLogName(1_790_000_000_123)), 1_790_000_000_123);
  assertEquals(timeOf("run-today.ndjson"), undefined);
});

async function inFolder(test: (folder: string, warn: (message: string) => void) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    test(folder, (message) => {
      throw new Error(message);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
