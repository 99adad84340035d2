import { DataType } from "./c_api.ts";
import type { Attributes, Graph, Output } from "./graph.ts";
import type { Dtype } from "./tensor.ts";

/** A value that stays in a session from one run to the next. */
export class Variable {
  /** What operations that read or update the variable in place take. */
  readonly handle: Output;
  /** Feed the new value here, and run `assign`. The variable shares the memory of what it is given. */
  readonly given: Output;
  readonly assign: Deno.PointerObject;

  constructor(
    private readonly graph: Graph,
    name: string,
    readonly dtype: Dtype,
    readonly shape: readonly number[],
  ) {
    const type: Attributes = { dtype: { type: "dtype", value: DataType[dtype] } };
    [this.handle] = graph.add("VarHandleOp", [], {
      ...type,
      shape: { type: "shape", value: shape },
      shared_name: { type: "string", value: name },
    }) as [Output];
    this.given = graph.placeholder(DataType[dtype], shape);
    this.assign = graph.addEffect("AssignVariableOp", [this.handle, this.given], type);
  }

  /** Adds the reading of the value to the graph. */
  read(): Output {
    return this.graph.add("ReadVariableOp", [this.handle], {
      dtype: { type: "dtype", value: DataType[this.dtype] },
    })[0]!;
  }
}

/** Reads a variable through a handle that came as an argument, whose shape the graph cannot know. */
export function readVariable(
  graph: Graph,
  handle: Output,
  shape: readonly number[],
  after: readonly Deno.PointerObject[],
): Output {
  const type: Attributes = { dtype: { type: "dtype", value: DataType.float32 } };
  return graph.withShape(graph.add("ReadVariableOp", [handle], type, after)[0]!, shape);
}

/**
 * Rows of a variable: `indices` int32 [...], result [...indices, ...row]. Reading shares the variable's memory, and
 * copies only the rows; TensorFlow's ResourceGather would first copy a variable that shares its memory with others.
 */
export function gatherRows(
  graph: Graph,
  handle: Output,
  indices: Output,
  dtype: Dtype,
  row: readonly number[],
): Output {
  const type: Attributes = { dtype: { type: "dtype", value: DataType[dtype] } };
  const [values] = graph.add("ReadVariableOp", [handle], type);
  const firstAxis = graph.scalar(0, "int32");
  return graph.withShape(graph.add("GatherV2", [values!, indices, firstAxis])[0]!, [
    ...indices.shape,
    ...row,
  ]);
}
