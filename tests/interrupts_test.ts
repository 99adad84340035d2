import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { StatusReport } from "../src/mod.ts";
import { type Finished, ROOT, spawnWeft, weft } from "./testing/weft.ts";

/** Three models that train for some seconds each: long enough to be met at work. */
const LONG = `
weft: 1
name: long
stages:
  digits: { kind: dataset, source: mnist-10k }
  mlps: { kind: family, dataset: digits, architecture: { kind: mlp, depth: 1, width: 200 } }
  draw: { kind: sampling, family: mlps, method: random, count: 3, seed: 1 }
  trained: { kind: train, sample: draw, epochs: 40 }
`;
/** Three models that train in no time. */
const SHORT = LONG.replace("name: long", "name: short").replace("width: 200", "width: 5")
  .replace("epochs: 40", "epochs: 1");
const RUN = ["run", "long.yaml", "--format", "ndjson", "--concurrency", "1"];

Deno.test("weft run ends with 130 after a signal, says so, and weft status knows", async () => {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  await Promise.all(signals.map(async (signal) => {
    const folder = await project();
    const child = spawnWeft(RUN, folder);
    const { all } = await until(child, "item-progress");
    child.kill(signal);
    const { code, stderr } = await ended(child);
    assertEquals(code, 130, signal);
    assertMatch(stderr, /^stopping: models in work keep their state/);
    assertEquals(lastEvent(await all).ended, "interrupted");
    const { stdout } = await weft(["status", "long.yaml"], folder);
    assertMatch(stdout, /^long: interrupted at .*\n.*0 models trained[^]*next: weft run long\.yaml goes on/);
    await Deno.remove(folder, { recursive: true });
  }));
});

