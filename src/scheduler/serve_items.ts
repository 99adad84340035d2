import { UserError } from "../core/diagnostic.ts";
import type { Json } from "../core/json.ts";
import type { ItemRun, ItemsKind, ObjectWriter, StageKind } from "../core/stage_kind.ts";
import { StoreError } from "../store/errors.ts";
import { type FromEngine, MessageWriter, readLines, type SentError, type ToEngine } from "./protocol.ts";
import { TrackedObjects } from "./tracked_objects.ts";

/**
 * The engine process: runs the items that the head sends, several at once, until the head says stop or is gone. It
 * writes objects itself and answers with outcomes. Standard output belongs to the answers: nothing else may be written
 * to it.
 */
export async function serveItems(kinds: readonly StageKind[], objects: ObjectWriter): Promise<void> {
  Deno.addSignalListener("SIGINT", () => {}); // Ctrl-C reaches the whole group; the head decides what it means
  console.log = console.info = console.debug = console.error;
  const head = new MessageWriter<FromEngine>(Deno.stdout.writable);
  const loaded = new Map<string, Promise<ItemRun<Json, Json>>>();
  const load = (kind: string) => {
    if (!loaded.has(kind)) loaded.set(kind, itemsKind(kinds, kind).load());
    return loaded.get(kind)!;
  };
  const stopping = new AbortController();
  await head.write({ type: "ready" });
  for await (const line of readLines(Deno.stdin.readable)) {
    const message = JSON.parse(line) as ToEngine;
    if (message.type === "stop") break;
    runItem(message, load, objects, head, stopping.signal).catch(() => Deno.exit(1)); // the head is gone
  }
  stopping.abort();
}

async function runItem(
  { id, kind, work }: Extract<ToEngine, { type: "run" }>,
  load: (kind: string) => Promise<ItemRun<Json, Json>>,
  objects: ObjectWriter,
  head: MessageWriter<FromEngine>,
  signal: AbortSignal,
): Promise<void> {
  const tracked = new TrackedObjects(objects);
  const progress = (done: number, note: string) => void head.write({ type: "progress", id, done, note });
  let answer: FromEngine;
  try {
    const outcome = await (await load(kind))(work, {
      objects: tracked,
      signal,
      progress,
      states: [],
      save: () => Promise.resolve(),
    });
    answer = { type: "outcome", id, outcome, objects: [...tracked.written] };
  } catch (error) {
    answer = { type: "error", id, error: sentError(error) };
  }
  await head.write(answer);
}

function itemsKind(kinds: readonly StageKind[], name: string): ItemsKind {
  const kind = kinds.find((kind) => kind.name === name);
  if (kind?.contract !== "items") throw new TypeError(`Cannot run items of kind "${name}": it has none`);
  return kind;
}

function sentError(error: unknown): SentError {
  if (error instanceof UserError) {
    const { message, help } = error;
    return { source: error instanceof StoreError ? "store" : "user", message, help };
  }
  if (error instanceof Error) return { source: "bug", message: error.message, stack: error.stack };
  return { source: "bug", message: String(error) };
}
