import { DataType } from "./c_api.ts";
import type { Attributes, Graph, Output } from "./graph.ts";
import type { Dtype } from "./tensor.ts";

/** A value that stays in a session from one run to the next, known by its name in a graph and in the functions it calls. */
export class Variable {
  readonly assign: Deno.PointerObject;
  private readonly handles = new WeakMap<Graph, Output>();

  /**
   * @param given What `assign` makes the new value, whose memory the variable then shares: a value of the graph, or a
   * placeholder to feed it to
   */
  constructor(
    graph: Graph,
    private readonly name: string,
    readonly dtype: Dtype,
    readonly shape: readonly number[],
    readonly given: Output = graph.placeholder(DataType[dtype], shape),
  ) {
    this.assign = graph.addEffect("AssignVariableOp", [this.handle(graph), given], this.type);
  }

  /**
   * What operations that read or update the variable in place take. In a loop's body it is looked up there: handed in
   * from outside, it would cost two operations more, and a check of the types of each whenever the loop is compiled.
   */
  handle(graph: Graph): Output {
    let handle = this.handles.get(graph);
    if (handle === undefined) {
      const shape = { type: "shape", value: this.shape } as const;
      const name = { type: "string", value: this.name } as const;
      handle = graph.add("VarHandleOp", [], { ...this.type, shape, shared_name: name })[0]!;
      this.handles.set(graph, handle);
    }
    return handle;
  }

  /** Adds the reading of the value, after some operations, to a graph. */
  read(graph: Graph, after: readonly Deno.PointerObject[] = []): Output {
    return graph.add("ReadVariableOp", [this.handle(graph)], this.type, after)[0]!;
  }

  /**
   * Rows: `indices` int32 [...], result [...indices, ...row]. Reading shares the variable's memory, and copies only the
   * rows; TensorFlow's ResourceGather would first copy a variable that shares its memory with others.
   */
  rows(graph: Graph, indices: Output): Output {
    return graph.add("GatherV2", [this.read(graph), indices, graph.scalar(0, "int32")])[0]!;
  }

  /** One row of a variable that is small enough to be copied once: a single operation. `index` int32 []. */
  row(graph: Graph, index: Output): Output {
    return graph.add("ResourceGather", [this.handle(graph), index], this.type)[0]!;
  }

  /** Adds to the value in place. */
  add(graph: Graph, value: Output): Deno.PointerObject {
    return graph.addEffect("AssignAddVariableOp", [this.handle(graph), value], this.type);
  }

  private get type(): Attributes {
    return { dtype: { type: "dtype", value: DataType[this.dtype] } };
  }
}
