/**
 * Test accuracy at equal settings, weft beside PyTorch: mean and standard deviation over seeds of each network on each
 * data set. `accuracy_bench.ts [--seeds N]`.
 */
import { mean, printTable, runProcess } from "./measure.ts";
import { peerCommand, readResult, writeMembers } from "./peers.ts";
import { type BenchMember, cnn, mlp, numbered, type Unnumbered, vit } from "./populations.ts";
import { trainedMembers, weftCommand, writePipeline } from "./weft.ts";

const SEEDS = Deno.args.includes("--seeds") ? Number(Deno.args[Deno.args.indexOf("--seeds") + 1]) : 5;
const EPOCHS = 3;
const NETWORKS: readonly Unnumbered[] = [
  mlp(100, 2, "mnist"),
  cnn([8, 16], "mnist"),
  vit({ patch: 7, dim: 32, heads: 4, depth: 2 }, "mnist"),
  cnn([8, 16], "fashion-mnist"),
  cnn([16, 32], "cifar-10"),
  vit({ patch: 8, dim: 32, heads: 4, depth: 2 }, "cifar-10"),
];

const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
try {
  const rows: string[][] = [];
  for (const network of NETWORKS) {
    console.error(`${network.id} on ${network.dataset}`);
    rows.push(rowOf(network, await byWeft(network), await byTorch(network)));
  }
  printTable(
    ["network", "data", "weft", "PyTorch", "difference in standard errors", "within the spread"],
    rows,
  );
} finally {
  await Deno.remove(folder, { recursive: true });
}

async function byWeft(network: Unnumbered): Promise<number[]> {
  const pipeline = { name: "accuracy", members: [network], epochs: EPOCHS, replicates: SEEDS };
  const path = await writePipeline(folder, pipeline);
  const outputs = await Deno.makeTempDir({ dir: folder });
  await runProcess(weftCommand("run", path, "--outputs", outputs));
  return (await trainedMembers(outputs, "accuracy")).map(({ test_accuracy }) => test_accuracy);
}

async function byTorch(network: Unnumbered): Promise<number[]> {
  const members: BenchMember[] = numbered(Array.from({ length: SEEDS }, () => network));
  const training = { members, epochs: EPOCHS, workers: 2 };
  const files = await writeMembers(folder, training);
  await runProcess(await peerCommand("torch", training, files));
  return (await readResult(files)).members.map(({ epochs }) => epochs.at(-1)!.test_accuracy);
}

/** Within the spread: the means differ by no more than two standard errors of their difference. */
function rowOf({ id, dataset }: Unnumbered, weft: readonly number[], torch: readonly number[]): string[] {
  const error = Math.sqrt((variance(weft) + variance(torch)) / SEEDS);
  const difference = (mean(weft) - mean(torch)) / error;
  const within = Math.abs(difference) <= 2 ? "yes" : difference > 0 ? "above" : "below, missed";
  return [id, dataset, spread(weft), spread(torch), difference.toFixed(1), within];
}

function spread(values: readonly number[]): string {
  return `${mean(values).toFixed(4)} ± ${Math.sqrt(variance(values)).toFixed(4)}`;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1);
}
