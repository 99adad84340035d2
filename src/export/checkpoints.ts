import { finalRow, type TrainedMember } from "../artifacts/population.ts";
import { decodeSafetensors, type Tensor } from "../artifacts/safetensors.ts";

/** A member's weights after an epoch; 0 is before the first one. */
export interface Checkpoint {
  readonly epoch: number;
  /** Whether these are the weights that the member ended with. */
  readonly isFinal: boolean;
}

/** Those that a member's object holds: at first, after each recorded epoch, at its end. By epoch, each once. */
export function checkpointsOf(member: TrainedMember): Checkpoint[] {
  const last = finalRow(member)?.epoch ?? 0;
  const epochs = [...new Set([0, ...member.recorded, last])].sort((a, b) => a - b);
  return epochs.map((epoch) => ({ epoch, isFinal: epoch === last }));
}

/** The path of a checkpoint's file: as in the Small CNN Zoo, the folder names the model, the last number the epoch. */
export function checkpointPath({ id }: Pick<TrainedMember, "id">, { epoch }: Checkpoint): string {
  return `members/${id}/epoch-${epoch}.safetensors`;
}

/** The tensors of a checkpoint, named as the network's own: `dense_1/kernel`. @param bytes of the member's object */
export function checkpointTensors(bytes: Uint8Array, { epoch, isFinal }: Checkpoint): Tensor[] {
  const prefix = isFinal ? "final/" : epoch === 0 ? "init/" : `epoch_${epoch}/`;
  return decodeSafetensors(bytes).tensors.filter(({ name }) => name.startsWith(prefix))
    .map((tensor) => ({ ...tensor, name: tensor.name.slice(prefix.length) }));
}
