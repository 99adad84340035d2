import type { PhiloxKey } from "../../core/random/philox.ts";
import { DataType } from "../tensorflow/c_api.ts";
import type { Graph, Output } from "../tensorflow/graph.ts";
import { NativeTensor } from "../tensorflow/tensor.ts";

/** What the masks of a step are drawn from, as a constant: uint64 [2]. */
export function drawOf(graph: Graph, { k0, k1 }: PhiloxKey, step: number): Output {
  const key = BigInt(k1 >>> 0) << 32n | BigInt(k0 >>> 0);
  const tensor = NativeTensor.from(new BigUint64Array([key, BigInt(step)]), "uint64", [2]);
  try {
    return graph.constant(tensor, DataType.uint64);
  } finally {
    tensor.free();
  }
}
