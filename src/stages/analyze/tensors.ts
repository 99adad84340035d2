import { decodeSafetensors, type Tensor } from "../../artifacts/safetensors.ts";

/** A trainable tensor of a member, at the start and at the end of its training. */
export interface TensorPair {
  /** As in the network: `dense_1/kernel`. */
  readonly name: string;
  /** Of the layer, counted from 1 in the order of the network. */
  readonly layer: number;
  readonly position: Position;
  /** kernel, bias or scale, as the name ends; embedding, where it has one part alone. */
  readonly role: string;
  /** See {@link Statistics.fan_in}. */
  readonly fanIn: number | null;
  readonly init: Float32Array;
  readonly final: Float32Array;
}

/**
 * Where a layer stands: the head is `last`, also where it is the only layer; the layers between are `hidden`.
 */
export const POSITIONS = ["first", "hidden", "last"] as const;
export type Position = typeof POSITIONS[number];

/**
 * The tensors of a member's weights, in the order of the network.
 * @param bytes safetensors with `init/<tensor>` and `final/<tensor>`
 * @throws {Error} If a tensor is not there at both times
 */
export function readTensors(bytes: Uint8Array): TensorPair[] {
  const { tensors } = decodeSafetensors(bytes);
  const final = new Map(underPrefix("final/", tensors).map((tensor) => [tensor.name, tensor]));
  const init = underPrefix("init/", tensors);
  if (init.length !== final.size) {
    throw new Error(`${init.length} tensors at the start, ${final.size} at the end`);
  }
  const layers = [...new Set(init.map(({ name }) => layerOf(name)))];
  return init.map(({ name, shape, data }) => {
    const end = final.get(name);
    if (end?.data.length !== data.length) throw new Error(`No tensor "final/${name}" of shape [${shape}]`);
    const layer = layers.indexOf(layerOf(name)) + 1;
    const role = name.includes("/") ? name.slice(name.lastIndexOf("/") + 1) : "embedding";
    return {
      name,
      layer,
      position: positionOf(layer, layers.length),
      role,
      fanIn: role === "kernel" ? fanInOf(shape) : null,
      init: data,
      final: end.data,
    };
  });
}

/**
 * Inputs of a unit: of a dense kernel [in, out], or of a convolution's [height, width, in, out]; null for
 * others.
 */
export function fanInOf(shape: readonly number[]): number | null {
  if (shape.length !== 2 && shape.length !== 4) return null;
  return shape.slice(0, -1).reduce((product, size) => product * size, 1);
}

function underPrefix(prefix: string, tensors: readonly Tensor[]): Tensor[] {
  return tensors.filter(({ name }) => name.startsWith(prefix))
    .map((tensor) => ({ ...tensor, name: tensor.name.slice(prefix.length) }));
}

/** An embedding is a layer of its own. */
function layerOf(name: string): string {
  return name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : name;
}

function positionOf(layer: number, layers: number): Position {
  if (layer === layers) return "last";
  return layer === 1 ? "first" : "hidden";
}
