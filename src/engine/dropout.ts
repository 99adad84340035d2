import type { Tensor } from "@tensorflow/tfjs";
import { loadTfjs, tensorOf } from "./backend.ts";
import { DataType } from "./tensorflow/c_api.ts";
import type { Attribute, Graph, Output } from "./tensorflow/graph.ts";
import { NativeTensor } from "./tensorflow/tensor.ts";

/** Drops some of a layer's units, or none: what a forward pass is given to apply where its architecture has dropout. */
export type Drop = <T extends Tensor>(x: T) => T;

/** Where nothing is dropped. */
export const keepAll: Drop = (x) => x;

/** What the masks of a step come from. */
export interface MaskSource {
  /** uint64 [2]: the key, and the step over the whole training. */
  readonly draw: Output;
  /** float32 [], the share of the units that is dropped, and 1 / (1 - rate). */
  readonly rate: Output;
  readonly scale: Output;
}

/** Numbers of a step: see {@link MaskSource}. */
export function dropoutNumbers(share: number): [rate: number, scale: number] {
  return [share, 1 / (1 - share)];
}

/**
 * Inverted dropout while a step is traced: each value is 0 with probability `rate`, else multiplied by 1 / (1 - rate).
 * Value i of the n-th layer that asks (from 0) is dropped if the lower 23 bits of a word, times 2⁻²³, are below the rate:
 * word i mod 4 of Philox's block [floor(i / 4), n, step, 0] under the key. So masks depend on nothing but key, step and
 * layer.
 * @see Srivastava and others, Dropout: a simple way to prevent neural networks from overfitting (2014)
 */
export function dropoutFrom(graph: Graph, { draw, rate, scale }: MaskSource): Drop {
  const [key, step] = graph.add("Split", [graph.scalar(0, "int32"), draw], { num_split: TWO });
  let layers = 0;
  return <T extends Tensor>(x: T) => {
    const words = uniform(graph, x.shape, key!, firstBlock(graph, layers++, step!));
    const [kept] = graph.add("GreaterEqual", [words, rate]);
    const [ones] = graph.add("Cast", [kept!], { DstT: { type: "dtype", value: DataType.float32 } });
    const [mask] = graph.add("Mul", [ones!, scale]);
    return loadTfjs().mul<T>(x, tensorOf(mask!));
  };
}

const TWO: Attribute = { type: "int", value: 2 };

/** Philox's counter [0, layer, step, 0] as two words: uint64 [2]. */
function firstBlock(graph: Graph, layer: number, step: Output): Output {
  const low = NativeTensor.from(new BigUint64Array([BigInt(layer) << 32n]), "uint64", [1]);
  const inputs = [constant(graph, low, "uint64"), step, graph.scalar(0, "int32")];
  return graph.add("ConcatV2", inputs, { N: TWO })[0]!;
}

/** float32 in [0, 1). */
function uniform(graph: Graph, shape: readonly number[], key: Output, counter: Output): Output {
  const sizes = NativeTensor.from(Int32Array.from(shape), "int32", [shape.length]);
  const inputs = [constant(graph, sizes, "int32"), key, counter, graph.scalar(PHILOX, "int32")];
  return graph.withShape(graph.add("StatelessRandomUniformV2", inputs)[0]!, shape);
}

/** TensorFlow's number of the generator. */
const PHILOX = 1;

/** A constant of the graph, of a tensor that is freed. */
function constant(graph: Graph, tensor: NativeTensor, dtype: "int32" | "uint64"): Output {
  try {
    return graph.constant(tensor, DataType[dtype]);
  } finally {
    tensor.free();
  }
}
