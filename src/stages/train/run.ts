import { encodeSafetensors } from "../../artifacts/safetensors.ts";
import type { ItemContext } from "../../core/stage_kind.ts";
import { Runtime } from "../../engine/runtime.ts";
import { type TrainingResult, trainMember } from "../../engine/training.ts";
import type { TensorSpec } from "../../engine/models/model.ts";
import type { TrainOutcome, TrainWork } from "./stage.ts";

let runtime: Runtime | undefined;

/** Trains one member and stores its weights: what the engine process does for an item of kind `train`. */
export async function runMember(work: TrainWork, context: ItemContext): Promise<TrainOutcome> {
  const { member, dataset, program: key, epochs } = work;
  const engine = runtime ??= Runtime.open();
  const data = await engine.dataOf(dataset);
  return await engine.withProgram(key, data, async (program) => {
    const result = await trainMember(program, member.settings, {
      seed: member.seed,
      epochs,
      signal: context.signal,
      progress: (share, last) =>
        context.progress(
          share,
          last ? `epoch ${last.epoch}/${epochs}, test accuracy ${last.test_accuracy.toFixed(4)}` : "",
        ),
    });
    const weights = await context.objects.put(encodeWeights(program.tensors, result));
    return { status: result.status, epochs: result.epochs, weights };
  });
}

/** `init/<tensor>` and `final/<tensor>`, as the population artifact has them. */
function encodeWeights(tensors: readonly TensorSpec[], { initial, final }: TrainingResult): Uint8Array {
  const phase = (name: string, values: readonly Float32Array[]) =>
    tensors.map((tensor, i) => ({ name: `${name}/${tensor.name}`, shape: tensor.shape, data: values[i]! }));
  return encodeSafetensors([...phase("init", initial), ...phase("final", final)]);
}
