const TAIL_LINES = 12;
const TAIL_LENGTH = 64 * 1024;

/** What the engine processes write beside their messages: all of it in one file. */
export class EngineLog {
  #file: Promise<Deno.FsFile> | undefined;

  constructor(readonly path: string) {}

  /** The part of one process. */
  part(): LogPart {
    return new LogPart((text) => this.#write(new TextEncoder().encode(text)));
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.then((file) => file.close(), () => {});
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const file = await (this.#file ??= this.#open());
    for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
  }

  async #open(): Promise<Deno.FsFile> {
    await Deno.mkdir(this.path.slice(0, this.path.lastIndexOf("/")), { recursive: true });
    return await Deno.open(this.path, { write: true, create: true, truncate: true });
  }
}

/** What one process writes; the end of it stays in memory. */
export class LogPart {
  #tail = "";

  constructor(private readonly write: (text: string) => Promise<void>) {}

  /** Takes in a stream to its end. */
  async record(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) await this.add(text);
  }

  /** A log that cannot be written is no reason to stop. */
  async add(text: string): Promise<void> {
    this.#tail = (this.#tail + text).slice(-TAIL_LENGTH);
    await this.write(text).catch(() => {});
  }

  /** The end of it. */
  tail(): string {
    return this.#tail;
  }
}

/** The last lines of a log, for a message. */
export function lastLines(log: string): string {
  return log.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}

/** An error of an item, with the end of what its process wrote. */
export function withLog<Failed extends Error>(error: Failed, log: string): Failed {
  return log === "" ? error : Object.assign(error, { log });
}

/** What the process of an item that failed wrote, as far as it was kept; undefined: nothing, or it had none. */
export function logOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as Error & { readonly log?: string }).log : undefined;
}
