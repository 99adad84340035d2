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
  async run(feeds: Feeds, outputs: readonly Output[] = [], targets: Targets = []): Promise<NativeTensor[]> {
    const call = new Call(this.pointer, feeds, outputs, targets);
    await api().TF_SessionRun(...call.arguments);
    return call.results();
  }

  /**
   * The same on this thread, which waits: for what takes no time. TensorFlow compiles what a call needs when it is called
   * first, and each thread remembers which operations it has seen, which are slow to find. Threads of calls that do not
   * block come and go: of a model that is new to them, each spent 30 ms on that.
   */
  runHere(feeds: Feeds, outputs: readonly Output[] = [], targets: Targets = []): NativeTensor[] {
    const call = new Call(this.pointer, feeds, outputs, targets);
    api().TF_SessionRunHere(...call.arguments);
    return call.results();
  }

  close(): void {
    checked("close a session", (status) => api().TF_CloseSession(this.pointer, status));
    checked("delete a session", (status) => api().TF_DeleteSession(this.pointer, status));
  }
}

export type Feeds = readonly (readonly [Output, NativeTensor])[];
type Targets = readonly Deno.PointerObject[];

/** What TensorFlow reads and writes while it runs. Whoever calls it keeps this alive. */
class Call {
  private readonly status = api().TF_NewStatus();
  private readonly addresses: BigUint64Array<ArrayBuffer>;
  readonly arguments;

  constructor(session: Deno.PointerObject, feeds: Feeds, outputs: readonly Output[], targets: Targets) {
    this.addresses = new BigUint64Array(Math.max(1, outputs.length));
    this.arguments = [
      session,
      null,
      outputArray(feeds.map(([place]) => place)),
      pointerArray(feeds.map(([, tensor]) => tensor.pointer)),
      feeds.length,
      outputArray(outputs),
      this.addresses,
      outputs.length,
      pointerArray(targets),
      targets.length,
      null,
      this.status,
    ] as const;
  }

  /** To be asked for once, afterwards. @throws {TensorflowError} If an operation failed */
  results(): NativeTensor[] {
    try {
      throwIfFailed("run a graph", this.status);
    } finally {
      api().TF_DeleteStatus(this.status);
    }
    const [, , , , , , , count] = this.arguments;
    return Array.from(
      this.addresses.subarray(0, count),
      (address) => NativeTensor.adopt(Deno.UnsafePointer.create(address)),
    );
  }
}

function pointerArray(pointers: readonly Deno.PointerObject[]): BigUint64Array<ArrayBuffer> {
  const array = new BigUint64Array(Math.max(1, pointers.length));
  for (const [i, pointer] of pointers.entries()) array[i] = Deno.UnsafePointer.value(pointer);
  return array;
}
