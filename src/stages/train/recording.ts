import type { Sample } from "../../artifacts/sample.ts";
import { quote } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import { formatBytes } from "../../core/files.ts";
import type { InputOutlooks } from "../../core/stage_kind.ts";
import { countParameters, modelOf } from "../../engine/models/model.ts";
import type { TrainConfig } from "./schema.ts";

/** The epochs after which weights are recorded, ascending; the start and the end are recorded anyway. */
export function recordedEpochs(
  { record, epochs }: Pick<TrainConfig, "record" | "epochs">,
): readonly number[] {
  if (record === undefined) return [];
  if (Array.isArray(record)) return record.toSorted((a, b) => a - b);
  return Array.from({ length: Math.floor(epochs / record.every) }, (_, i) => (i + 1) * record.every);
}

/** Whether there are the epochs that are to be recorded. */
export function checkRecord({ record, epochs }: TrainConfig): Problem[] {
  if (record === undefined) return [];
  if (Array.isArray(record)) {
    return record.flatMap((epoch, i) => epoch > epochs ? [beyond(epoch, epochs, ["record", i])] : []);
  }
  return record.every > epochs ? [beyond(record.every, epochs, ["record", "every"])] : [];
}

/**
 * Whether the weights of each member make an object that can be written and read: all of them are in memory once they are
 * packed, and the header of a safetensors file has its limit.
 */
export function checkRecordedSize(config: TrainConfig, inputs: InputOutlooks): Problem[] {
  const sample = inputs["sample"]?.[0]?.output as Sample | undefined;
  const times = recordedEpochs(config).length;
  if (sample === undefined || times === 0) return [];
  for (const { id, settings: { architecture } } of sample.members) {
    const tensors = modelOf(architecture).tensors(
      architecture,
      sample.dataset.shape,
      sample.dataset.classes.length,
    );
    const bytes = (times + 2) * 4 * countParameters(tensors);
    const count = (times + 2) * tensors.length;
    if (bytes > MOST_BYTES || count > MOST_TENSORS) return [tooLarge(id, times, bytes, count)];
  }
  return [];
}

const MOST_BYTES = 2 ** 31;
const MOST_TENSORS = 500_000;

function beyond(epoch: number, epochs: number, at: Problem["at"]): Problem {
  return {
    code: "epoch-beyond-last",
    message: `Cannot record the weights after epoch ${epoch}: the training has ${counted(epochs, "epoch")}`,
    at,
    help: 'name epochs up to the last one, or raise "epochs"; the weights at the end are recorded anyway',
  };
}

function tooLarge(id: string, times: number, bytes: number, tensors: number): Problem {
  const size = `${formatBytes(bytes)} in ${tensors} tensors`;
  return {
    code: "recorded-too-large",
    message: `Cannot record the weights of model ${quote(id)} after ${
      counted(times, "epoch")
    }: they take ${size}`,
    at: ["record"],
    help: `record fewer epochs: all weights of a model may take ${
      formatBytes(MOST_BYTES)
    } in ${MOST_TENSORS} tensors`,
  };
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