Deno.test("weft run ends at once at a second signal, and weft status says that it was interrupted", async () => {
  const folder = await project();
  const child = spawnWeft(RUN, folder);
  const { all } = await until(child, "item-progress");
  child.kill("SIGINT");
  child.kill("SIGTERM");
  assertEquals((await ended(child)).code, 130);
  await all;
  const status = JSON.parse((await weft(["status", "long.yaml", "--format", "json"], folder)).stdout);
  assertEquals(status.runs[0].state, "interrupted");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("weft status tells of a run that goes on, and of one that was killed", async () => {
  const folder = await project();
  const child = spawnWeft(RUN, folder);
  const { all } = await until(child, "item-progress");
  let told: StatusReport;
  do { // the log follows a second later
    told = JSON.parse((await weft(["status", "long.yaml", "--format", "json"], folder)).stdout);
  } while (told.runs[0]?.models?.running !== 1);
  const [run, ...others] = told.runs;
  assertEquals([run!.state, run!.pid, run!.models!.total, others], ["running", child.pid, 3, []]);
  child.kill("SIGKILL");
  await Promise.all([ended(child), all]);
  const { stdout } = await weft(["status", "long.yaml"], folder);
  assertMatch(stdout, new RegExp(`^long: killed: process ${child.pid} on .* ended without a word`));
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "weft run outlives its terminal where nohup says so",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const folder = await project();
    const child = shell(`trap "" HUP; exec ${WEFT} run short.yaml --format ndjson`, folder);
    const { all } = await until(child, "started");
    child.kill("SIGHUP");
    assertEquals((await ended(child)).code, 0);
    assertEquals(lastEvent(await all).ok, true);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("weft run stops as if interrupted when nobody reads its events any more", async () => {
  const folder = await project();
  const { stdout, stderr } = await output(
    `${WEFT} run long.yaml --format ndjson | head -1; echo $PIPESTATUS`,
    folder,
  );
  assertMatch(stdout, /^\{"type":"started".*\}\n130\n$/);
  assertMatch(stderr, /^stopping, for nobody reads the events any more: .*\n$/);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Commands whose reader went away end quietly, with the exit code that they would have had", async () => {
  const folder = await project();
  await Deno.writeTextFile(`${folder}/wrong.yaml`, "weft: 1\nstagse: {}\n");
  const cases: [string, string][] = [
    ["plan long.yaml", "0"],
    ["validate --format json long.yaml", "0"],
    ["validate --format json wrong.yaml", "2"],
    ["status long.yaml", "0"],
    ["graph long.yaml", "0"],
  ];
  const told = await Promise.all(
    cases.map(([command]) => output(`${WEFT} ${command} | true; echo $PIPESTATUS`, folder)),
  );
  assertEquals(told.map(({ stdout }) => stdout.trim()), cases.map(([, code]) => code));
  for (const { stderr } of told) assert(!/mistake in weft|at file:/.test(stderr), stderr);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("weft run goes on without standard error", async () => {
  const folder = await project();
  const closed = await output(`${WEFT} run short.yaml 2>&-; echo $?`, folder);
  assertEquals(closed.stdout, "0\n");
  const unread = await output(`{ ${WEFT} run short.yaml; echo $? > code; } 2>&1 | true; cat code`, folder);
  assertEquals(unread.stdout, "0\n");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("weft plan says that standard output cannot be written", async () => {
  const folder = await project();
  const { stdout, stderr } = await output(`${WEFT} plan short.yaml > /dev/full; echo $? >&2`, folder);
  assertEquals([stdout, stderr], ["", "error: Cannot write standard output: the disk is full\n1\n"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test({
  name: "weft run says that the disk is full, and goes on when there is space again",
  ignore: !await canMount(),
  fn: async () => {
    const folder = await project();
    const told = await output(
      `mkdir outputs && mount -t tmpfs -o size=64k tmpfs outputs && ${WEFT} run short.yaml; echo $?
       mount -o remount,size=64m outputs && ${WEFT} run short.yaml; echo $?`,
      folder,
      ["unshare", "-Urm"],
    );
    assertEquals(told.stdout, "1\n0\n", told.stderr);
    assertMatch(told.stderr, /^error: Cannot .*: the disk is full\n {2}help: free some space/m);
    assert(!/mistake in weft|at file:/.test(told.stderr), told.stderr);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test({
  name: "weft run says that it may not write, and weft plan and weft status read on",
  ignore: !await canMount(),
  fn: async () => {
    const folder = await project();
    const told = await output(
      `mkdir outputs && mount -t tmpfs tmpfs outputs && ${WEFT} run short.yaml --only draw; echo $?
       mount -o remount,ro outputs && ${WEFT} run short.yaml; echo $?
       ${WEFT} plan short.yaml > plan.txt; echo $?
       ${WEFT} status short.yaml > status.txt; echo $?`,
      folder,
      ["unshare", "-Urm"],
    );
    assertEquals(told.stdout, "0\n1\n0\n0\n", told.stderr);
    assertMatch(
      told.stderr,
      /^error: Cannot .*: this process may not write there\n {2}help: make the folder/m,
    );
    assert(!/mistake in weft|at file:/.test(told.stderr), told.stderr);
    await Deno.remove(folder, { recursive: true });
  },
});

Deno.test("weft run says that its store was deleted while it ran, and the next run makes all again", async () => {
  const folder = await project();
  const child = spawnWeft(["run", "short.yaml", "--format", "ndjson", "--concurrency", "1"], folder);
  const { all } = await until(child, "engine-started");
  await Deno.rename(`${folder}/outputs/store`, `${folder}/gone`); // at one moment, other than a removal
  await Deno.remove(`${folder}/gone`, { recursive: true });
  const { code, stderr } = await ended(child);
  await all;
  assertEquals(code, 1, stderr);
  assertMatch(stderr, /^error: Cannot .*\n {2}help: the store was deleted or moved while it was in use/m);
  assertEquals((await weft(["run", "short.yaml"], folder)).code, 0);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("weft run writes its results although their folder was deleted while it ran", async () => {
  const folder = await project();
  const child = spawnWeft(["run", "short.yaml", "--format", "ndjson", "--concurrency", "1"], folder);
  const { all } = await until(child, "item-finished");
  await Deno.remove(`${folder}/outputs/short`, { recursive: true }).catch(() => {});
  assertEquals((await ended(child)).code, 0);
  await all;
  assert((await Deno.stat(`${folder}/outputs/short/tables/trained/members.csv`)).isFile);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("weft run and weft status say once that the last run lies ahead of the clock", async () => {
  const folder = await project();
  const logs = `${folder}/outputs/short/logs`;
  const ahead = new Date(Date.now() + 7_200_000).toISOString();
  await Deno.mkdir(logs, { recursive: true });
  const header = { type: "run", started: ahead, file: "short.yaml", host: "h", pid: 1, options: {} };
  const name = `run-${ahead.replaceAll(/[-:]/g, "")}-00000000.ndjson`;
  await Deno.writeTextFile(`${logs}/${name}`, `${JSON.stringify(header)}\n`);
  const warned = /warning: The last run is dated 2\.0 h ahead of now/g;
  assertEquals((await weft(["status", "short.yaml"], folder)).stdout.match(warned)?.length, 1);
  const { code, stderr } = await weft(["run", "short.yaml"], folder);
  assertEquals([code, stderr.match(warned)?.length], [0, 1]);
  const { stdout } = await weft(["status", "short.yaml"], folder);
  assertMatch(stdout, /^short: done at /);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("weft run keeps a log of each model that failed, until it succeeds", async () => {
  const folder = await project();
  const file = `${folder}/late.yaml`;
  const late = LONG.replace("name: long", "name: late").replace("count: 3", "count: 2");
  await Deno.writeTextFile(file, late.replace("epochs: 40", "epochs: 40, timeout: { minutes: 0.01 }"));
  const first = await weft(["run", "late.yaml"], folder);
  assertEquals(first.code, 1);
  const log = "outputs/late/logs/failed/trained/1.log";
  assertStringIncludes(first.stderr, `  log: ${log}\n`);
  const text = await Deno.readTextFile(`${folder}/${log}`);
  assertMatch(
    text,
    /^trained\/1: Cannot [^]*attempts: 1\nidentity: [0-9a-f]{64}\n[^]*"seed": "[0-9a-f]{16}"/,
  );
  const { stdout } = await weft(["status", "late.yaml"], folder);
  assertMatch(
    stdout,
    /failed: trained\/1: Cannot .*\n {4}log: outputs\/late\/logs\/failed\/trained\/1\.log\n/,
  );
  const why = await weft(["why", "late.yaml", "trained/1"], folder);
  assertMatch(
    why.stdout,
    /^trained\/1: .*not stored\n[^]*failed in the last run: Cannot [^]*seed +[0-9a-f]{16}\n/,
  );
  await Deno.writeTextFile(file, late.replace("epochs: 40", "epochs: 1"));
  assertEquals((await weft(["run", "late.yaml"], folder)).code, 0);
  assertEquals(await Deno.stat(`${folder}/${log}`).catch(() => "gone"), "gone");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("weft run says at its end that its budget is spent, or that it stopped at a failure, and how to go on", async () => {
  const folder = await project();
  const spent = LONG.replace("stages:", "budget: { minutes: 0.02 }\nstages:");
  await Deno.writeTextFile(`${folder}/spent.yaml`, spent.replace("name: long", "name: spent"));
  const late = LONG.replace("epochs: 40", "epochs: 40, timeout: { minutes: 0.01 }");
  await Deno.writeTextFile(`${folder}/late.yaml`, late.replace("name: long", "name: late"));
  const [budget, failFast] = await Promise.all([
    weft(["run", "spent.yaml", "--concurrency", "1"], folder),
    weft(["run", "late.yaml", "--concurrency", "1", "--fail-fast", "--outputs", "other"], folder),
  ]);
  assertEquals([budget.code, failFast.code], [1, 1]);
  assertMatch(budget.stderr, /\nstopped, for its budget is spent: .*; run again to go on\n$/);
  assertMatch(failFast.stderr, /\nstopped at the first failure: .*, 1 failed, .*; run again to go on\n$/);
  const { stdout } = await weft(["status", "spent.yaml"], folder);
  assertMatch(
    stdout,
    /^spent: stopped at .*, for its budget was spent\n[^]*next: weft run spent\.yaml goes on/,
  );
  await Deno.remove(folder, { recursive: true });
});

const PERMISSIONS = ["read", "write", "env", "net", "run", "sys"].map((name) => `--allow-${name}`).join(" ");
const WEFT = `${Deno.execPath()} run --quiet --no-prompt ${PERMISSIONS} ${ROOT}src/cli/main.ts`;

async function project(): Promise<string> {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/long.yaml`, LONG.trimStart());
  await Deno.writeTextFile(`${folder}/short.yaml`, SHORT.trimStart());
  return folder;
}

/** @param inside a command that the shell is started by */
function shell(script: string, cwd: string, inside: readonly string[] = []): Deno.ChildProcess {
  const [command = "bash", ...args] = [...inside, "bash", "-c", script];
  const env = { NO_COLOR: "1", INIT_CWD: cwd };
  return new Deno.Command(command, { args, cwd, env, stdin: "null", stdout: "piped", stderr: "piped" })
    .spawn();
}

async function output(script: string, cwd: string, inside: readonly string[] = []): Promise<Finished> {
  const { code, stdout, stderr } = await shell(script, cwd, inside).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

/** Whether this user may mount a file system in a name space of its own. */
async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux") return false;
  const folder = await Deno.makeTempDir();
  try {
    return (await output("mount -t tmpfs tmpfs .", folder, ["unshare", "-Urm"])).code === 0;
  } catch {
    return false;
  } finally {
    await Deno.remove(folder);
  }
}

/** Resolves at the first event of a type; `all` is a promise of all that the process prints. */
async function until(child: Deno.ChildProcess, type: string): Promise<{ readonly all: Promise<string> }> {
  const reached = Promise.withResolvers<void>();
  const all = (async () => {
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes(`{"type":"${type}"`)) reached.resolve();
    }
    reached.reject(new Error(`the run ended before any ${type}: ${text.slice(-2000)}`));
    return text;
  })();
  await reached.promise;
  return { all };
}

async function ended(child: Deno.ChildProcess): Promise<{ readonly code: number; readonly stderr: string }> {
  const stderr = await new Response(child.stderr).text();
  return { code: (await child.status).code, stderr };
}

function lastEvent(text: string): { readonly type: string; readonly ok: boolean; readonly ended?: string } {
  return JSON.parse(text.trim().split("\n").at(-1)!);
}
