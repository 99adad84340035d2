/** weft as its users run it: a process of the command line. */
import { fileURLToPath } from "node:url";
import type { Command } from "./measure.ts";

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

/** Settings of the pipelines that the benchmarks write. */
export interface GridPipeline {
  readonly name: string;
  readonly source: "mnist" | "mnist-10k";
  readonly widths: readonly number[];
  readonly depths: readonly number[];
  readonly epochs: number;
}

/** A pipeline that trains each width at each depth once, and does nothing else. Written as JSON, which is YAML. */
export async function writeGridPipeline(folder: string, grid: GridPipeline): Promise<string> {
  const { name, source, widths, depths, epochs } = grid;
  const pipeline = {
    weft: 1,
    name,
    stages: {
      digits: { kind: "dataset", source },
      mlps: {
        kind: "family",
        dataset: "digits",
        architecture: {
          kind: "mlp",
          depth: { choice: depths },
          width: { choice: widths },
          activation: "relu",
        },
        init: { scheme: "he_normal" },
        training: { optimizer: { name: "adam", learning_rate: 1e-3 }, batch_size: 64 },
      },
      draw: { kind: "sampling", family: "mlps", method: "grid", seed: 1 },
      trained: { kind: "train", sample: "draw", epochs },
    },
  };
  const path = `${folder}/${name}.yaml`;
  await Deno.writeTextFile(path, JSON.stringify(pipeline, null, 2));
  return path;
}

/** Test accuracies of the members that a run has written. */
export async function testAccuracies(outputs: string, pipeline: string): Promise<number[]> {
  const table = await Deno.readTextFile(`${outputs}/${pipeline}/tables/trained/members.json`);
  return JSON.parse(table).map((row: { readonly test_accuracy: number }) => row.test_accuracy);
}
