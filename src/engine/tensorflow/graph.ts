import { createRequire } from "node:module";
import { api, bufferBytes, checked, cString, DataType } from "./c_api.ts";
import { NativeTensor } from "./tensor.ts";

/** One output of an operation: what flows along an edge of the graph. */
export interface Output {
  readonly operation: Deno.PointerObject;
  readonly index: number;
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** The value of an attribute, with the type that TensorFlow's C API asks to be told. */
export type Attribute =
  | { readonly type: "int" | "float" | "dtype"; readonly value: number }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "string" | "function"; readonly value: string }
  | { readonly type: "strings"; readonly value: readonly string[] }
  | { readonly type: "shape" | "ints" | "dtypes"; readonly value: readonly number[] }
  | { readonly type: "tensor"; readonly value: NativeTensor };
export type Attributes = Readonly<Record<string, Attribute>>;

/** A graph under construction. TensorFlow infers types and shapes, and checks attributes, as operations are added. */
export class Graph {
  readonly pointer: Deno.PointerObject = api().TF_NewGraph()!;
  private readonly lines: string[] = [];
  private readonly names = new Map<bigint, string>();
  /** What is computed from inputs alone, by its line without a name. */
  private readonly values = new Map<string, Output[]>();
  private readonly functions: NativeFunction[] = [];

  /**
   * Adds an operation.
   * @param inputs in the order of the op's arguments; a list argument takes as many as its attribute says, or all the rest
   * @param after operations that must have run before this one
   * @throws {TensorflowError} If TensorFlow refuses it
   */
  add(
    type: string,
    inputs: readonly Output[],
    attributes: Attributes = {},
    after: readonly Deno.PointerObject[] = [],
  ): Output[] {
    return this.outputsOf(this.addEffect(type, inputs, attributes, after));
  }

  /**
   * An operation that reads and changes nothing but its inputs: a new one, or the equal one that there is. Gradients are
   * traced without looking at what the forward pass has, which would add a fifth to the operations of a step.
   */
  value(type: string, inputs: readonly Output[], attributes: Attributes = {}): Output[] {
    const text = this.arguments(inputs, attributes, []);
    const what = `${type}${text}`;
    const known = this.values.get(what);
    if (known) return known;
    const outputs = this.outputsOf(this.create(type, inputs, attributes, [], text));
    this.values.set(what, outputs);
    return outputs;
  }

  /** Adds an operation that has no outputs, such as an assignment, and returns the operation itself. */
  addEffect(
    type: string,
    inputs: readonly Output[],
    attributes: Attributes = {},
    after: readonly Deno.PointerObject[] = [],
  ): Deno.PointerObject {
    return this.create(type, inputs, attributes, after, this.arguments(inputs, attributes, after));
  }

  /** @param text what arguments() says of the others */
  private create(
    type: string,
    inputs: readonly Output[],
    attributes: Attributes,
    after: readonly Deno.PointerObject[],
    text: string,
  ): Deno.PointerObject {
    const name = `${type.replace(/^_/, "")}_${this.lines.length}`; // no name begins with _
    const description = api().TF_NewOperation(this.pointer, cString(type), cString(name));
    this.addInputs(description, type, inputs, attributes);
    for (const operation of after) api().TF_AddControlInput(description, operation);
    for (const [key, attribute] of Object.entries(attributes)) setAttribute(description, key, attribute);
    const operation = checked(
      `add ${type} to a graph`,
      (status) => api().TF_FinishOperation(description, status),
    )!;
    this.names.set(Deno.UnsafePointer.value(operation), name);
    this.lines.push(`${name}${text}`);
    return operation;
  }

  /** A value that is given when the graph runs. */
  placeholder(dtype: number, shape: readonly number[]): Output {
    return this.add("Placeholder", [], {
      dtype: { type: "dtype", value: dtype },
      shape: { type: "shape", value: shape },
    })[0]!;
  }

  /** Tells the graph a shape that it cannot infer: that of a variable's value behind a handle passed as an argument. */
  withShape(output: Output, shape: readonly number[]): Output {
    checked(
      "set a shape",
      (status) =>
        api().TF_GraphSetTensorShape(this.pointer, outputStruct(output), int64s(shape), shape.length, status),
    );
    return { ...output, shape };
  }

  constant(tensor: NativeTensor, dtype: number): Output {
    return this.value("Const", [], {
      dtype: { type: "dtype", value: dtype },
      value: { type: "tensor", value: tensor },
    })[0]!;
  }

