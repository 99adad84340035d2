import { api, checked, throwIfFailed } from "./c_api.ts";
import { type Graph, type Output, outputArray } from "./graph.ts";
import { NativeTensor } from "./tensor.ts";

/**
 * ConfigProto of a session, in protocol buffer's bytes.
 * One thread: two change the bits of some graphs, and cores are filled with models instead. A thread of TensorFlow's own
 * rather than the caller's: it flushes denormals to zero, without which Adam's moments of rarely lit pixels cost 40 % more.
 * No grappler: for these graphs its rewrites cost more than they gain, in time to start and a step.
 */
const CONFIG = new Uint8Array([
  ...[0x10, 1], // intra_op_parallelism_threads: 1
  ...[0x28, 1], // inter_op_parallelism_threads: 1
  ...[0x48, 1], // use_per_session_threads: true
  ...[0x52, 5, 0x52, 3, 0x98, 0x01, 1], // graph_options.rewrite_options.disable_meta_optimizer: true
]);

/** A graph that runs. It owns its variables, and is to be closed. */
export class Session {
  private readonly pointer: Deno.PointerObject;

  constructor(graph: Graph) {
    const options = api().TF_NewSessionOptions();
    try {
      checked(
        "configure a session",
        (status) => api().TF_SetConfig(options, CONFIG, BigInt(CONFIG.length), status),
      );
      this.pointer = checked(
        "open a session",
        (status) => api().TF_NewSession(graph.pointer, options, status),
      )!;
    } finally {
      api().TF_DeleteSessionOptions(options);
    }
  }

  /**
   * Runs what the outputs and the targets need. The event loop goes on meanwhile.
   * @returns a tensor for each output, owned by the caller
   * @throws {TensorflowError} If an operation fails
   */
  async run(
    feeds: readonly (readonly [Output, NativeTensor])[],
    outputs: readonly Output[] = [],
    targets: readonly Deno.PointerObject[] = [],
  ): Promise<NativeTensor[]> {
    const status = api().TF_NewStatus();
    // TensorFlow reads and writes these until the promise settles: the closure keeps them alive.
    const given = {
      inputs: outputArray(feeds.map(([place]) => place)),
      values: pointerArray(feeds.map(([, tensor]) => tensor.pointer)),
      outputs: outputArray(outputs),
      results: new BigUint64Array(Math.max(1, outputs.length)),
      targets: pointerArray(targets),
    };
    try {
      await api().TF_SessionRun(
        this.pointer,
        null,
        given.inputs,
        given.values,
        feeds.length,
        given.outputs,
        given.results,
        outputs.length,
        given.targets,
        targets.length,
        null,
        status,
      );
      throwIfFailed("run a graph", status);
      return Array.from(
        given.results.subarray(0, outputs.length),
        (address) => NativeTensor.adopt(Deno.UnsafePointer.create(address)),
      );
    } finally {
      api().TF_DeleteStatus(status);
    }
  }

  close(): void {
    checked("close a session", (status) => api().TF_CloseSession(this.pointer, status));
    checked("delete a session", (status) => api().TF_DeleteSession(this.pointer, status));
  }
}

function pointerArray(pointers: readonly Deno.PointerObject[]): BigUint64Array<ArrayBuffer> {
  const array = new BigUint64Array(Math.max(1, pointers.length));
  for (const [i, pointer] of pointers.entries()) array[i] = Deno.UnsafePointer.value(pointer);
  return array;
}
