/**
 * Memory of a run with two models at a time, head and engine process together: its peak, and whether 200 architectures in
 * one run make it grow. Reads /proc, so on Linux alone.
 */
import { besideBar, mean, printTable } from "./measure.ts";
import { MLP_24, mlps } from "./populations.ts";
import { type Memory, type Resident, watchRun } from "./watch.ts";
import { ROOT, writePipeline } from "./weft.ts";

const BAR_GIB = 2.5;
const MIB = 2 ** 20;
/** Models after which memory is told. */
const TOLD = [1, 20, 50, 100, 150, 200];

const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
try {
  const widths = Array.from({ length: 200 }, (_, i) => 11 + i);
  const pipelines = {
    "24 MLPs, all digits": await writePipeline(folder, { name: "small", members: MLP_24, epochs: 2 }),
    "quickstart.yaml, with figures": `${ROOT}pipelines/quickstart.yaml`,
    "200 architectures, all digits": await writePipeline(folder, {
      name: "many",
      members: mlps(widths, [2]),
      epochs: 1,
    }),
  };
  const memories: [string, Memory][] = [];
  for (const [name, path] of Object.entries(pipelines)) {
    console.error(`measuring ${name}`);
    memories.push([name, await watchRun(path, folder)]);
  }
  printTable(
    ["run, two models at a time", "peak GiB"],
    memories.map(([name, { peak }]) => [name, besideBar(peak / 1024 / MIB, BAR_GIB, 2)]),
  );
  printGrowth(memories.at(-1)![1].afterModel);
} finally {
  await Deno.remove(folder, { recursive: true });
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
