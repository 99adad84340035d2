/** How long weft takes to find that it has nothing to do: processes of `weft plan` and `weft run`. */
import { cacheDir } from "../src/core/cache_dir.ts";
import {
  besideBar,
  type Command,
  interleave,
  median,
  printTable,
  roundsFrom,
  runProcess,
} from "./measure.ts";
import { ROOT, weftCommand } from "./weft.ts";

const BAR_SECONDS = 0.3;
const pipeline = `${ROOT}pipelines/mnist.yaml`;
const outputs = ["--outputs", `${cacheDir()}/benchmarks/outputs`];
const empty = { program: Deno.execPath(), args: ["run", "--quiet", "data:text/javascript,"] };
const plan = weftCommand("plan", pipeline, ...outputs);
const run = weftCommand("run", pipeline, ...outputs);

console.error(`running ${pipeline}: the first time this takes minutes`);
await runProcess(run);
await requireNothingToDo();

const seconds = await interleave(roundsFrom(Deno.args, 11), {
  "Deno, an empty program": () => secondsOf(empty),
  "weft plan": () => secondsOf(plan),
  "weft run, nothing to do": () => secondsOf(run),
});
printTable(
  ["process", "median seconds", "least", "greatest"],
  Object.entries(seconds).map(([name, times]) => [
    name,
    name.startsWith("weft") ? besideBar(median(times), BAR_SECONDS) : median(times).toFixed(3),
    Math.min(...times).toFixed(3),
    Math.max(...times).toFixed(3),
  ]),
);

async function secondsOf(command: Command): Promise<number> {
  return (await runProcess(command)).seconds;
}

/** @throws {Error} If a run after a run still does something */
async function requireNothingToDo(): Promise<void> {
  const { stdout } = await runProcess({ ...run, args: [...run.args, "--format", "ndjson"] });
  const { stages, models } = JSON.parse(stdout.trim().split("\n").at(-1)!);
  if (stages.ran === 0 && models.trained === 0) return;
  throw new Error(`Cannot measure a run with nothing to do: it ran ${stages.ran} stages`);
}
