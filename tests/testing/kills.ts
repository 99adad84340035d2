/**
 * Kills a run of the real program at random moments and says what is wrong afterwards: `deno run -A tests/testing/kills.ts
 * 200 [SEED]` tries 200 of them. A moment is an event of the run and a short time after it, so that training, storing,
 * grouping, drawing and the writing of results are hit alike, however quick they are.
 */
import { smallPipeline } from "./small_pipeline.ts";
import { artifacts, childrenOf, ROOT, runPipeline, spawnWeft, weft } from "./weft.ts";

const PIPELINE = smallPipeline({ models: 5, epochs: 2 });

/** Which processes die, and when. `both`: the head first, the engine at once after it, as in a power failure. */
interface Moment {
  readonly victims: "head" | "engine" | "both";
  /** How many events of the run are out. */
  readonly events: number;
  readonly milliseconds: number;
  /** A Ctrl-C so many milliseconds before: models are keeping their states then. */
  readonly interrupt?: number;
}

/** What an uninterrupted run leaves, and how many events it has. */
interface Reference {
  readonly files: ReadonlyMap<string, string>;
  readonly events: number;
}

/** Tries `count` moments, two at a time. @returns What was wrong, with the moment; empty: nothing */
export async function tryMoments(
  count: number,
  seed: number,
  tell: (line: string) => void = () => {},
): Promise<string[]> {
  const reference = await uninterrupted();
  const moments = drawMoments(count, seed, reference.events);
  const problems: string[] = [];
  const next = moments.entries();
  const worker = async () => {
    for (const [i, moment] of next) {
      const found = await tryMoment(moment, reference);
      problems.push(...found.map((problem) => `${JSON.stringify(moment)} (seed ${seed}): ${problem}`));
      tell(`${i + 1}/${count} ${JSON.stringify(moment)} ${found.length === 0 ? "ok" : found.join("; ")}`);
    }
  };
  await Promise.all([worker(), worker()]);
  return problems;
}

/** By a generator of its own (Lehmer, 16807): a seed that failed is tried again. */
function drawMoments(count: number, seed: number, events: number): Moment[] {
  let state = seed % 2147483647 || 1;
  const below = (limit: number) => (state = state * 16807 % 2147483647) % limit;
  return Array.from({ length: count }, (): Moment => {
    const victims = (["head", "head", "both", "engine"] as const)[below(4)]!;
    const moment = { victims, events: below(events), milliseconds: below(4) === 0 ? below(800) : below(60) };
    return victims !== "engine" && below(4) === 0 ? { ...moment, interrupt: below(400) } : moment;
  });
}

async function uninterrupted(): Promise<Reference> {
  return await inFolder(async (folder) => {
    const { events } = await runPipeline("small.yaml", folder, "--concurrency", "1");
    return { files: await artifacts(`${folder}/outputs/small`), events: events.length };
  });
}

async function tryMoment(moment: Moment, reference: Reference): Promise<string[]> {
  return await inFolder(async (folder) => {
    const child = spawnWeft(["run", "small.yaml", "--format", "ndjson", "--concurrency", "1"], folder);
    const engines = await killAt(child, moment);
    const rerun = await weft(["run", "small.yaml", "--format", "ndjson", "--concurrency", "1"], folder);
    if (rerun.code !== 0) {
      return [`the rerun ended with ${rerun.code}: ${rerun.stderr}${rerun.stdout.slice(-500)}`];
    }
    return [
      ...differences(await artifacts(`${folder}/outputs/small`), reference.files),
      ...await careProblems(folder),
      ...(await alive(engines)).map((pid) => `the engine process ${pid} outlived its head`),
    ];
  });
}

/** @returns The engine processes that the run had */
async function killAt(
  child: Deno.ChildProcess,
  { victims, events, milliseconds, interrupt }: Moment,
): Promise<number[]> {
  const drained = child.stderr.pipeTo(new WritableStream());
  let lines = 0;
  const reached = Promise.withResolvers<void>();
  const read = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      lines += text.split("\n").length - 1;
      if (lines >= events) reached.resolve();
    }
    reached.resolve();
  })();
  await reached.promise;
  if (interrupt !== undefined) {
    signal(child.pid, "SIGINT");
    await pause(interrupt);
  }
  await pause(milliseconds);
  const engines = await childrenOf(child.pid);
  if (victims !== "engine") signal(child.pid, "SIGKILL");
  if (victims !== "head") { for (const engine of engines) signal(engine, "SIGKILL"); }
  await Promise.all([child.status, read, drained]);
  return engines;
}

/** Those that have not ended; a zombie has. */
async function alive(pids: readonly number[]): Promise<number[]> {
  const stats = await Promise.all(pids.map((pid) => Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "")));
  return pids.filter((_, i) => /\) [^Z] /.test(stats[i]!));
}

function differences(files: ReadonlyMap<string, string>, expected: ReadonlyMap<string, string>): string[] {
  const names = [...new Set([...files.keys(), ...expected.keys()])];
  return names.filter((name) => files.get(name) !== expected.get(name)).map((name) => `${name} differs`);
}

/** What care of the store finds, and what it leaves behind. */
async function careProblems(folder: string): Promise<string[]> {
  const collected = await weft(["cache", "gc"], folder);
  const verified = await weft(["cache", "verify"], folder);
  const again = await weft(["run", "small.yaml", "--format", "ndjson"], folder);
  const { models } = JSON.parse(again.stdout.trim().split("\n").at(-1)!);
  return [
    ...collected.code === 0 ? [] : [`gc ended with ${collected.code}: ${collected.stderr}`],
    ...verified.code === 0
      ? []
      : [`verify ended with ${verified.code}: ${verified.stderr}${verified.stdout}`],
    ...models.trained === 0 ? [] : [`after gc ${models.trained} models were trained again`],
    ...leftovers(`${folder}/outputs`).map((path) => `${path} was left behind`),
  ];
}

/** Temporary files and claims below a folder. */
function leftovers(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    if (isDirectory) return leftovers(path);
    return /\/store\/(tmp|claims)\/|\.part$/.test(path) ? [path] : [];
  });
}

async function inFolder<Value>(work: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/small.yaml`, PIPELINE);
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A process may have ended by itself. */
function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

if (import.meta.main) {
  Deno.chdir(ROOT);
  const [count = 200, seed = Date.now() % 1_000_000] = Deno.args.map(Number);
  const problems = await tryMoments(count, seed, console.log);
  console.log(problems.length === 0 ? `${count} moments, nothing lost (seed ${seed})` : problems.join("\n"));
  Deno.exit(problems.length === 0 ? 0 : 1);
}
