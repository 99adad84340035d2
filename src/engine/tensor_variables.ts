import { elementCount } from "../core/shape.ts";
import type { Graph, Output } from "./tensorflow/graph.ts";
import { NativeTensor } from "./tensorflow/tensor.ts";
import { Variable } from "./tensorflow/variable.ts";

interface Spec {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Up to how many values a tensor is small: copying it twice a step takes less than updating it by itself. */
const SMALL = 1024;

/**
 * float32 tensors as variables of a session. Small ones, such as biases, stand one after the other in one variable: it is
 * updated by one operation, which takes as long for a few values as for a thousand.
 */
export class TensorVariables {
  readonly assign: readonly Deno.PointerObject[];
  /** The present value of each variable. */
  readonly now: readonly Output[];
  private readonly variables: readonly Variable[];
  /** What each variable holds. */
  private readonly parts: readonly (readonly Part[])[];

  constructor(graph: Graph, private readonly specs: readonly Spec[]) {
    this.parts = partsOf(specs);
    this.variables = this.parts.map((parts) => {
      const { name, shape } = specs[parts[0]!.tensor]!;
      return new Variable(graph, name, "float32", parts.length === 1 ? shape : [parts.at(-1)!.end]);
    });
    this.assign = this.variables.map((variable) => variable.assign);
    this.now = this.read(graph);
  }

  /** What to feed so that `assign` takes these over: a tensor for each of the variables, to be freed. */
  feeds(tensors: readonly Float32Array[]): (readonly [Output, NativeTensor])[] {
    return this.variables.map(({ given, shape }, i) => {
      const values = new Float32Array(elementCount(shape));
      for (const { tensor, begin } of this.parts[i]!) values.set(tensors[tensor]!, begin);
      return [given, NativeTensor.from(values, "float32", shape)] as const;
    });
  }

  /** Copies of the tensors, from the values of the variables. */
  tensors(values: readonly Float32Array[]): Float32Array[] {
    const tensors: Float32Array[] = [];
    for (const [i, parts] of this.parts.entries()) {
      for (const { tensor, begin, end } of parts) tensors[tensor] = values[i]!.slice(begin, end);
    }
    return tensors;
  }

  /** A handle for each variable. */
  handles(graph: Graph): Output[] {
    return this.variables.map((variable) => variable.handle(graph));
  }

  /** Adds the reading of each variable. */
  read(graph: Graph, after: readonly Deno.PointerObject[] = []): Output[] {
    return this.variables.map((variable) => variable.read(graph, after));
  }

  /** From a value for each variable, one for each tensor. */
  split(graph: Graph, values: readonly Output[]): Output[] {
    const tensors: Output[] = [];
    for (const [i, parts] of this.parts.entries()) {
      const split = parts.length === 1 ? [values[i]!] : this.splitOne(graph, values[i]!, parts);
      for (const [k, { tensor }] of parts.entries()) tensors[tensor] = split[k]!;
    }
    return tensors;
  }

  /** From a value for each tensor, one for each variable. */
  join(graph: Graph, tensors: readonly Output[]): Output[] {
    return this.parts.map((parts) => {
      if (parts.length === 1) return tensors[parts[0]!.tensor]!;
      const flat = parts.map((part) => reshape(graph, tensors[part.tensor]!, [sizeOf(part)]));
      return graph.value("ConcatV2", [...flat, graph.scalar(0, "int32")], {
        N: { type: "int", value: flat.length },
      })[0]!;
    });
  }

  private splitOne(graph: Graph, value: Output, parts: readonly Part[]): Output[] {
    const sizes = graph.integers(parts.map(sizeOf));
    const split = graph.value("SplitV", [value, sizes, graph.scalar(0, "int32")], {
      num_split: { type: "int", value: parts.length },
    });
    return split.map((flat, i) => reshape(graph, flat, this.specs[parts[i]!.tensor]!.shape));
  }
}

/** Where a tensor stands in its variable: values [begin, end). */
interface Part {
  readonly tensor: number;
  readonly begin: number;
  readonly end: number;
}

/** By the variables: each large tensor by itself, and the small ones together. */
function partsOf(specs: readonly Spec[]): Part[][] {
  const large: Part[][] = [];
  const small: Part[] = [];
  for (const [tensor, { shape }] of specs.entries()) {
    const size = elementCount(shape);
    const begin = small.at(-1)?.end ?? 0;
    if (size > SMALL) large.push([{ tensor, begin: 0, end: size }]);
    else small.push({ tensor, begin, end: begin + size });
  }
  return small.length > 0 ? [...large, small] : large;
}

function sizeOf({ begin, end }: Part): number {
  return end - begin;
}

function reshape(graph: Graph, value: Output, shape: readonly number[]): Output {
  if (shape.length === 1 && value.shape.length === 1) return value;
  return graph.value("Reshape", [value, graph.integers(shape)])[0]!;
}
