import type { Tensor, Tensor2D } from "@tensorflow/tfjs";
import type { MlpSettings } from "../../artifacts/settings.ts";
import { elementCount } from "../../core/shape.ts";
import { mlp } from "./mlp.ts";

/** A trainable tensor of an architecture. */
export interface TensorSpec {
  /** Layer and part: `dense_1/kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: "kernel" | "bias";
  /** How many inputs a unit of the layer has, and how many units each input feeds: what init schemes scale by. */
  readonly fanIn: number;
  readonly fanOut: number;
}

/** A kind of architecture: its tensors, and its forward pass in tfjs. */
export interface Model<Settings> {
  readonly name: string;
  /** In the order in which they are initialized and stored. Pure; tfjs is not loaded. */
  readonly tensors: (
    settings: Settings,
    image: readonly [number, number, number],
    classes: number,
  ) => TensorSpec[];
  /**
   * @param parameters a tensor for each of `tensors`, in their order
   * @param images float32 [batch, height * width * channels], scaled to [0, 1]
   * @returns logits, float32 [batch, classes]
   */
  readonly forward: (settings: Settings, parameters: readonly Tensor[], images: Tensor2D) => Tensor2D;
}

const MODELS = { mlp };

export function modelOf(settings: MlpSettings): Model<MlpSettings> {
  return MODELS[settings.kind];
}

/** Number of trainable parameters. */
export function countParameters(tensors: readonly TensorSpec[]): number {
  return tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}
