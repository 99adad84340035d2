const TAIL_LINES = 12;
const TAIL_LENGTH = 4000;

/** What the engine process writes to standard error: all of it in a file, the last lines in memory. */
export class EngineLog {
  #file: Promise<Deno.FsFile> | undefined;
  #tail = "";

  constructor(readonly path: string) {}

  /** Takes in a stream to its end. */
  async record(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    this.#tail = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) await this.add(text);
  }

  /** A log that cannot be written is no reason to stop. */
  async add(text: string): Promise<void> {
    this.#tail = (this.#tail + text).slice(-TAIL_LENGTH);
    await this.#write(new TextEncoder().encode(text)).catch(() => {});
  }

  /** The last lines of the latest stream. */
  tail(): string {
    return this.#tail.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
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
