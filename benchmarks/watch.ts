/** The processes of a run, watched from outside. */
import { eventsOf } from "./measure.ts";
import { weftCommand } from "./weft.ts";

const SAMPLE_MILLISECONDS = 50;

/** A run: wall time, and resident bytes. */
export interface Memory {
  readonly seconds: number;
  /** The sum of each process's own peak: at least the peak of the sum. */
  readonly peak: number;
  /** When each model ended, in the order in which they ended. */
  readonly afterModel: readonly Resident[];
}

export interface Resident {
  readonly head: number;
  readonly engine: number;
}

/** Runs a pipeline, two models at a time, and watches its processes. Linux alone. */
export async function watchRun(pipeline: string, folder: string): Promise<Memory> {
  const outputs = await Deno.makeTempDir({ dir: folder });
  const options = ["--outputs", outputs, "--concurrency", "2", "--format", "ndjson"];
  const { program, args, env } = weftCommand("run", pipeline, ...options);
  const began = performance.now();
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
    if (type === "item-finished" && stage?.startsWith("trained")) {
      const [head, ...engine] = processesOf(child.pid).map((pid) => bytesOf(pid, "VmRSS"));
      afterModel.push({ head: head!, engine: sum(engine) });
    }
  }
  clearInterval(timer);
  const { success } = await child.status;
  if (!success) throw new Error(`Cannot measure the run of ${pipeline}: it failed`);
  const seconds = (performance.now() - began) / 1000;
  return { seconds, peak: sum([...peaks.values()]), afterModel };
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