  /** A constant of rank 0. */
  scalar(value: number, dtype: "float32" | "int32"): Output {
    const values = dtype === "float32" ? new Float32Array([value]) : new Int32Array([value]);
    const tensor = NativeTensor.from(values, dtype, []);
    try {
      return this.constant(tensor, DataType[dtype]);
    } finally {
      tensor.free();
    }
  }

  /** A constant of rank 1. */
  integers(values: readonly number[]): Output {
    const tensor = NativeTensor.from(Int32Array.from(values), "int32", [values.length]);
    try {
      return this.constant(tensor, DataType.int32);
    } finally {
      tensor.free();
    }
  }

  /** Makes the function callable in this graph, which owns it from now on. */
  use(called: NativeFunction): void {
    checked(
      `add the function ${called.name} to a graph`,
      (status) => api().TF_GraphCopyFunction(this.pointer, called.pointer, null, status),
    );
    this.functions.push(called);
  }

  /** The whole graph as a function of some of its values. `inputs` must be placeholders. */
  toFunction(name: string, inputs: readonly Output[], outputs: readonly Output[]): NativeFunction {
    const pointer = checked(`make the function ${name}`, (status) =>
      api().TF_GraphToFunction(
        this.pointer,
        cString(name),
        0,
        -1,
        null,
        inputs.length,
        outputArray(inputs),
        outputs.length,
        outputArray(outputs),
        null,
        null,
        null,
        status,
      ))!;
    return new NativeFunction(name, pointer, this.text());
  }

  /**
   * What the graph computes, one operation a line, with the functions that it calls. Equal texts are equal programs
   * (TensorFlow's own GraphDef writes attributes in any order). Constants are told by their digests.
   */
  text(): string {
    return [...this.lines, ...this.functions.flatMap(({ name, text }) => [`function ${name}`, text])].join(
      "\n",
    );
  }

  /** The name of an operation of this graph. */
  nameOf(operation: Deno.PointerObject): string {
    return this.names.get(Deno.UnsafePointer.value(operation))!;
  }

  /** The graph as TensorFlow's GraphDef, in protocol buffer's bytes. */
  definition(): Uint8Array {
    const buffer = api().TF_NewBuffer();
    try {
      checked("write a graph", (status) => api().TF_GraphToGraphDef(this.pointer, buffer, status));
      return bufferBytes(buffer);
    } finally {
      api().TF_DeleteBuffer(buffer);
    }
  }

  free(): void {
    api().TF_DeleteGraph(this.pointer);
    for (const used of this.functions.splice(0)) used.free();
  }

  /** What an operation takes, as text. */
  private arguments(
    inputs: readonly Output[],
    attributes: Attributes,
    after: readonly Deno.PointerObject[],
  ): string {
    const from = inputs.map(({ operation, index }) => `${this.nameOf(operation)}:${index}`);
    const settings = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)).map((
      [key, { type, value }],
    ) => `${key}=${type === "tensor" ? `[${value.shape}] ${value.digest()}` : JSON.stringify(value)}`);
    return `(${[...from, ...after.map((operation) => `^${this.nameOf(operation)}`)]}) ${settings.join(" ")}`;
  }

  private addInputs(
    description: Deno.PointerValue,
    type: string,
    inputs: readonly Output[],
    attributes: Attributes,
  ): void {
    let next = 0;
    const lists = listArguments(this.pointer, type);
    for (const [i, list] of lists.entries()) {
      if (list === null) {
        if (next < inputs.length) api().TF_AddInput(description, outputStruct(inputs[next++]!));
        continue;
      }
      const following = lists.slice(i + 1).length;
      const given = attributes[list];
      const length = given?.type === "int"
        ? given.value
        : given?.type === "dtypes"
        ? given.value.length
        : inputs.length - next - following;
      const members = inputs.slice(next, next + length);
      api().TF_AddInputList(description, outputArray(members), members.length);
      next += length;
    }
    if (next !== inputs.length) {
      throw new RangeError(
        `Cannot add ${type}: ${inputs.length} inputs are given, its arguments take ${next}`,
      );
    }
  }

  private outputsOf(operation: Deno.PointerObject): Output[] {
    const count = api().TF_OperationNumOutputs(operation);
    return Array.from({ length: count }, (_, index) => this.describe(operation, index));
  }

  private describe(operation: Deno.PointerObject, index: number): Output {
    const struct = outputStruct({ operation, index });
    const dtype = api().TF_OperationOutputType(struct);
    const rank = checked(
      "read a rank",
      (status) => api().TF_GraphGetTensorNumDims(this.pointer, struct, status),
    );
    const dims = new BigInt64Array(Math.max(rank, 0));
    if (rank > 0) {
      checked(
        "read a shape",
        (status) => api().TF_GraphGetTensorShape(this.pointer, struct, dims, rank, status),
      );
    }
    return { operation, index, dtype, shape: Array.from(dims, Number) };
  }
}

