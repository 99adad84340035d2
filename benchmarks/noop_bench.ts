/**
 * How long weft takes, and how much memory, to find that nothing has to be done: processes of `weft plan` and `weft run`
 * where 1,000 stages are stored, and where 1,000 and 10,000 members of one stage are; with `--large` also 100,000. "anew"
 * is a plan that was not made before. Memory is read from /proc, so there is none on other systems.
 */
import { pipelineOf, realStages } from "./many_stages.ts";
import { besideBar, type Command, interleave, median, printTable, roundsFrom } from "./measure.ts";
import { storeAll } from "../tests/testing/stored.ts";
import { weftCommand } from "./weft.ts";

const BAR_SECONDS = 0.3;
const BAR_GIB = 1;
const SAMPLE_MILLISECONDS = 4;

/** One process. */
interface Cost {
  readonly seconds: number;
  /** The most that was resident. */
  readonly bytes: number;
}

const empty: Command = { program: Deno.execPath(), args: ["run", "--quiet", "data:text/javascript,"] };
const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
try {
  const counts = [1_000, 10_000, ...(Deno.args.includes("--large") ? [100_000] : [])];
  const pipelines = {
    "1,000 stages": pipelineOf(realStages(1_000, false), "flow", false),
    ...Object.fromEntries(counts.map((count) => [`${count.toLocaleString("en")} members`, members(count)])),
  };
  const measures: Record<string, () => Promise<Cost>> = { "Deno, an empty program": () => costOf(empty) };
  for (const [i, [name, text]] of Object.entries(pipelines).entries()) {
    Object.assign(measures, await measuresOf(name, text, `${folder}/${i}`));
  }
  const costs = await interleave(roundsFrom(Deno.args, 7), measures);
  printTable(
    ["process", "median seconds", "least", "peak GiB"],
    Object.entries(costs).map(([name, rounds]) => {
      const seconds = rounds.map((cost) => cost.seconds);
      const gib = Math.max(...rounds.map(({ bytes }) => bytes)) / 2 ** 30;
      return [
        name,
        hasBar(name) ? besideBar(median(seconds), BAR_SECONDS) : median(seconds).toFixed(3),
        Math.min(...seconds).toFixed(3),
        besideBar(gib, BAR_GIB, 2),
      ];
    }),
  );
} finally {
  await Deno.remove(folder, { recursive: true });
}

function hasBar(name: string): boolean {
  return !name.startsWith("Deno") && !name.includes("anew") && !name.includes("100,000");
}

/** Makes the store and the results of a pipeline. */
async function measuresOf(
  name: string,
  text: string,
  place: string,
): Promise<Record<string, () => Promise<Cost>>> {
  await Deno.mkdir(place);
  const path = `${place}/pipeline.yaml`;
  await Deno.writeTextFile(path, text);
  const outputs = `${place}/outputs`;
  console.error(`storing ${name}`);
  await storeAll(path, outputs);
  const plan = weftCommand("plan", path, "--outputs", outputs);
  const run = weftCommand("run", path, "--outputs", outputs);
  await costOf(run); // writes the results
  let edits = 0;
  return {
    [`weft run, ${name}`]: () => costOf(run),
    [`weft plan, ${name}`]: () => costOf(plan),
    [`weft plan anew, ${name}`]: async () => {
      const other = `${place}/other.yaml`;
      await Deno.writeTextFile(other, `${text}# ${++edits}\n`);
      return await costOf(weftCommand("plan", other, "--outputs", outputs));
    },
  };
}

/** @throws {Error} If the process fails */
async function costOf({ program, args, env }: Command): Promise<Cost> {
  const began = performance.now();
  const command = new Deno.Command(program, {
    args: [...args],
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  let bytes = 0;
  const timer = setInterval(() => bytes = Math.max(bytes, peakOf(child.pid)), SAMPLE_MILLISECONDS);
  const { success, stderr } = await child.output();
  const seconds = (performance.now() - began) / 1000;
  clearInterval(timer);
  if (success) return { seconds, bytes };
  throw new Error(`Cannot measure ${args.join(" ")}: it failed\n${new TextDecoder().decode(stderr)}`);
}

/** Zero if the process has ended, or where the system does not tell. */
function peakOf(pid: number): number {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function members(count: number): string {
  return `weft: 1
name: members
stages:
  images: { kind: dataset, source: mnist }
  mlps:
    kind: family
    dataset: images
    architecture: { kind: mlp, depth: { choice: [1, 2, 3] }, width: { choice: [5, 10, 50] }, activation: relu }
    init: { scheme: he_normal }
    training: { optimizer: { name: adam, learning_rate: { log_uniform: [1.0e-4, 1.0e-2] } }, batch_size: 64 }
  draw: { kind: sampling, family: mlps, method: random, count: ${count}, seed: 7 }
  trained: { kind: train, sample: draw, epochs: 10 }
  quality: { kind: group, population: trained, by: test_accuracy, rule: tertiles }
`;
}
