/**
 * How busy two cores are while weft trains 60 networks, two at a time: processor time of the engine process beside the time
 * that two cores had, from the start of the training stage to its end, the start of the engine included.
 */
import { eventsOf, mean, median, printTable, roundsFrom } from "./measure.ts";
import { mlps } from "./populations.ts";
import { weftCommand, writePipeline } from "./weft.ts";

const BAR = 0.9;
const CORES = 2;
const TICKS_A_SECOND = 100; // Linux: USER_HZ

interface Busy {
  readonly seconds: number;
  /** Of the time that the cores had: 0 to 1. */
  readonly processor: number;
  /** Of the time that the slots had: 0 to 1. */
  readonly slots: number;
  readonly models: number;
}

interface Event {
  readonly type: string;
  readonly stage?: string;
  readonly seconds?: number;
  readonly pid?: number;
}

const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
try {
  const widths = [5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 120, 140, 160, 200];
  const members = mlps(widths, [1, 2, 3, 4]);
  const pipeline = await writePipeline(folder, { name: "busy", members, epochs: 5 });
  const rounds: Busy[] = [];
  for (let round = 0; round < roundsFrom(Deno.args, 3); round++) rounds.push(await measure(pipeline));
  const of = (key: keyof Busy) => rounds.map((round) => round[key]);
  const share = median(of("processor"));
  printTable(["60 MLPs, two at a time", "median", "least"], [
    [
      `processor time of ${CORES} cores (bar: at least ${BAR})`,
      `${share.toFixed(3)}${share < BAR ? ", missed" : ""}`,
      Math.min(...of("processor")).toFixed(3),
    ],
    ["slots in use", median(of("slots")).toFixed(3), Math.min(...of("slots")).toFixed(3)],
    ["seconds of the stage", median(of("seconds")).toFixed(1), Math.min(...of("seconds")).toFixed(1)],
    ["models", mean(of("models")).toFixed(0), ""],
  ]);
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function measure(pipeline: string): Promise<Busy> {
  const outputs = await Deno.makeTempDir({ dir: folder });
  const { program, args, env } = weftCommand(
    "run",
    pipeline,
    "--outputs",
    outputs,
    "--concurrency",
    `${CORES}`,
    "--format",
    "ndjson",
  );
  const child = new Deno.Command(program, { args: [...args], env, stdin: "null", stdout: "piped" }).spawn();
  let [began, ended, ticks, engine, models, itemSeconds, before] = [0, 0, 0, 0, 0, 0, 0];
  for await (const { type, stage, seconds = 0, pid = 0 } of eventsOf<Event>(child.stdout)) {
    if (type === "engine-started") engine = pid;
    if (type === "item-finished") [models, itemSeconds] = [models + 1, itemSeconds + seconds];
    if (engine > 0) ticks = ticksOf(engine) ?? ticks;
    if (stage !== "trained") continue;
    if (type === "stage-started") [began, before] = [performance.now(), ticksOf(child.pid) ?? 0];
    if (type === "stage-finished") {
      [ended, ticks] = [performance.now(), ticks + (ticksOf(child.pid) ?? 0) - before];
    }
  }
  if (!(await child.status).success) throw new Error("Cannot measure: weft run failed; does it find MNIST?");
  const seconds = (ended - began) / 1000;
  const had = CORES * seconds;
  return { seconds, processor: ticks / TICKS_A_SECOND / had, slots: itemSeconds / had, models };
}

/** Processor time of a process and its threads so far, of user and system; undefined if it has ended. */
function ticksOf(pid: number): number | undefined {
  try {
    const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return undefined;
  }
}
