import { createHash, type Hash } from "node:crypto";
import { dirname } from "node:path";
import type { Digest } from "./digest.ts";
import { fileError } from "./file_failure.ts";

/**
 * SHA-256 of a file, read in pieces.
 * @throws The error of the file system, or the reason of the aborted signal
 */
export async function fileSha256(path: string, signal?: AbortSignal): Promise<Digest> {
  using file = await Deno.open(path);
  const hash = createHash("sha256");
  await hashBytes(file, Infinity, hash, signal);
  return hash.digest("hex") as Digest;
}

/**
 * Feeds up to `count` bytes of a file, from where it stands, to a hash.
 * @returns How many bytes there were
 */
export async function hashBytes(
  file: Deno.FsFile,
  count: number,
  hash: Hash,
  signal?: AbortSignal,
): Promise<number> {
  const buffer = new Uint8Array(1 << 20);
  let done = 0;
  while (done < count) {
    signal?.throwIfAborted();
    const read = await file.read(buffer.subarray(0, Math.min(buffer.length, count - done)));
    if (read === null) break;
    hash.update(buffer.subarray(0, read));
    done += read;
  }
  return done;
}

export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
}

/**
 * Puts a file with this content at a path, in place of what is there: whole, or not at all. Folders that lead there are
 * made. Where several processes do so at once, one of their files is there afterwards.
 * @throws The error of the file system
 */
export async function replaceFile(path: string, ...parts: readonly Uint8Array[]): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${crypto.randomUUID()}`;
  try {
    for (const part of parts) await Deno.writeFile(temporary, part, { append: true });
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/** Makes the names in a folder durable: after a rename. Systems that cannot open a folder do without. */
export async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using folder = await Deno.open(path);
  await folder.sync();
}

/** What stands at a path, or null if nothing does. */
export async function statIfThere(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

/** Awaits `work` in the cache folder and tells a failure of the file system to the user; other errors pass as they are. */
export async function explained<Value>(doing: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, doing, CACHE_HELP);
  }
}

/**
 * Bytes for people, in powers of 1000.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(formatBytes(273_829_956), "273.8 MB");
 * ```
 */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB", "TB"];
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

const CACHE_HELP = {
  full: "free some space, or set WEFT_CACHE to a folder on another disk, then run again",
  forbidden: "make the folder writable, or set WEFT_CACHE to one that is",
  inTheWay: "move it away, or set WEFT_CACHE to another folder",
  other: "see that the folder can be used, or set WEFT_CACHE to another",
};
