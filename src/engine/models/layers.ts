import type { TensorSpec } from "./model.ts";

/** Kernel and bias of a layer in which each of `fanOut` units reads all of `fanIn` inputs. */
export function denseTensors(layer: string, fanIn: number, fanOut: number): TensorSpec[] {
  return [
    { name: `${layer}/kernel`, shape: [fanIn, fanOut], role: "kernel", fanIn, fanOut },
    { name: `${layer}/bias`, shape: [fanOut], role: "bias", fanIn, fanOut },
  ];
}

/** Kernel and bias of a convolution by `size` x `size` windows, whose area its fans count. */
export function convolutionTensors(layer: string, size: number, from: number, to: number): TensorSpec[] {
  const [fanIn, fanOut] = [size * size * from, size * size * to];
  return [
    { name: `${layer}/kernel`, shape: [size, size, from, to], role: "kernel", fanIn, fanOut },
    { name: `${layer}/bias`, shape: [to], role: "bias", fanIn, fanOut },
  ];
}

/** Scale and bias of a layer normalization: each unit has an input of its own. */
export function normTensors(layer: string, dim: number): TensorSpec[] {
  return [
    { name: `${layer}/scale`, shape: [dim], role: "scale", fanIn: 1, fanOut: 1 },
    { name: `${layer}/bias`, shape: [dim], role: "bias", fanIn: 1, fanOut: 1 },
  ];
}

/** Learned vectors that are added to, or put beside, what the network reads. */
export function embeddingTensor(name: string, shape: readonly number[]): TensorSpec {
  return { name, shape, role: "embedding", fanIn: 1, fanOut: 1 };
}
