/** weft as its users run it: a process of the command line. */
import { fileURLToPath } from "node:url";
import type { Command } from "./measure.ts";
import type { BenchMember } from "./populations.ts";

export const ROOT = fileURLToPath(new URL("../", import.meta.url));
const MAIN = `${ROOT}src/cli/main.ts`;
const PERMISSIONS = ["read", "write", "env", "net", "run", "sys"].map((name) => `--allow-${name}`);

export function weftCommand(...args: readonly string[]): Command {
  return {
    program: Deno.execPath(),
    args: ["run", "--quiet", "--no-prompt", ...PERMISSIONS, MAIN, ...args],
    env: { NO_COLOR: "1" },
  };
}

/** A pipeline that trains members, and does nothing else. */
export interface BenchPipeline {
  readonly name: string;
  readonly members: readonly Omit<BenchMember, "id" | "seed">[];
  readonly epochs: number;
  /** How often each, with another seed; usually once. */
  readonly replicates?: number;
  /** How many of the training images; usually all. */
  readonly examples?: number;
}

/** Writes it as JSON, which is YAML: for each data set the stages that train its members. */
export async function writePipeline(folder: string, pipeline: BenchPipeline): Promise<string> {
  const { name, members } = pipeline;
  const stages = Object.entries(Object.groupBy(members, ({ dataset }) => dataset))
    .map(([dataset, members]) => stagesOf(dataset, members, pipeline));
  const path = `${folder}/${name}.yaml`;
  const file = { weft: 1, name, stages: Object.assign({}, ...stages) };
  await Deno.writeTextFile(path, JSON.stringify(file, null, 2));
  return path;
}

function stagesOf(
  dataset: string,
  members: BenchPipeline["members"],
  { epochs, replicates = 1, examples }: BenchPipeline,
): object {
  return {
    [`images-${dataset}`]: { kind: "dataset", source: dataset, subset: examples },
    [`family-${dataset}`]: {
      kind: "family",
      dataset: `images-${dataset}`,
      architecture: { choice: members.map(({ architecture }) => architecture) },
      init: { scheme: members[0]!.scheme },
      training: { optimizer: { name: "adam", learning_rate: 1e-3 }, batch_size: 64 },
    },
    [`draw-${dataset}`]: {
      kind: "sampling",
      family: `family-${dataset}`,
      method: "grid",
      replicates,
      seed: 1,
    },
    [`trained-${dataset}`]: { kind: "train", sample: `draw-${dataset}`, epochs },
  };
}

/** The rows of the members that a run has trained, of all data sets. */
export async function trainedMembers(outputs: string, pipeline: string): Promise<MemberRow[]> {
  const tables = `${outputs}/${pipeline}/tables`;
  const stages = [...Deno.readDirSync(tables)].filter(({ name }) => name.startsWith("trained-"));
  const texts = await Promise.all(
    stages.map(({ name }) => Deno.readTextFile(`${tables}/${name}/members.json`)),
  );
  return texts.flatMap((text) => JSON.parse(text));
}

export interface MemberRow {
  readonly test_accuracy: number;
}
