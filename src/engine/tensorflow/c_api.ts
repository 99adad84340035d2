/**
 * TensorFlow's C API over Deno FFI: the functions that weft calls, opened once per process.
 * @see tensorflow/c/c_api.h of TensorFlow 2.21
 */

/** Numbers of TF_DataType. */
export const DataType = {
  float32: 1,
  int32: 3,
  uint8: 4,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  quint8: 12,
  resource: 20,
  uint64: 23,
};

const output = { struct: ["pointer", "i32", "i32"] } as const; // TF_Output: operation, index, padding

const sessionRun = {
  parameters: [
    "pointer", // session
    "pointer", // run options
    "buffer", // inputs: TF_Output[]
    "buffer", // values: TF_Tensor*[]
    "i32",
    "buffer", // outputs: TF_Output[]
    "buffer", // values out: TF_Tensor*[]
    "i32",
    "buffer", // targets: TF_Operation*[]
    "i32",
    "pointer", // run metadata
    "pointer", // status
  ],
  result: "void",
} as const;

const symbols = {
  TF_Version: { parameters: [], result: "pointer" },
  TF_NewStatus: { parameters: [], result: "pointer" },
  TF_DeleteStatus: { parameters: ["pointer"], result: "void" },
  TF_GetCode: { parameters: ["pointer"], result: "i32" },
  TF_Message: { parameters: ["pointer"], result: "pointer" },

  TF_AllocateTensor: { parameters: ["i32", "buffer", "i32", "usize"], result: "pointer" },
  TF_DeleteTensor: { parameters: ["pointer"], result: "void" },
  TF_TensorData: { parameters: ["pointer"], result: "pointer" },
  TF_TensorByteSize: { parameters: ["pointer"], result: "usize" },
  TF_NumDims: { parameters: ["pointer"], result: "i32" },
  TF_Dim: { parameters: ["pointer", "i32"], result: "i64" },

  TF_NewGraph: { parameters: [], result: "pointer" },
  TF_DeleteGraph: { parameters: ["pointer"], result: "void" },
  TF_NewOperation: { parameters: ["pointer", "buffer", "buffer"], result: "pointer" },
  TF_FinishOperation: { parameters: ["pointer", "pointer"], result: "pointer" },
  TF_AddInput: { parameters: ["pointer", output], result: "void" },
  TF_AddInputList: { parameters: ["pointer", "buffer", "i32"], result: "void" },
  TF_AddControlInput: { parameters: ["pointer", "pointer"], result: "void" },
  TF_SetAttrInt: { parameters: ["pointer", "buffer", "i64"], result: "void" },
  TF_SetAttrFloat: { parameters: ["pointer", "buffer", "f32"], result: "void" },
  TF_SetAttrBool: { parameters: ["pointer", "buffer", "u8"], result: "void" },
  TF_SetAttrType: { parameters: ["pointer", "buffer", "i32"], result: "void" },
  TF_SetAttrTypeList: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrIntList: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrString: { parameters: ["pointer", "buffer", "buffer", "usize"], result: "void" },
  TF_SetAttrStringList: {
    parameters: ["pointer", "buffer", "buffer", "buffer", "i32"],
    result: "void",
  },
  TF_SetAttrShape: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrTensor: { parameters: ["pointer", "buffer", "pointer", "pointer"], result: "void" },
  TF_SetAttrFuncName: { parameters: ["pointer", "buffer", "buffer", "usize"], result: "void" },
  TF_OperationNumOutputs: { parameters: ["pointer"], result: "i32" },
  TF_OperationOutputType: { parameters: [output], result: "i32" },
  TF_GraphGetTensorNumDims: { parameters: ["pointer", output, "pointer"], result: "i32" },
  TF_GraphGetTensorShape: { parameters: ["pointer", output, "buffer", "i32", "pointer"], result: "void" },
  TF_GraphSetTensorShape: { parameters: ["pointer", output, "buffer", "i32", "pointer"], result: "void" },
  TF_GraphGetOpDef: { parameters: ["pointer", "buffer", "pointer", "pointer"], result: "void" },

  TF_GraphToFunction: {
    parameters: [
      "pointer", // graph
      "buffer", // name
      "u8", // append a hash to the name
      "i32", // number of operations; -1: all
      "pointer",
      "i32",
      "buffer", // inputs
      "i32",
      "buffer", // outputs
      "pointer", // names of the outputs
      "pointer", // options
      "pointer", // description
      "pointer", // status
    ],
    result: "pointer",
  },
  TF_GraphToGraphDef: { parameters: ["pointer", "pointer", "pointer"], result: "void" },
  TF_GraphCopyFunction: { parameters: ["pointer", "pointer", "pointer", "pointer"], result: "void" },
  TF_DeleteFunction: { parameters: ["pointer"], result: "void" },

  TF_NewBuffer: { parameters: [], result: "pointer" },
  TF_DeleteBuffer: { parameters: ["pointer"], result: "void" },

  TF_NewSessionOptions: { parameters: [], result: "pointer" },
  TF_DeleteSessionOptions: { parameters: ["pointer"], result: "void" },
  TF_SetConfig: { parameters: ["pointer", "buffer", "usize", "pointer"], result: "void" },
  TF_NewSession: { parameters: ["pointer", "pointer", "pointer"], result: "pointer" },
  TF_CloseSession: { parameters: ["pointer", "pointer"], result: "void" },
  TF_DeleteSession: { parameters: ["pointer", "pointer"], result: "void" },
  TF_SessionRun: { ...sessionRun, nonblocking: true }, // on a thread of its own; the event loop stays free
  TF_SessionRunHere: { ...sessionRun, name: "TF_SessionRun" },
} as const satisfies Deno.ForeignLibraryInterface;

