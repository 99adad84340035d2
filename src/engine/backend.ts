/**
 * tfjs on a graph: the kernels of tfjs-node over a binding of ours that adds operations to a TensorFlow graph instead of
 * running them. An ordinary tfjs function, gradients and all, is thereby traced into TensorFlow's own form.
 */
import { createRequire } from "node:module";
import util from "node:util";
import type * as Tf from "@tensorflow/tfjs";
import { DataType } from "./tensorflow/c_api.ts";
import type { Attribute, Attributes, Graph, Output } from "./tensorflow/graph.ts";
import { type Dtype, NativeTensor, type TypedArray } from "./tensorflow/tensor.ts";

export type TfModule = typeof Tf;

/** The graph that tfjs code is traced into, and what its tensors stand for. */
interface Trace {
  readonly graph: Graph;
  readonly outputs: Output[];
}

let trace: Trace | undefined;
let loaded: { readonly tf: TfModule; readonly backend: NodeBackend } | undefined;

/** tfjs with the backend `tensorflow` registered. Loaded once; 0.1 s. */
export function loadTfjs(): TfModule {
  if (loaded) return loaded.tf;
  // tfjs-node calls two functions that Node.js 23 and Deno no longer have.
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray });
  const require = createRequire(import.meta.url);
  const tf = require("@tensorflow/tfjs") as TfModule;
  require("@tensorflow/tfjs-node/dist/register_all_kernels.js");
  const { NodeJSKernelBackend } = require("@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js");
  const backend = new NodeJSKernelBackend(binding, "@tensorflow/tfjs-node") as NodeBackend;
  tf.registerBackend("tensorflow", () => backend as never);
  useMatMul(tf);
  leaveOutWhatChangesNothing(tf);
  tf.enableProdMode();
  tf.setBackend("cpu"); // where nothing is traced, tfjs is its plain self
  loaded = { tf, backend };
  return tf;
}

/**
 * Runs `body` with tfjs on `graph`: what it computes becomes operations there.
 * `body` gets its inputs as tfjs tensors, and the outputs of the tensors that it returns come back.
 */
export function traceInto(
  graph: Graph,
  inputs: readonly Output[],
  body: (...inputs: Tf.Tensor[]) => Tf.Tensor[],
): Output[] {
  const tf = loadTfjs();
  if (trace) throw new Error("Cannot trace a function while another one is traced");
  const before = tf.getBackend();
  trace = { graph, outputs: [] };
  tf.setBackend("tensorflow");
  try {
    let outputs: Output[] = [];
    tf.tidy(() => {
      const tensors = body(...inputs.map(tensorOf));
      outputs = tensors.map(toOutput);
      tf.dispose(tensors); // tidy() spares those that are kept
    });
    return outputs;
  } finally {
    trace = undefined;
    tf.setBackend(before);
  }
}

/** Whether tfjs code runs into a graph now; if not, it runs eagerly on a backend of tfjs. */
export function isTracing(): boolean {
  return trace !== undefined;
}

/** Adds an operation that tfjs has no function for. Types and list lengths are inferred; only while tracing. */
export function operation(
  type: string,
  inputs: readonly Tf.Tensor[],
  attributes: Attributes = {},
): Tf.Tensor[] {
  return currentTrace().graph.value(type, inputs.map(toOutput), attributes).map(tensorOf);
}

/** The tfjs tensor that stands for an output of the graph that is traced now. */
export function tensorOf(output: Output): Tf.Tensor {
  return loaded!.backend.createOutputTensor(register(output));
}

function toOutput(tensor: Tf.Tensor): Output {
  const [id] = loaded!.backend.getInputTensorIds([tensor]);
  return currentTrace().outputs[id!]!;
}

function register(output: Output): TensorMetadata {
  const { outputs } = currentTrace();
  outputs.push(output);
  return { id: outputs.length - 1, shape: [...output.shape], dtype: output.dtype };
}

function currentTrace(): Trace {
  if (!trace) throw new Error("Cannot use the tensorflow backend outside of a trace: it has no eager mode");
  return trace;
}

interface TensorMetadata {
  id: number;
  shape: number[];
  dtype: number;
}

/** What we use of tfjs-node's NodeJSKernelBackend. */
interface NodeBackend {
  createOutputTensor(metadata: TensorMetadata): Tf.Tensor;
  getInputTensorIds(tensors: readonly Tf.Tensor[]): number[];
}

