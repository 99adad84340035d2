import type { Sample } from "../../artifacts/sample.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { InputOutlooks } from "../../core/stage_kind.ts";
import type { TrainConfig } from "./schema.ts";

/** Whether the warm-up of each member ends within the training: else none of its steps has the learning rate. */
export function checkWarmup({ epochs }: TrainConfig, inputs: InputOutlooks): Problem[] {
  const sample = inputs["sample"]?.[0]?.output as Sample | undefined;
  const warmups = (sample?.members ?? []).map(({ settings }) => settings.training.schedule?.warmup ?? 0);
  const long = warmups.filter((warmup) => warmup > epochs);
  if (long.length === 0) return [];
  const longest = long.reduce((a, b) => Math.max(a, b));
  const share = `${long.length} of ${warmups.length} models`;
  return [{
    code: "epoch-beyond-last",
    message: `Cannot warm up ${share}: it takes up to ${longest} epochs, and the training has ${epochs}`,
    at: ["epochs"],
    help: 'raise "epochs", or lower "training.schedule.warmup" of the family',
  }];
}