type Library = Deno.DynamicLibrary<typeof symbols>;
let opened: { readonly path: string; readonly library: Library } | undefined;

/**
 * Opens libtensorflow, once per process, without the lines that it prints while it starts. Loading takes 0.2 s or more,
 * on a thread of its own: the caller can do other things meanwhile.
 * @param paths the framework library, which must be loaded first, and the library with the C API
 * @throws {Error} If a file cannot be loaded, or another library has been opened before
 */
export async function openTensorflow(
  paths: { readonly framework: string; readonly cc: string },
): Promise<void> {
  if (opened?.path === paths.cc) return;
  if (opened) throw new Error(`Cannot open "${paths.cc}": this process has already opened "${opened.path}"`);
  const library = await withoutStderr(async () => {
    await keepLoaded(paths);
    return Deno.dlopen(paths.cc, symbols);
  });
  opened = { path: paths.cc, library };
}

/** The functions of the opened library. */
export function api(): Library["symbols"] {
  if (!opened) throw new Error("Cannot call TensorFlow: openTensorflow() has not been called");
  return opened.library.symbols;
}

/**
 * Ends the process at once. TensorFlow's threads may be at work: Deno.exit() would free what they use, and the process
 * would crash, or hang for ever.
 */
export function exitAtOnce(code: number): never {
  openLibc({ _exit: { parameters: ["i32"], result: "void" } }).symbols._exit(code);
  throw new Error("Cannot be reached: _exit() does not return");
}

export function tensorflowVersion(): string {
  return Deno.UnsafePointerView.getCString(api().TF_Version()!);
}

/** Calls `body` with a fresh TF_Status and throws what it says afterwards. */
export function checked<Value>(action: string, body: (status: Deno.PointerValue) => Value): Value {
  const status = api().TF_NewStatus();
  try {
    const value = body(status);
    throwIfFailed(action, status);
    return value;
  } finally {
    api().TF_DeleteStatus(status);
  }
}

/** TensorFlow refused: its code (TF_Code: 3 invalid argument, 8 out of memory, ...) and its words. */
export class TensorflowError extends Error {
  override readonly name = "TensorflowError";
  constructor(action: string, readonly code: number, readonly reason: string) {
    super(`Cannot ${action}: ${reason}`);
  }
}

export function throwIfFailed(action: string, status: Deno.PointerValue): void {
  const code = api().TF_GetCode(status);
  if (code !== 0) {
    throw new TensorflowError(action, code, Deno.UnsafePointerView.getCString(api().TF_Message(status)!));
  }
}

/** A zero-terminated UTF-8 text. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

/** The bytes of a TF_Buffer { data, length, deallocator }, copied. */
export function bufferBytes(buffer: Deno.PointerValue): Uint8Array {
  const view = new Deno.UnsafePointerView(buffer!);
  const data = view.getPointer(0);
  const length = Number(view.getBigUint64(8));
  return data === null
    ? new Uint8Array()
    : new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(data, length).slice(0));
}

/**
 * Loads both for good: Deno closes its own handles when it ends, and TensorFlow crashes when it is unloaded. The first one
 * is small, and loaded at once; then this thread is free.
 */
async function keepLoaded(
  { framework, cc }: { readonly framework: string; readonly cc: string },
): Promise<void> {
  const dlopen = { parameters: ["buffer", "i32"], result: "pointer" } as const;
  const libc = openLibc({ dlopen, dlopenAside: { ...dlopen, name: "dlopen", nonblocking: true } });
  const [RTLD_LAZY, RTLD_NODELETE] = [1, Deno.build.os === "darwin" ? 0x80 : 0x1000];
  const mode = RTLD_LAZY | RTLD_NODELETE;
  const [first, second] = [cString(framework), cString(cc)];
  const whyNot = (path: string) => Deno.dlopen(path, {}); // throws it; the message of another thread is not to be had
  if (libc.symbols.dlopen(first, mode) === null) whyNot(framework);
  if (await libc.symbols.dlopenAside(second, mode) === null) whyNot(cc);
  libc.close();
}

function openLibc<Symbols extends Deno.ForeignLibraryInterface>(
  symbols: Symbols,
): Deno.DynamicLibrary<Symbols> {
  return Deno.dlopen(Deno.build.os === "darwin" ? "libSystem.dylib" : "libc.so.6", symbols);
}

/** XLA and the CPU feature guard write to file descriptor 2 while they load, before any log level applies. */
async function withoutStderr<Value>(body: () => Promise<Value>): Promise<Value> {
  const libc = openLibc({
    dup: { parameters: ["i32"], result: "i32" },
    dup2: { parameters: ["i32", "i32"], result: "i32" },
    open: { parameters: ["buffer", "i32"], result: "i32" },
    close: { parameters: ["i32"], result: "i32" },
  });
  const { dup, dup2, open, close } = libc.symbols;
  const [stderr, writeOnly] = [2, 1];
  const kept = dup(stderr);
  const nowhere = open(cString("/dev/null"), writeOnly);
  if (kept >= 0 && nowhere >= 0) dup2(nowhere, stderr);
  try {
    return await body();
  } finally {
    if (kept >= 0) dup2(kept, stderr);
    for (const descriptor of [kept, nowhere]) if (descriptor >= 0) close(descriptor);
    libc.close();
  }
}
