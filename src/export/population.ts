import type { Dataset } from "../artifacts/dataset.ts";
import { finalRow, type Population, type TrainedMember } from "../artifacts/population.ts";
import { encodeSafetensors, type Tensor } from "../artifacts/safetensors.ts";
import type { ObjectReader } from "../core/stage_kind.ts";
import { tableCsv } from "../report/table_text.ts";
import { type Checkpoint, checkpointPath, checkpointsOf, checkpointTensors } from "./checkpoints.ts";
import { ABOUT } from "./folder.ts";
import { Matrix } from "./matrix.ts";
import { metricsTable } from "./metrics.ts";

/** What is said of all members. */
export interface About {
  readonly pipeline: string;
  /** The instance that trained them. */
  readonly stage: string;
  readonly dataset: Pick<Dataset, "source" | "shape" | "classes" | "derived">;
  /** What a network sees of a byte x in channel c: (x - mean[c]) / std[c]. */
  readonly normalization: { readonly mean: readonly number[]; readonly std: readonly number[] };
}

export interface PopulationWriting {
  readonly objects: ObjectReader;
  readonly signal: AbortSignal;
  /** Makes the SavedModel of a member from its final weights; absent: none are written. */
  readonly network?: (member: TrainedMember, tensors: readonly Tensor[]) => Promise<Uint8Array>;
  /** After each member. */
  readonly progress: (done: number, total: number) => void;
}

/**
 * Writes a population: `members/<id>/epoch-<n>.safetensors` of each checkpoint, `members/<id>/saved_model.pb`,
 * `metrics.csv` with a row for each checkpoint, `weights.npy` and `layout.csv` where all members have the same tensors,
 * and `export.json`.
 * @returns how many checkpoints there are
 */
export async function writePopulation(
  folder: string,
  population: Population,
  about: About,
  { objects, signal, network, progress }: PopulationWriting,
): Promise<number> {
  const { members } = population;
  const matrix = Matrix.of(folder, population);
  let checkpoints = 0;
  try {
    for (const [i, member] of members.entries()) {
      signal.throwIfAborted();
      const bytes = await objects.get(member.weights);
      await Deno.mkdir(`${folder}/members/${member.id}`, { recursive: true });
      for (const checkpoint of checkpointsOf(member)) {
        const tensors = checkpointTensors(bytes, checkpoint);
        const file = encodeSafetensors(tensors, metadataOf(about, member, checkpoint));
        await Deno.writeFile(`${folder}/${checkpointPath(member, checkpoint)}`, file);
        await matrix.add(tensors);
        if (checkpoint.isFinal && network) {
          await Deno.writeFile(
            `${folder}/members/${member.id}/saved_model.pb`,
            await network(member, tensors),
          );
        }
        checkpoints++;
      }
      progress(i + 1, members.length);
    }
    await matrix.end();
  } finally {
    matrix.close();
  }
  await writeLines(`${folder}/metrics.csv`, tableCsv(metricsTable(population)));
  await Deno.writeTextFile(`${folder}/${ABOUT}`, `${JSON.stringify(about, null, 2)}\n`);
  return checkpoints;
}

/** A file's own account of what it holds: strings, as safetensors wants them; what is no string is JSON. */
function metadataOf(
  { pipeline, stage, dataset, normalization }: About,
  member: TrainedMember,
  { epoch, isFinal }: Checkpoint,
): Record<string, string> {
  const { id, seed, status, settings } = member;
  const row = isFinal ? finalRow(member) : member.epochs[epoch - 1];
  return {
    format: "pt",
    pipeline,
    stage,
    member: id,
    seed,
    status,
    epoch: String(epoch),
    settings: JSON.stringify(settings),
    dataset: JSON.stringify(dataset),
    normalization: JSON.stringify(normalization),
    ...(row && { metrics: JSON.stringify(row) }),
  };
}

async function writeLines(path: string, pieces: Iterable<string>): Promise<void> {
  await Deno.writeFile(path, ReadableStream.from(pieces).pipeThrough(new TextEncoderStream()));
}
