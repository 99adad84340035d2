import type { Json } from "../../core/json.ts";
import type { ItemContext, ItemRun, ObjectWriter } from "../../core/stage_kind.ts";
import { type FromEngine, MessageWriter, readMessages, type ToEngine } from "./protocol.ts";
import { receivedError, sentError } from "./sent_error.ts";
import { TrackedObjects } from "../tracked_objects.ts";

type RunMessage = Extract<ToEngine, { type: "run" }>;
/** What can be asked for, by the name of its kind. Each knows what work it is sent. */
// deno-lint-ignore no-explicit-any -- tasks of all kinds of work
export type Tasks = Readonly<Record<string, () => Promise<ItemRun<any, any>>>>;
type Load = (kind: string) => Promise<ItemRun<Json, Json>>;

/** How often the memory is told where the head cannot look at it, in milliseconds. */
const MEMORY_INTERVAL = 500;

/**
 * The engine process: runs the items that the head sends, several at once, until the head says stop or is gone. It
 * writes objects itself and answers with outcomes. Standard output belongs to the answers: nothing else should be
 * written to it.
 * @param exit Ends the process at once, whatever items are in it
 */
export async function serveItems(
  tasks: Tasks,
  objects: ObjectWriter,
  exit: (code: number) => never,
): Promise<never> {
  ignoreSignals();
  console.log = console.info = console.debug = console.error;
  const writer = new MessageWriter<FromEngine>(Deno.stdout.writable);
  const send = (message: FromEngine) => void writer.write(message).catch(() => exit(1)); // the head is gone
  const load = loader(tasks);
  const items = new Map<number, ServedItem>();
  send({ type: "ready" });
  const telling = Deno.build.os === "linux"
    ? undefined
    : setInterval(() => tellMemory(send), MEMORY_INTERVAL);
  for await (const message of readMessages<ToEngine>(Deno.stdin.readable, () => {})) {
    if (message.type === "stop") break;
    if (message.type === "run") {
      const item = new ServedItem(message, objects, send);
      items.set(message.id, item);
      item.run(load).finally(() => items.delete(message.id));
    } else items.get(message.id)?.take(message);
  }
  clearInterval(telling);
  return exit(0);
}

/** An item from its message to its answer. */
class ServedItem {
  readonly #objects: TrackedObjects;
  readonly #aborting = new AbortController();
  /** States on their way, by the number of their message. */
  readonly #saves = new Map<number, PromiseWithResolvers<void>>();
  #lastSave = 0;

  constructor(
    private readonly message: RunMessage,
    objects: ObjectWriter,
    private readonly send: (message: FromEngine) => void,
  ) {
    this.#objects = new TrackedObjects(objects, message.states);
  }

  async run(load: Load): Promise<void> {
    const { id, kind, work } = this.message;
    try {
      const run = await load(kind);
      const outcome = await run(work, this.#context());
      this.send({ type: "outcome", id, outcome, objects: this.#objects.neededBy(outcome) });
    } catch (error) {
      this.send({ type: "error", id, error: sentError(error) });
    }
  }

  take(message: Exclude<ToEngine, { type: "run" | "stop" }>): void {
    switch (message.type) {
      case "cancel":
        this.send({ type: "cancelling", id: message.id });
        return this.#aborting.abort(new DOMException("The item was asked to end", "AbortError"));
      case "saved":
        return this.#saves.get(message.save)?.resolve();
      case "save-failed":
        return this.#saves.get(message.save)?.reject(receivedError(message.error));
      default:
        return message satisfies never;
    }
  }

  #context(): ItemContext {
    const { id, states } = this.message;
    return {
      objects: this.#objects,
      signal: this.#aborting.signal,
      progress: (done, note) => this.send({ type: "progress", id, done, note }),
      states,
      save: (state, { lasting = false } = {}) => {
        this.#objects.keep(state);
        const save = ++this.#lastSave;
        const saving = Promise.withResolvers<void>();
        this.#saves.set(save, saving);
        this.send({ type: "save", id, save, state, lasting });
        return saving.promise.finally(() => this.#saves.delete(save));
      },
    };
  }
}

/** Ctrl-C and the like reach the whole process group: the head decides what they mean. */
function ignoreSignals(): void {
  const windows = ["SIGINT", "SIGBREAK"] as const;
  const others = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of Deno.build.os === "windows" ? windows : others) {
    Deno.addSignalListener(signal, () => {});
  }
}

function loader(tasks: Tasks): Load {
  const loaded = new Map<string, Promise<ItemRun<Json, Json>>>();
  return async (kind) => {
    const load = tasks[kind];
    if (load === undefined) throw new TypeError(`Cannot run items of kind "${kind}": it has none`);
    if (!loaded.has(kind)) loaded.set(kind, load());
    return await loaded.get(kind)!;
  };
}

function tellMemory(send: (message: FromEngine) => void): void {
  send({ type: "memory", bytes: Deno.memoryUsage().rss });
}
