/**
 * How wall time and memory of a whole `weft run` grow with models, epochs and examples. "growth" is how much the last
 * doubling added beside the one before, over the two that it is where all is linear. Reads /proc, so on Linux alone.
 */
import { interleave, median, printTable, roundsFrom } from "./measure.ts";
import { cnn, mlp, type Unnumbered } from "./populations.ts";
import { type Memory, watchRun } from "./watch.ts";
import { type BenchPipeline, writePipeline } from "./weft.ts";

const MODELS: readonly Unnumbered[] = [mlp(50, 2, "mnist"), cnn([8], "mnist")];
const AMOUNTS = [1, 2, 4] as const;
const MIB = 2 ** 20;

const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
try {
  const base = { name: "linear", members: MODELS, epochs: 1, replicates: 2 };
  const grown: Readonly<Record<string, (amount: number) => BenchPipeline>> = {
    models: (amount) => ({ ...base, replicates: 2 * amount }),
    epochs: (amount) => ({ ...base, epochs: amount }),
    examples: (amount) => ({ ...base, epochs: 4, examples: 15_000 * amount }),
  };
  const measures: Record<string, () => Promise<Memory>> = {};
  for (const [what, pipeline] of Object.entries(grown)) {
    for (const amount of AMOUNTS) {
      const path = await writePipeline(folder, { ...pipeline(amount), name: `${what}-${amount}` });
      measures[`${what} ${amount}`] = () => watchRun(path, folder);
    }
  }
  const runs = await interleave(roundsFrom(Deno.args, 3), measures);
  printTable(
    [
      "",
      ...AMOUNTS.map((amount) => `${amount} x, s`),
      "growth",
      ...AMOUNTS.map((amount) => `${amount} x, MiB`),
    ],
    Object.keys(grown).map((what) => rowOf(what, AMOUNTS.map((amount) => runs[`${what} ${amount}`]!))),
  );
} finally {
  await Deno.remove(folder, { recursive: true });
}

function rowOf(what: string, runs: readonly (readonly Memory[])[]): string[] {
  const seconds = runs.map((rounds) => median(rounds.map(({ seconds }) => seconds)));
  const [once, twice, fourfold] = seconds as [number, number, number];
  return [
    what,
    ...seconds.map((each) => each.toFixed(1)),
    ((fourfold - twice) / (twice - once) / 2).toFixed(2),
    ...runs.map((rounds) => (median(rounds.map(({ peak }) => peak)) / MIB).toFixed(0)),
  ];
}
