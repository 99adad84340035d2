import type { Digest } from "../../core/digest.ts";
import type { Json } from "../../core/json.ts";
import type { SavedState } from "../../core/stage_kind.ts";
import type { SentError } from "./sent_error.ts";

/** What the head writes to the engine process. */
export type ToEngine =
  | {
    readonly type: "run";
    readonly id: number;
    readonly kind: string;
    readonly work: Json;
    readonly states: readonly SavedState[];
  }
  /** Asks an item to keep a state and end. */
  | { readonly type: "cancel"; readonly id: number }
  /** The state of the message `save` with this number is durable. */
  | { readonly type: "saved"; readonly id: number; readonly save: number }
  | { readonly type: "save-failed"; readonly id: number; readonly save: number; readonly error: SentError }
  | { readonly type: "stop" };

/** What the engine process writes to the head. */
export type FromEngine =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly id: number; readonly done: number; readonly note: string }
  | {
    readonly type: "save";
    readonly id: number;
    /** Counts the saves of the item. */
    readonly save: number;
    readonly state: SavedState;
    readonly lasting: boolean;
  }
  /** The item has been asked to end; whether it listens is up to it. */
  | { readonly type: "cancelling"; readonly id: number }
  | {
    readonly type: "outcome";
    readonly id: number;
    readonly outcome: Json;
    readonly objects: readonly Digest[];
  }
  | { readonly type: "error"; readonly id: number; readonly error: SentError }
  /** Resident memory of the process, where the head cannot look at it. */
  | { readonly type: "memory"; readonly bytes: number };

/**
 * Begins a message: what native code writes to the same stream can be told apart, even where it ends no line.
 * @see RFC 7464, JSON text sequences
 */
const BEGIN = "\x1e";

/**
 * The messages of a stream; one that was cut off by its end is dropped.
 * @param other Given all else that is written to it
 * @throws {SyntaxError} If something was written into the middle of a message
 */
export async function* readMessages<Message>(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  other: (text: string) => void,
): AsyncGenerator<Message> {
  for await (const line of readLines(stream)) {
    const begin = line.lastIndexOf(BEGIN);
    if (begin !== 0) other(begin < 0 ? `${line}\n` : line.slice(0, begin));
    if (begin >= 0) yield JSON.parse(line.slice(begin + 1)) as Message;
  }
}

/** Writes messages one after the other, in the order of the calls. */
export class MessageWriter<Message> {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(stream: WritableStream<Uint8Array>) {
    this.#writer = stream.getWriter();
  }

  /** Rejects when the reader is gone. */
  write(message: Message): Promise<void> {
    return this.#writer.write(new TextEncoder().encode(`${BEGIN}${JSON.stringify(message)}\n`));
  }

  async close(): Promise<void> {
    await this.#writer.close();
  }
}

/** The texts between line feeds; what follows the last line feed is dropped, for its writer was cut off. */
async function* readLines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  const begun: string[] = [];
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = text.split("\n");
    const rest = lines.pop()!;
    if (lines.length > 0) {
      yield begun.splice(0).join("") + lines[0]!;
      yield* lines.slice(1);
    }
    begun.push(rest);
  }
}
