/**
 * PyTorch and JAX, in Python environments of their own below WEFT_PEERS (usually `peers` in weft's cache folder).
 * Run as a program, it installs both: some 6 GB, for PyPI's torch brings CUDA.
 */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDir } from "../src/core/cache_dir.ts";
import { UserError } from "../src/core/diagnostic.ts";
import { fetchFiles, findFile } from "../src/engine/data/files.ts";
import { SOURCES } from "../src/engine/data/sources.ts";
import type { Command } from "./measure.ts";

/** A network 784-width-...-width-10 with `depth` hidden layers. */
export interface PeerMember {
  readonly width: number;
  readonly depth: number;
  readonly seed: number;
}

export interface Training {
  readonly members: readonly PeerMember[];
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

export interface TrainedPeerMember extends PeerMember {
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
  const data = ["--data", await mnistFolder()];
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

/**
 * The Python that has a peer; it is installed where it is missing or has another version.
 * @throws {UserError} If it cannot be installed
 */
export async function requirePeer(peer: Peer): Promise<string> {
  const { environment, packages } = PEERS[peer];
  const folder = `${Deno.env.get("WEFT_PEERS") || `${cacheDir()}/peers`}/${environment}`;
  const python = `${folder}/bin/python`;
  if (await hasPackages(python, packages)) return python;
  const pinned = Object.entries(packages).map(([name, version]) => `${name}==${version}`);
  console.error(`installing ${pinned.join(", ")} in ${folder}`);
  await install("python3", ["-m", "venv", folder]);
  await install(python, ["-m", "pip", "install", "--disable-pip-version-check", ...pinned]);
  return python;
}

async function hasPackages(python: string, packages: Readonly<Record<string, string>>): Promise<boolean> {
  const script = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))";
  try {
    const args = ["-c", script, ...Object.keys(packages)];
    const { stdout } = await new Deno.Command(python, { args, stderr: "null" }).output();
    return new TextDecoder().decode(stdout).trim() === Object.values(packages).join(" ");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function install(program: string, args: readonly string[]): Promise<void> {
  const command = new Deno.Command(program, { args: [...args], stdin: "null" });
  const { success } = await command.spawn().status;
  if (success) return;
  throw new UserError(
    `Cannot install a peer: "${program} ${args.join(" ")}" failed`,
    "Python 3.11 or newer with venv and pip is needed",
  );
}

/** The folder of MNIST's four files, as weft finds them; they are downloaded where they are missing. */
async function mnistFolder(): Promise<string> {
  const source = SOURCES.mnist;
  const progress = (what: string) => console.error(`fetching ${what}`);
  const warn = (message: string) => console.error(`warning: ${message}`);
  await fetchFiles(source, { signal: new AbortController().signal, progress, warn });
  const { files } = source;
  if (files.format !== "idx") {
    throw new TypeError("Cannot hand MNIST to a peer: its files are not in idx format");
  }
  return dirname(await findFile(source, files.train.images));
}

if (import.meta.main) { for (const peer of Object.keys(PEERS) as Peer[]) await requirePeer(peer); }
