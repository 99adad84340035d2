import type { Sample } from "../../artifacts/sample.ts";
import { quote } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { InputOutlooks } from "../../core/stage_kind.ts";
import type { TrainConfig } from "./schema.ts";

/** Whether the data set has the split whose metric is to end trainings. */
export function checkStop({ stop }: TrainConfig, inputs: InputOutlooks): Problem[] {
  const sample = inputs["sample"]?.[0]?.output as Sample | undefined;
  if (!stop?.by.startsWith("validation_") || sample === undefined) return [];
  if (sample.dataset.splits.validation !== undefined) return [];
  return [{
    code: "no-validation-split",
    message: `Cannot stop by ${quote(stop.by)}: the data set has no validation split`,
    at: ["stop", "by"],
    help:
      'add "validation: 0.1" to the stage of kind dataset, which takes a tenth of its training images out, ' +
      'or stop by "train_loss"',
  }];
}
