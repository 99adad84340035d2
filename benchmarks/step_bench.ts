/**
 * Time of a training step on one thread, weft's engine beside PyTorch and JAX, and what weft takes to start a network of an
 * architecture that is new, or was trained before.
 */
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
import { cnn, mlp, numbered, type Unnumbered, vit } from "./populations.ts";
import { weftTrainingCommand } from "./train_weft.ts";

const STEPS_PER_EPOCH = Math.floor(60_000 / 64);

interface Network {
  readonly network: Unnumbered;
  readonly bars: { readonly torch?: number; readonly jax?: number };
}

const NETWORKS: readonly Network[] = [
  { network: mlp(200, 2, "mnist"), bars: { torch: 0.65, jax: 1.1 } },
  { network: mlp(5, 2, "mnist"), bars: { torch: 0.45 } },
  { network: cnn([4], "mnist"), bars: {} },
  { network: cnn([16, 32], "mnist"), bars: {} },
  { network: vit({ patch: 7, dim: 32, heads: 4, depth: 2 }, "mnist"), bars: {} },
];

/** Each network twice: the second one finds a program that was made for the first. */
const training: Training = {
  members: numbered(NETWORKS.flatMap(({ network }) => [network, network])),
  epochs: 4,
  workers: 1,
};

/** Of a network: of a step, in milliseconds, and what the first epoch took more than the others, in seconds. */
interface Times {
  readonly step: number;
  readonly start: number;
  /** Of the second model of the architecture. */
  readonly restart: number;
}

const folder = await Deno.makeTempDir({ prefix: "weft-bench-" });
const files = await writeMembers(folder, training);
const times = await interleave(roundsFrom(Deno.args, 3), {
  weft: timesOf(weftTrainingCommand(training, files)),
  torch: timesOf(await peerCommand("torch", training, files)),
  jax: timesOf(await peerCommand("jax", training, files)),
}).finally(() => Deno.remove(folder, { recursive: true }));

printTable(
  [
    "network",
    "weft ms",
    "PyTorch ms",
    "JAX ms",
    "weft / PyTorch",
    "weft / JAX",
    "weft's start, s",
    "of a second model",
  ],
  NETWORKS.map(({ network, bars }, i) => {
    const [weft, torch, jax] = (["weft", "torch", "jax"] as const).map((name) =>
      times[name].map((each) => each[i]!.step)
    );
    const own = (key: "start" | "restart") => median(times.weft.map((each) => each[i]![key])).toFixed(2);
    const ratio = (peer: readonly number[], bar: number | undefined) =>
      bar === undefined ? medianRatio(weft!, peer).toFixed(3) : besideBar(medianRatio(weft!, peer), bar);
    return [
      network.id,
      ...[weft, torch, jax].map((each) => median(each!).toFixed(3)),
      ratio(torch!, bars.torch),
      ratio(jax!, bars.jax),
      own("start"),
      own("restart"),
    ];
  }),
);

function timesOf(command: Command): () => Promise<Times[]> {
  return async () => {
    await runProcess(command);
    const { members } = await readResult(files);
    const bySeed = (seed: number) => members.find((member) => member.seed === seed)!;
    return NETWORKS.map((_, i) => {
      const [first, second] = [bySeed(2 * i), bySeed(2 * i + 1)];
      const epoch = median([first, second].flatMap(laterEpochs));
      return {
        step: 1000 * epoch / STEPS_PER_EPOCH,
        start: first.epochs[0]!.train_seconds - epoch,
        restart: second.epochs[0]!.train_seconds - epoch,
      };
    });
  };
}

function laterEpochs({ epochs }: TrainedPeerMember): number[] {
  return epochs.slice(1).map(({ train_seconds }) => train_seconds);
}
