import type { Digest } from "../core/digest.ts";
import type { Json } from "../core/json.ts";

/** What the head writes to the engine process: one JSON text a line. */
export type ToEngine =
  | { readonly type: "run"; readonly id: number; readonly kind: string; readonly work: Json }
  | { readonly type: "stop" };

/** What the engine process writes to the head. */
export type FromEngine =
  | { readonly type: "ready" }
  | { readonly type: "progress"; readonly id: number; readonly done: number; readonly note: string }
  | {
    readonly type: "outcome";
    readonly id: number;
    readonly outcome: Json;
    readonly objects: readonly Digest[];
  }
  | { readonly type: "error"; readonly id: number; readonly error: SentError };

/** A thrown error on its way to the head. */
export interface SentError {
  readonly message: string;
  /** user: told as it stands; store: no further result can be stored; bug: neither was foreseen. */
  readonly source: "user" | "store" | "bug";
  readonly help?: string;
  readonly stack?: string;
}

/** The texts between line feeds; what follows the last line feed is dropped, for its writer was cut off. */
export async function* readLines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
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
    return this.#writer.write(new TextEncoder().encode(`${JSON.stringify(message)}\n`));
  }
}
