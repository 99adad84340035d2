/** Wall time of a population, from the start of a process to its end: a whole `weft run` beside PyTorch and JAX. */
import {
  besideBar,
  type Command,
  interleave,
  mean,
  median,
  medianRatio,
  printTable,
  roundsFrom,
  runProcess,
} from "./measure.ts";
import { type Peer, peerCommand, readResult, type Training, writeMembers } from "./peers.ts";
import { testAccuracies, weftCommand, writeGridPipeline } from "./weft.ts";

const WIDTHS = [5, 10, 20, 50, 100, 200];
const DEPTHS = [1, 2, 3, 4];
const EPOCHS = 5;
const AT_ONCE = 2;
const BARS: Readonly<Record<Peer, number>> = { torch: 0.55, jax: 0.8 };

interface Measured {
  readonly seconds: number;
  /** Mean over the members, after the last epoch. */
  readonly accuracy: number;
}

const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
try {
  await warmUp();
  const measured = await interleave(roundsFrom(Deno.args, 3), {
    weft: () => runWeft(WIDTHS, DEPTHS, EPOCHS),
    torch: () => runPeer("torch", WIDTHS, DEPTHS, EPOCHS),
    jax: () => runPeer("jax", WIDTHS, DEPTHS, EPOCHS),
  });
  printResult(measured);
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** A small run of each: what it reads from the disk is in memory afterwards. */
async function warmUp(): Promise<void> {
  await runWeft([5], [1], 1);
  await runPeer("torch", [5], [1], 1);
  await runPeer("jax", [5], [1], 1);
}

async function runWeft(
  widths: readonly number[],
  depths: readonly number[],
  epochs: number,
): Promise<Measured> {
  const pipeline = await writeGridPipeline(folder, { name: "grid", source: "mnist", widths, depths, epochs });
  const outputs = await Deno.makeTempDir({ dir: folder });
  const places = ["--outputs", outputs, "--concurrency", `${AT_ONCE}`];
  const { seconds } = await runProcess(weftCommand("run", pipeline, ...places));
  return { seconds, accuracy: mean(await testAccuracies(outputs, "grid")) };
}

async function runPeer(
  peer: Peer,
  widths: readonly number[],
  depths: readonly number[],
  epochs: number,
): Promise<Measured> {
  const members = depths.flatMap((depth) => widths.map((width) => ({ width, depth })))
    .map((member, seed) => ({ ...member, seed }));
  const training: Training = { members, epochs, workers: AT_ONCE };
  const files = await writeMembers(folder, training);
  const command: Command = await peerCommand(peer, training, files);
  const { seconds } = await runProcess(command);
  const trained = (await readResult(files)).members;
  return { seconds, accuracy: mean(trained.map((member) => member.epochs.at(-1)!.test_accuracy)) };
}

function printResult(measured: Readonly<Record<"weft" | Peer, readonly Measured[]>>): void {
  const seconds = (name: "weft" | Peer) => measured[name].map(({ seconds }) => seconds);
  const row = (name: "weft" | Peer, title: string, ratio: string) => [
    title,
    median(seconds(name)).toFixed(1),
    seconds(name).map((each) => each.toFixed(1)).join(", "),
    ratio,
    mean(measured[name].map(({ accuracy }) => accuracy)).toFixed(4),
  ];
  const ratio = (peer: Peer) => besideBar(medianRatio(seconds("weft"), seconds(peer)), BARS[peer]);
  printTable(["", "median seconds", "each round", "weft's share", "mean test accuracy"], [
    row("weft", "weft run", ""),
    row("torch", "PyTorch", ratio("torch")),
    row("jax", "JAX", ratio("jax")),
  ]);
}
