import { createHash } from "node:crypto";
import { UserError } from "../core/diagnostic.ts";
import type { Digest } from "../core/digest.ts";
import { fileError } from "../core/file_failure.ts";
import { withFileLock } from "../core/file_lock.ts";
import { fileSha256, writeAll } from "../core/files.ts";

/** How a file looked after it was written. */
export interface FileState {
  readonly size: number;
  readonly mtime: number;
  readonly digest: Digest;
}

/** What a file is to hold: bytes, or a text in pieces, which may be long. */
export type Content = Uint8Array | Iterable<string>;

/** The one who holds it writes the folder. */
const LOCK = ".lock";
/** Files before they are in their places. */
const UNFINISHED = ".unfinished";

/** The folder of a pipeline's files. Paths are relative to it and made by `paths.ts`. */
export class OutputFolder {
  constructor(readonly root: string) {}

  /** Whether a file is as it was, judged by size and time: nothing is read. */
  looksAsWritten(path: string, { size, mtime }: FileState): boolean {
    try {
      const found = statOrNull(`${this.root}/${path}`);
      return found !== null && found.isFile && found.size === size && found.mtime?.getTime() === mtime;
    } catch {
      return false; // writing it tells why
    }
  }

  /** Whether a process is writing the folder, or was killed while it did. */
  hasUnfinished(): boolean {
    return statOrNull(`${this.root}/${UNFINISHED}`) !== null || statOrNull(`${this.root}/${LOCK}`) !== null;
  }

  /**
   * Does `work` while no other process writes the folder. What one that was killed left unfinished is removed.
   * @throws {UserError} If the file system refuses
   */
  async alone<Value>(work: () => Promise<Value>): Promise<Value> {
    const unfinished = `${this.root}/${UNFINISHED}`;
    return await explained(`write "${this.root}"`, async () => {
      await Deno.mkdir(this.root, { recursive: true });
      return await withFileLock(`${this.root}/${LOCK}`, {}, async () => {
        await removeIfAny(unfinished);
        try {
          return await work();
        } finally {
          await removeIfAny(unfinished);
        }
      });
    });
  }

  /**
   * Puts a file in place whole or not at all; only inside of {@link alone}. One that has this content already is left as
   * it is.
   * @throws {UserError} If the file system refuses
   */
  async write(path: string, content: Content): Promise<FileState & { readonly changed: boolean }> {
    const full = `${this.root}/${path}`;
    return await explained(`write "${full}"`, async () => {
      const made = await this.#writeBeside(content);
      const changed = statOrNull(full)?.size !== made.size || await fileSha256(full) !== made.digest;
      if (changed) await this.#replace(path, made.path);
      const { size, mtime } = await Deno.stat(full);
      return { size, mtime: mtime?.getTime() ?? 0, digest: made.digest, changed };
    });
  }

  /**
   * Removes a file that still has the content that was written, and folders that this leaves empty.
   * @returns Whether there is no such file any more; one that was changed by hand stays
   */
  async remove(path: string, { digest }: FileState): Promise<boolean> {
    const full = `${this.root}/${path}`;
    return await explained(`remove "${full}"`, async () => {
      if (statOrNull(full) === null) return true;
      await this.#checkInside(path);
      if (await fileSha256(full) !== digest) return false;
      await Deno.remove(full);
      await this.#removeEmptyParents(path);
      return true;
    });
  }

  async #writeBeside(content: Content): Promise<{ path: string; size: number; digest: Digest }> {
    const path = `${this.root}/${UNFINISHED}/file`;
    await Deno.mkdir(parentOf(path), { recursive: true });
    using file = await Deno.open(path, { write: true, create: true, truncate: true });
    const hash = createHash("sha256");
    let size = 0;
    for (const bytes of bytesOf(content)) {
      hash.update(bytes);
      size += bytes.length;
      await writeAll(file, bytes);
    }
    return { path, size, digest: hash.digest("hex") as Digest };
  }

  async #replace(path: string, made: string): Promise<void> {
    const full = `${this.root}/${path}`;
    await Deno.mkdir(parentOf(full), { recursive: true });
    await this.#checkInside(path);
    await Deno.rename(made, full);
  }

  /** Links inside the folder must not lead out of it; the folder itself may be a link to a larger disk. */
  async #checkInside(path: string): Promise<void> {
    const [root, parent] = await Promise.all([
      Deno.realPath(this.root),
      Deno.realPath(parentOf(`${this.root}/${path}`)),
    ]);
    if (`${parent}/`.startsWith(`${root}/`)) return;
    throw new UserError(
      `Cannot write "${this.root}/${path}": a link leads out of the folder, to "${parent}"`,
      "remove the link; to keep results elsewhere, make the whole outputs folder a link",
    );
  }

  async #removeEmptyParents(path: string): Promise<void> {
    for (let folder = parentOf(path); folder !== ""; folder = parentOf(folder)) {
      const full = `${this.root}/${folder}`;
      for await (const _ of Deno.readDir(full)) return;
      await Deno.remove(full);
    }
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function statOrNull(path: string): Deno.FileInfo | null {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (IS_NOT_THERE.some((Kind) => error instanceof Kind)) return null;
    throw error;
  }
}
const IS_NOT_THERE = [Deno.errors.NotFound, Deno.errors.NotADirectory, Deno.errors.FilesystemLoop];

function* bytesOf(content: Content): Iterable<Uint8Array> {
  if (content instanceof Uint8Array) return yield content;
  const encoder = new TextEncoder();
  for (const piece of content) yield encoder.encode(piece);
}

async function removeIfAny(folder: string): Promise<void> {
  if (statOrNull(folder) !== null) await Deno.remove(folder, { recursive: true });
}

async function explained<Value>(doing: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, doing, OUTPUT_HELP);
  }
}

/** What to do where the folder of a pipeline's files cannot be used. */
export const OUTPUT_HELP = {
  full: "free some space, and run again: stored results are kept",
  forbidden: "make the folder readable and writable, and run again",
  inTheWay: "move it away, and run again",
  other: "see that the folder can be written, and run again",
};
