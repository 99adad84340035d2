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
  /** Which tensors a variable holds. */
  private readonly members: readonly (readonly number[])[];

  constructor(graph: Graph, private readonly specs: readonly Spec[]) {
    this.members = membersOf(specs);
    this.variables = this.members.map((members) => {
      const { name, shape } = specs[members[0]!]!;
      const length = members.reduce((sum, member) => sum + this.sizeOf(member), 0);
      return new Variable(graph, name, "float32", members.length === 1 ? shape : [length]);
    });
    this.assign = this.variables.map((variable) => variable.assign);
    this.now = this.read(graph);
  }

  /** What to feed so that `assign` takes these over: a tensor for each of the variables, to be freed. */
  feeds(tensors: readonly Float32Array[]): (readonly [Output, NativeTensor])[] {
    return this.variables.map(({ given, shape }, i) => {
      const values = new Float32Array(elementCount(shape));
      let place = 0;
      for (const member of this.members[i]!) {
        values.set(tensors[member]!, place);
        place += this.sizeOf(member);
      }
      return [given, NativeTensor.from(values, "float32", shape)] as const;
    });
  }

  /** Copies of the tensors, from the values of the variables. */
  tensors(values: readonly Float32Array[]): Float32Array[] {
    const tensors: Float32Array[] = [];
    for (const [i, members] of this.members.entries()) {
      let place = 0;
      for (const member of members) {
        tensors[member] = values[i]!.slice(place, place += this.sizeOf(member));
      }
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
    for (const [i, members] of this.members.entries()) {
      const parts = members.length === 1 ? [values[i]!] : this.splitOne(graph, values[i]!, members);
      for (const [k, part] of parts.entries()) tensors[members[k]!] = part;
    }
    return tensors;
  }

  /** From a value for each tensor, one for each variable. */
  join(graph: Graph, tensors: readonly Output[]): Output[] {
    return this.members.map((members) => {
      if (members.length === 1) return tensors[members[0]!]!;
      const flat = members.map((member) => reshape(graph, tensors[member]!, [this.sizeOf(member)]));
      return graph.value("ConcatV2", [...flat, graph.scalar(0, "int32")], {
        N: { type: "int", value: flat.length },
      })[0]!;
    });
  }

  private splitOne(graph: Graph, value: Output, members: readonly number[]): Output[] {
    const sizes = graph.integers(members.map((member) => this.sizeOf(member)));
    const parts = graph.value("SplitV", [value, sizes, graph.scalar(0, "int32")], {
      num_split: { type: "int", value: members.length },
    });
    return parts.map((part, i) => reshape(graph, part, this.specs[members[i]!]!.shape));
  }

  private sizeOf(member: number): number {
    return elementCount(this.specs[member]!.shape);
  }
}

/** Each large tensor by itself, and the small ones together. */
function membersOf(specs: readonly Spec[]): number[][] {
  const indices = [...specs.keys()];
  const isSmall = (i: number) => elementCount(specs[i]!.shape) <= SMALL;
  const small = indices.filter(isSmall);
  return [...indices.filter((i) => !isSmall(i)).map((i) => [i]), ...small.length > 0 ? [small] : []];
}

function reshape(graph: Graph, value: Output, shape: readonly number[]): Output {
  if (shape.length === 1 && value.shape.length === 1) return value;
  return graph.value("Reshape", [value, graph.integers(shape)])[0]!;
}
