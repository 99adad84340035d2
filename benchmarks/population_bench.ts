/**
 * Wall time of populations, from the start of a process to its end: a whole `weft run` beside PyTorch and JAX.
 * `population_bench.ts [mlps] [cnns] [vits] [large]`: these alone.
 */
import {
  besideBar,
  interleave,
  mean,
  median,
  medianRatio,
  printTable,
  roundsFrom,
  runProcess,
} from "./measure.ts";
import { type Peer, peerCommand, readResult, writeMembers } from "./peers.ts";
import { type BenchMember, CNN_8, MLP_24, mlps, VIT_4_LARGE, VIT_8 } from "./populations.ts";
import { trainedMembers, weftCommand, writePipeline } from "./weft.ts";

interface Population {
  readonly title: string;
  readonly members: readonly BenchMember[];
  readonly epochs: number;
  readonly bars: Readonly<Record<Peer, number>>;
}

const POPULATIONS: Readonly<Record<string, Population>> = {
  mlps: { title: "24 MLPs", members: MLP_24, epochs: 5, bars: { torch: 0.5, jax: 0.75 } },
  cnns: { title: "8 CNNs", members: CNN_8, epochs: 2, bars: { torch: 0.45, jax: 0.45 } },
  vits: { title: "8 ViTs", members: VIT_8, epochs: 1, bars: { torch: 0.55, jax: 0.5 } },
  large: { title: "4 larger ViTs", members: VIT_4_LARGE, epochs: 1, bars: { torch: 0.55, jax: 0.5 } },
};
const AT_ONCE = 2;

interface Measured {
  readonly seconds: number;
  /** Mean over the members, after the last epoch. */
  readonly accuracy: number;
}

const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
try {
  const rows: string[][] = [];
  for (const population of chosen()) {
    console.error(population.title);
    rows.push(...rowsOf(population, await measure(population)));
  }
  printTable(["population", "", "median seconds", "each round", "weft's share", "mean test accuracy"], rows);
} finally {
  await Deno.remove(folder, { recursive: true });
}

function chosen(): Population[] {
  const named = Object.keys(POPULATIONS).filter((name) => Deno.args.includes(name));
  return (named.length > 0 ? named : Object.keys(POPULATIONS)).map((name) => POPULATIONS[name]!);
}

async function measure(population: Population): Promise<Record<"weft" | Peer, Measured[]>> {
  const sets = [...new Set(population.members.map(({ dataset }) => dataset))];
  const small = { ...population, members: sets.flatMap((dataset) => mlps([5], [1], dataset)), epochs: 1 };
  const runs = (population: Population) => ({
    weft: () => runWeft(population),
    torch: () => runPeer("torch", population),
    jax: () => runPeer("jax", population),
  });
  await interleave(1, runs(small)); // what they read from the disk is in memory afterwards
  return await interleave(roundsFrom(Deno.args, 3), runs(population));
}

async function runWeft({ members, epochs }: Population): Promise<Measured> {
  const pipeline = await writePipeline(folder, { name: "population", members, epochs });
  const outputs = await Deno.makeTempDir({ dir: folder });
  const places = ["--outputs", outputs, "--concurrency", `${AT_ONCE}`];
  const { seconds } = await runProcess(weftCommand("run", pipeline, ...places));
  const trained = await trainedMembers(outputs, "population");
  return { seconds, accuracy: mean(trained.map(({ test_accuracy }) => test_accuracy)) };
}

async function runPeer(peer: Peer, { members, epochs }: Population): Promise<Measured> {
  const training = { members, epochs, workers: AT_ONCE };
  const files = await writeMembers(folder, training);
  const { seconds } = await runProcess(await peerCommand(peer, training, files));
  const trained = (await readResult(files)).members;
  return { seconds, accuracy: mean(trained.map((member) => member.epochs.at(-1)!.test_accuracy)) };
}

function rowsOf(
  { title, bars }: Population,
  measured: Readonly<Record<"weft" | Peer, readonly Measured[]>>,
): string[][] {
  const seconds = (name: "weft" | Peer) => measured[name].map(({ seconds }) => seconds);
  const row = (name: "weft" | Peer, by: string, ratio: string) => [
    title,
    by,
    median(seconds(name)).toFixed(1),
    seconds(name).map((each) => each.toFixed(1)).join(", "),
    ratio,
    mean(measured[name].map(({ accuracy }) => accuracy)).toFixed(4),
  ];
  const ratio = (peer: Peer) => besideBar(medianRatio(seconds("weft"), seconds(peer)), bars[peer]);
  return [
    row("weft", "weft run", ""),
    row("torch", "PyTorch", ratio("torch")),
    row("jax", "JAX", ratio("jax")),
  ];
}
