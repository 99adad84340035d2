/**
 * PyTorch and JAX, in Python environments of their own below WEFT_PEERS (usually `peers` in weft's cache folder).
 * Run as a program, it installs both: some 6 GB, for PyPI's torch brings CUDA.
 */
import { basename, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDir } from "../src/core/cache_dir.ts";
import { replaceFile, statIfThere } from "../src/core/files.ts";
import { fetchFiles, findBatches, findFile, pathsOf } from "../src/engine/data/files.ts";
import { readOfficial } from "../src/engine/data/official.ts";
import { type CifarFiles, SOURCES } from "../src/engine/data/sources.ts";
import { readTar } from "../src/engine/data/tar.ts";
import { pythonWith } from "../tests/testing/python.ts";
import type { Command } from "./measure.ts";
import type { BenchMember, DatasetName } from "./populations.ts";

export interface Training {
  readonly members: readonly BenchMember[];
  readonly epochs: number;
  /** How many members at once. */
  readonly workers: number;
}

/** What a peer writes, as does train_weft.ts. */
export interface TrainingResult {
  readonly peer: string;
  readonly wall_seconds: number;
  readonly members: readonly TrainedPeerMember[];
}

export interface TrainedPeerMember extends BenchMember {
  readonly epochs: readonly {
    readonly train_loss: number;
    readonly test_accuracy: number;
    /** Of the steps alone, without compiling. */
    readonly train_seconds: number;
    readonly test_seconds: number;
  }[];
}

export type Peer = keyof typeof PEERS;

const PEERS = {
  torch: { environment: "pt", script: "train_torch.py", packages: { torch: "2.15.0", numpy: "2.4.6" } },
  jax: { environment: "jx", script: "train_jax.py", packages: { jax: "0.10.2", numpy: "2.4.6" } },
} as const;

/** The command that trains by a peer, with one thread a worker. Its result is read by readResult(). */
export async function peerCommand(peer: Peer, training: Training, files: TrainingFiles): Promise<Command> {
  const script = fileURLToPath(new URL(`peers/${PEERS[peer].script}`, import.meta.url));
  const threads = ["--workers", `${training.workers}`, "--threads", "1"];
  const data = ["--data", JSON.stringify(await dataPlaces(training))];
  return {
    program: await requirePeer(peer),
    args: [script, files.members, "--epochs", `${training.epochs}`, ...threads, ...data, "--out", files.out],
    env: { PYTHONDONTWRITEBYTECODE: "1" },
  };
}

/** Where a process that trains reads the members, and where it writes its result. */
export interface TrainingFiles {
  readonly members: string;
  readonly out: string;
}

export async function writeMembers(folder: string, { members }: Training): Promise<TrainingFiles> {
  const files = { members: `${folder}/members.json`, out: `${folder}/result.json` };
  await Deno.writeTextFile(files.members, JSON.stringify(members));
  return files;
}

export async function readResult({ out }: TrainingFiles): Promise<TrainingResult> {
  return JSON.parse(await Deno.readTextFile(out));
}

/** The Python that has a peer. @throws {UserError} If it cannot be installed */
export async function requirePeer(peer: Peer): Promise<string> {
  const { environment, packages } = PEERS[peer];
  return await pythonWith(packages, `${Deno.env.get("WEFT_PEERS") || `${cacheDir()}/peers`}/${environment}`);
}

/** Where weft finds each data set that the members learn; what is missing is downloaded. */
async function dataPlaces({ members }: Training): Promise<Partial<Record<DatasetName, string>>> {
  const names = [...new Set(members.map(({ dataset }) => dataset))];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await placeOf(name)])));
}

/** A folder. */
async function placeOf(name: DatasetName): Promise<string> {
  const source = SOURCES[name];
  const progress = (what: string) => console.error(`fetching ${what}`);
  const warn = (message: string) => console.error(`warning: ${message}`);
  await fetchFiles(source, { signal: new AbortController().signal, progress, warn });
  const { files } = source;
  switch (files.format) {
    case "idx":
      return dirname(await findFile(source, files.train.images));
    case "cifar": {
      const place = await findBatches(source, files);
      return "folder" in place ? place.folder : await unpacked(place.archive, files);
    }
    default:
      throw new TypeError(
        `Cannot hand "${name}" to a peer: its files are in a format that the peers do not read`,
      );
  }
}

/** The batches of an archive, in a folder: weft keeps them unpacked too. */
async function unpacked(archive: string, files: CifarFiles): Promise<string> {
  const folder = `${cacheDir()}/benchmarks/${files.folder}`;
  const paths = pathsOf({ folder }, files);
  const stats = await Promise.all(paths.map(statIfThere));
  if (stats.every((stat) => stat?.isFile)) return folder;
  const entries = readTar(await readOfficial(archive, files.archive.bytes), archive);
  for (const path of paths) await replaceFile(path, entries.get(`${files.folder}/${basename(path)}`)!);
  return folder;
}

if (import.meta.main) { for (const peer of Object.keys(PEERS) as Peer[]) await requirePeer(peer); }