/** A function of TensorFlow: what StatefulPartitionedCall and While call. */
export class NativeFunction {
  constructor(
    readonly name: string,
    readonly pointer: Deno.PointerObject,
    readonly text: string,
  ) {}

  free(): void {
    api().TF_DeleteFunction(this.pointer);
  }
}

/** TF_Output[]: 16 bytes each. */
export function outputArray(
  outputs: readonly Pick<Output, "operation" | "index">[],
): BigUint64Array<ArrayBuffer> {
  const array = new BigUint64Array(Math.max(1, outputs.length * 2));
  for (const [i, { operation, index }] of outputs.entries()) {
    array[2 * i] = Deno.UnsafePointer.value(operation);
    array[2 * i + 1] = BigInt(index);
  }
  return array;
}

function outputStruct(output: Pick<Output, "operation" | "index">): Uint8Array<ArrayBuffer> {
  return new Uint8Array(outputArray([output]).buffer);
}

function setAttribute(description: Deno.PointerValue, key: string, attribute: Attribute): void {
  const name = cString(key);
  const c = api();
  switch (attribute.type) {
    case "int":
      return c.TF_SetAttrInt(description, name, BigInt(attribute.value));
    case "float":
      return c.TF_SetAttrFloat(description, name, attribute.value);
    case "bool":
      return c.TF_SetAttrBool(description, name, attribute.value ? 1 : 0);
    case "dtype":
      return c.TF_SetAttrType(description, name, attribute.value);
    case "string": {
      const text = new TextEncoder().encode(attribute.value);
      return c.TF_SetAttrString(description, name, text, BigInt(text.length));
    }
    case "strings": {
      const texts = attribute.value.map((text) => new TextEncoder().encode(text));
      const pointers = new BigUint64Array(
        texts.map((text) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(text))),
      );
      const lengths = new BigUint64Array(texts.map(({ length }) => BigInt(length)));
      return c.TF_SetAttrStringList(description, name, pointers, lengths, texts.length);
    }
    case "function": {
      const text = new TextEncoder().encode(attribute.value);
      return c.TF_SetAttrFuncName(description, name, text, BigInt(text.length));
    }
    case "shape":
      return c.TF_SetAttrShape(description, name, int64s(attribute.value), attribute.value.length);
    case "ints":
      return c.TF_SetAttrIntList(description, name, int64s(attribute.value), attribute.value.length);
    case "dtypes":
      return c.TF_SetAttrTypeList(description, name, new Int32Array(attribute.value), attribute.value.length);
    case "tensor":
      return checked(
        `set the attribute ${key}`,
        (status) => c.TF_SetAttrTensor(description, name, attribute.value.pointer, status),
      );
    default:
      attribute satisfies never;
  }
}

function int64s(values: readonly number[]): BigInt64Array<ArrayBuffer> {
  return new BigInt64Array(values.map(BigInt));
}

/** For each input argument of an op: the attribute that gives its length, or null if it is a single tensor. */
const argumentsByOp = new Map<string, readonly (string | null)[]>();

interface OpDef {
  getInputArgList(): { getNumberAttr(): string; getTypeListAttr(): string }[];
}

function listArguments(graph: Deno.PointerValue, type: string): readonly (string | null)[] {
  let lists = argumentsByOp.get(type);
  if (lists) return lists;
  const buffer = api().TF_NewBuffer();
  try {
    checked(
      `look up the op ${type}`,
      (status) => api().TF_GraphGetOpDef(graph, cString(type), buffer, status),
    );
    const definition = opDefs().deserializeBinary(bufferBytes(buffer));
    lists = definition.getInputArgList().map((arg) => arg.getNumberAttr() || arg.getTypeListAttr() || null);
    argumentsByOp.set(type, lists);
    return lists;
  } finally {
    api().TF_DeleteBuffer(buffer);
  }
}

/** tfjs-node carries TensorFlow's protocol buffers, generated. */
function opDefs(): { deserializeBinary(bytes: Uint8Array): OpDef } {
  return createRequire(import.meta.url)("@tensorflow/tfjs-node/dist/proto/api_pb.js").OpDef;
}
