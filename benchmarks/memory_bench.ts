/**
 * Memory of a run with two models at a time, head and engine process together: its peak, and whether 200 architectures in
 * one run make it grow. Reads /proc, so on Linux alone.
 */
import { besideBar, eventsOf, mean, printTable } from "./measure.ts";
import { ROOT, weftCommand, writeGridPipeline } from "./weft.ts";

const BAR_GIB = 2.5;
const MIB = 2 ** 20;
const SAMPLE_MILLISECONDS = 50;
/** Models after which memory is told. */
const TOLD = [1, 20, 50, 100, 150, 200];

/** Resident bytes of a run. */
interface Memory {
  /** The sum of each process's own peak: at least the peak of the sum. */
  readonly peak: number;
  /** When each model ended, in the order in which they ended. */
  readonly afterModel: readonly Resident[];
}

interface Resident {
  readonly head: number;
  readonly engine: number;
}

const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
try {
  const small = { name: "small", widths: [5, 10, 20, 50, 100, 200], depths: [1, 2, 3, 4], epochs: 2 };
  const many = {
    name: "many",
    widths: Array.from({ length: 200 }, (_, i) => 11 + i),
    depths: [2],
    epochs: 1,
  };
  const pipelines = {
    "24 MLPs, all digits": await writeGridPipeline(folder, { ...small, source: "mnist" }),
    "quickstart.yaml, with figures": `${ROOT}pipelines/quickstart.yaml`,
    "200 architectures, all digits": await writeGridPipeline(folder, { ...many, source: "mnist" }),
  };
  const memories: [string, Memory][] = [];
  for (const [name, path] of Object.entries(pipelines)) {
    console.error(`measuring ${name}`);
    memories.push([name, await watchRun(path)]);
  }
  printTable(
    ["run, two models at a time", "peak GiB"],
    memories.map(([name, { peak }]) => [name, besideBar(peak / 1024 / MIB, BAR_GIB, 2)]),
  );
  printGrowth(memories.at(-1)![1].afterModel);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function watchRun(pipeline: string): Promise<Memory> {
  const outputs = await Deno.makeTempDir({ dir: folder });
  const options = ["--outputs", outputs, "--concurrency", "2", "--format", "ndjson"];
  const { program, args, env } = weftCommand("run", pipeline, ...options);
  const child = new Deno.Command(program, { args: [...args], env, stdout: "piped", stderr: "inherit" })
    .spawn();
  const peaks = new Map<number, number>();
  const sample = () => {
    for (const pid of processesOf(child.pid)) {
      peaks.set(pid, Math.max(peaks.get(pid) ?? 0, bytesOf(pid, "VmHWM")));
    }
  };
  const timer = setInterval(sample, SAMPLE_MILLISECONDS);
  const afterModel: Resident[] = [];
  const events = eventsOf<{ readonly type: string; readonly stage?: string }>(child.stdout);
  for await (const { type, stage } of events) {
    if (type === "item-finished" && stage === "trained") {
      const [head, ...engine] = processesOf(child.pid).map((pid) => bytesOf(pid, "VmRSS"));
      afterModel.push({ head: head!, engine: sum(engine) });
    }
  }
  clearInterval(timer);
  const { success } = await child.status;
  if (!success) throw new Error(`Cannot measure the run of ${pipeline}: it failed`);
  return { peak: sum([...peaks.values()]), afterModel };
}

/** A process and its descendants. */
function processesOf(pid: number): number[] {
  try {
    const threads = [...Deno.readDirSync(`/proc/${pid}/task`)];
    const children = threads.flatMap(({ name }) =>
      Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).split(" ").filter((child) => child !== "")
    );
    return [pid, ...children.flatMap((child) => processesOf(Number(child)))];
  } catch (error) {
    if (hasEnded(error)) return [];
    throw error;
  }
}

/** A line of /proc/PID/status that is in kB. Zero if the process has ended. */
function bytesOf(pid: number, key: "VmHWM" | "VmRSS"): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return 1024 * Number(new RegExp(`^${key}:\\s*(\\d+) kB`, "m").exec(status)?.[1] ?? 0);
  } catch (error) {
    if (hasEnded(error)) return 0;
    throw error;
  }
}

/** ESRCH is what a file of /proc gives whose process ended after it was opened. */
function hasEnded(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || (error as { code?: string }).code === "ESRCH";
}

function printGrowth(afterModel: readonly Resident[]): void {
  const mib = (bytes: number) => (bytes / MIB).toFixed(0);
  const row = (
    name: string,
    { head, engine }: Resident,
  ) => [name, mib(head), mib(engine), mib(head + engine)];
  const average = (some: readonly Resident[]) => ({
    head: mean(some.map(({ head }) => head)),
    engine: mean(some.map(({ engine }) => engine)),
  });
  const [early, late] = [average(afterModel.slice(19, 29)), average(afterModel.slice(-10))];
  printTable(["resident MiB in the run of 200 architectures", "head", "engine", "both"], [
    ...TOLD.map((n) => row(`after model ${n}`, afterModel[n - 1]!)),
    row("mean of models 20 to 29", early),
    row("mean of the last 10", late),
    row("growth", { head: late.head - early.head, engine: late.engine - early.engine }),
  ]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
