import { createHash } from "node:crypto";
import { hashBytes, writeAll } from "./files.ts";

/** What has arrived of a file, and the running hash of it. */
export class PartFile {
  size = 0;
  #hash = createHash("sha256");

  private constructor(readonly path: string, readonly file: Deno.FsFile) {}

  static async open(path: string, signal?: AbortSignal): Promise<PartFile> {
    const part = new PartFile(path, await Deno.open(path, { read: true, write: true, create: true }));
    try {
      part.size = await hashBytes(part.file, (await part.file.stat()).size, part.#hash, signal);
    } catch (error) {
      part.close();
      throw error;
    }
    return part;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await writeAll(this.file, bytes);
    this.#hash.update(bytes);
    this.size += bytes.length;
  }

  async restart(): Promise<void> {
    if (this.size > 0) await this.file.truncate(0);
    await this.file.seek(0, Deno.SeekMode.Start);
    this.#hash = createHash("sha256");
    this.size = 0;
  }

  digest(): string {
    return this.#hash.copy().digest("hex");
  }

  async sync(): Promise<void> {
    await this.file.sync();
  }

  close(): void {
    this.file.close();
  }
}
