/** Time of a training step on one thread: weft's engine beside PyTorch and JAX. */
import {
  besideBar,
  type Command,
  interleave,
  median,
  medianRatio,
  printTable,
  roundsFrom,
  runProcess,
} from "./measure.ts";
import { peerCommand, readResult, type TrainedPeerMember, type Training, writeMembers } from "./peers.ts";
import { weftTrainingCommand } from "./train_weft.ts";

const STEPS_PER_EPOCH = Math.floor(60_000 / 64);
const MODELS = [
  { width: 200, depth: 2, bars: { torch: 0.65, jax: 1.1 } },
  { width: 5, depth: 2, bars: { torch: 0.45, jax: undefined } },
] as const;

const training: Training = {
  members: MODELS.map(({ width, depth }, seed) => ({ width, depth, seed })),
  epochs: 4,
  workers: 1,
};
const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
const files = await writeMembers(folder, training);
const milliseconds = await interleave(roundsFrom(Deno.args, 5), {
  weft: stepTimes(weftTrainingCommand(training, files)),
  torch: stepTimes(await peerCommand("torch", training, files)),
  jax: stepTimes(await peerCommand("jax", training, files)),
}).finally(() => Deno.remove(folder, { recursive: true }));

printTable(
  ["model", "weft ms", "PyTorch ms", "JAX ms", "weft / PyTorch", "weft / JAX"],
  MODELS.map(({ width, depth, bars }, model) => {
    const [weft, torch, jax] = (["weft", "torch", "jax"] as const).map((name) =>
      milliseconds[name].map((times) => times[model]!)
    );
    const ratios = [medianRatio(weft!, torch!), medianRatio(weft!, jax!)];
    return [
      `784${`-${width}`.repeat(depth)}-10`,
      ...[weft, torch, jax].map((times) => median(times!).toFixed(3)),
      besideBar(ratios[0]!, bars.torch),
      bars.jax === undefined ? ratios[1]!.toFixed(3) : besideBar(ratios[1]!, bars.jax),
    ];
  }),
);

/** Milliseconds a step of each model in a process that trains them: the median epoch, but for the first. */
function stepTimes(command: Command): () => Promise<number[]> {
  return async () => {
    await runProcess(command);
    const { members } = await readResult(files);
    return training.members.map(({ seed }) => perStep(members.find((member) => member.seed === seed)!));
  };
}

function perStep({ epochs }: TrainedPeerMember): number {
  return median(epochs.slice(1).map(({ train_seconds }) => 1000 * train_seconds / STEPS_PER_EPOCH));
}