interface TFEOpAttr {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

const [ATTR_STRING, ATTR_INT, ATTR_FLOAT, ATTR_BOOL, ATTR_TYPE, ATTR_SHAPE, ATTR_RESOURCE] = [
  0,
  1,
  2,
  3,
  4,
  5,
  6,
];

/** tfjs-node's TFJSBinding (dist/tfjs_binding.d.ts), less what it needs to load saved models. */
const binding = {
  TF_FLOAT: DataType.float32,
  TF_INT32: DataType.int32,
  TF_INT64: DataType.int64,
  TF_BOOL: DataType.bool,
  TF_COMPLEX64: DataType.complex64,
  TF_STRING: DataType.string,
  TF_RESOURCE: DataType.resource,
  TF_UINT8: DataType.uint8,
  TF_ATTR_STRING: ATTR_STRING,
  TF_ATTR_INT: ATTR_INT,
  TF_ATTR_FLOAT: ATTR_FLOAT,
  TF_ATTR_BOOL: ATTR_BOOL,
  TF_ATTR_TYPE: ATTR_TYPE,
  TF_ATTR_SHAPE: ATTR_SHAPE,
  TF_ATTR_RESOURCE: ATTR_RESOURCE,
  isUsingGpuDevice: () => false,
  getNumOfTensors: () => trace?.outputs.length ?? 0,
  deleteTensor: () => {}, // the graph owns its operations
  tensorDataSync: () => {
    throw new Error("Cannot read a traced value: it has no data until the graph runs");
  },
  createTensor(shape: readonly number[], dtype: number, values: ArrayLike<number>): number {
    const constant = NativeTensor.from(typed(values, dtype), dtypeName(dtype), shape);
    try {
      return register(currentTrace().graph.constant(constant, dtype)).id;
    } finally {
      constant.free();
    }
  },
  executeOp(name: string, attributes: readonly TFEOpAttr[], inputIds: readonly number[]): TensorMetadata[] {
    const { graph, outputs } = currentTrace();
    const inputs = inputIds.map((id) => outputs[id]!);
    return graph.value(name, inputs, Object.fromEntries(attributes.map((a) => [a.name, toAttribute(a)]))).map(
      register,
    );
  },
};

function toAttribute({ name, type, value }: TFEOpAttr): Attribute {
  switch (type) {
    case ATTR_STRING:
      return { type: "string", value: value as string };
    case ATTR_INT:
      return Array.isArray(value) ? { type: "ints", value } : { type: "int", value: value as number };
    case ATTR_FLOAT:
      return { type: "float", value: value as number };
    case ATTR_BOOL:
      return { type: "bool", value: value as boolean };
    case ATTR_TYPE:
      return Array.isArray(value) ? { type: "dtypes", value } : { type: "dtype", value: value as number };
    case ATTR_SHAPE:
      return { type: "shape", value: value as number[] };
    default:
      throw new TypeError(`Cannot set the attribute "${name}": its type ${type} is none that a graph takes`);
  }
}

function dtypeName(dtype: number): Dtype {
  const entry = Object.entries(DataType).find(([, number]) => number === dtype);
  return entry![0] as Dtype;
}

/** tfjs hands over typed arrays or arrays of numbers; an int64 scalar comes as two int32 words, low one first. */
function typed(values: ArrayLike<number>, dtype: number): TypedArray {
  switch (dtype) {
    case DataType.float32:
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case DataType.int32:
      return values instanceof Int32Array ? values : Int32Array.from(values);
    case DataType.int64:
      return new BigInt64Array(Int32Array.from(values).buffer);
    default:
      return values instanceof Uint8Array ? values : Uint8Array.from(values);
  }
}

/** tfjs-node multiplies matrices by BatchMatMulV2, which is slower than MatMul. */
function useMatMul(tf: TfModule): void {
  replaceKernel(tf, "BatchMatMul", ({ a, b }, { transposeA, transposeB }) => {
    if (a!.shape.length !== 2 || b!.shape.length !== 2) return undefined;
    return operation("MatMul", [a!, b!], {
      transpose_a: { type: "bool", value: transposeA as boolean },
      transpose_b: { type: "bool", value: transposeB as boolean },
    })[0]!;
  });
}

/** tfjs's gradients reshape to the shape, and cast to the type, that there is already. */
function leaveOutWhatChangesNothing(tf: TfModule): void {
  const same = (x: Tf.Tensor) => tensorOf(toOutput(x));
  replaceKernel(tf, "Reshape", ({ x }, { shape }) => {
    const asked = tf.util.inferFromImplicitShape(shape as number[], x!.size);
    return tf.util.arraysEqual(asked, x!.shape) ? same(x!) : undefined;
  });
  replaceKernel(tf, "Cast", ({ x }, { dtype }) => x!.dtype === dtype ? same(x!) : undefined);
}

type Kernel = (
  inputs: Readonly<Record<string, Tf.Tensor>>,
  settings: Readonly<Record<string, unknown>>,
) => Tf.Tensor | undefined;

/** Where `kernel` gives nothing, the one of tfjs-node runs. */
function replaceKernel(tf: TfModule, kernelName: string, kernel: Kernel): void {
  const name = { kernelName, backendName: "tensorflow" };
  const given = tf.getKernel(name.kernelName, name.backendName);
  tf.unregisterKernel(name.kernelName, name.backendName);
  tf.registerKernel({
    ...name,
    kernelFunc: (args) =>
      kernel(args.inputs as Record<string, Tf.Tensor>, (args.attrs ?? {}) as Record<string, unknown>) ??
        given.kernelFunc(args),
  });
}
