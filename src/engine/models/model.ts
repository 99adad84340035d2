import type { Tensor, Tensor2D } from "@tensorflow/tfjs";
import type { ArchitectureKind, ArchitectureSettings } from "../../artifacts/settings.ts";
import { elementCount } from "../../core/shape.ts";
import type { Drop } from "../dropout.ts";
import { cnn } from "./cnn.ts";
import { mlp } from "./mlp.ts";
import { vit } from "./vit.ts";

/** The shape of an image that a network reads. */
export type Image = readonly [height: number, width: number, channels: number];

/** A trainable tensor of an architecture. */
export interface TensorSpec {
  /** Layer and part: `dense_1/kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** What the values do: a kernel's and a scale's multiply, a bias's are added, an embedding's are learned inputs. */
  readonly role: "kernel" | "bias" | "scale" | "embedding";
  /** How many inputs a unit of the layer has, and how many units each input feeds: what init schemes scale by. */
  readonly fanIn: number;
  readonly fanOut: number;
}

/** Why an architecture cannot be built for images of a size. */
export interface Violation {
  /** "a patch of 5 does not divide an image of 28 x 28". */
  readonly why: string;
  /** Full paths of the settings that clash: `architecture.patch`. Members that agree in them violate alike. */
  readonly settings: readonly string[];
}

/** A kind of architecture: its tensors, and its forward pass in tfjs. */
export interface Model<Settings> {
  readonly name: string;
  /** How many images are classified at once where nothing is learned: activations of more leave the cache. */
  readonly evaluationBatch: number;
  /** What stands against building it, or undefined. Pure; tfjs is not loaded. */
  readonly violation?: (settings: Settings, image: Image) => Violation | undefined;
  /** In the order in which they are initialized and stored. Pure; tfjs is not loaded. */
  readonly tensors: (settings: Settings, image: Image, classes: number) => TensorSpec[];
  /** How many multiplications a forward pass of one image takes in matrix products and convolutions. Pure. */
  readonly multiplyAdds: (settings: Settings, image: Image, classes: number) => number;
  /** How many scores a forward pass of one image makes weights of by softmax, where there is attention. Pure. */
  readonly attentionScores?: (settings: Settings, image: Image) => number;
  /**
   * @param parameters a tensor for each of `tensors`, in their order
   * @param images float32 [batch, height * width * channels], scaled to [0, 1]
   * @param image the shape of each
   * @param drop applied where the architecture has dropout; without it, nothing is dropped
   * @returns logits, float32 [batch, classes]
   */
  readonly forward: (
    settings: Settings,
    parameters: readonly Tensor[],
    images: Tensor2D,
    image: Image,
    drop?: Drop,
  ) => Tensor2D;
}

const MODELS: { readonly [Kind in ArchitectureKind]: Model<Extract<ArchitectureSettings, { kind: Kind }>> } =
  { cnn, mlp, vit };

/** The model that takes settings of this kind. */
export function modelOf<Settings extends ArchitectureSettings>(settings: Settings): Model<Settings> {
  return MODELS[settings.kind] as unknown as Model<Settings>; // the table has one of each kind
}

/** What stands against building an architecture for images of a shape, or undefined. */
export function violationOf(architecture: ArchitectureSettings, image: Image): Violation | undefined {
  return modelOf(architecture).violation?.(architecture, image);
}

/** Number of trainable parameters. */
export function countParameters(tensors: readonly TensorSpec[]): number {
  return tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
}
