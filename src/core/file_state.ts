import { createHash } from "node:crypto";
import type { Digest } from "./digest.ts";

/** What tells that files are the same as before without reading them. */
export interface FileState {
  /** SHA-256 of the size, times of change and inode of each file, and of the names in folders; however paths lead there. */
  readonly digest: Digest;
  /** When the last one changed, be it its name or its permissions, in milliseconds since 1970. */
  readonly changed: number;
  /** Links within a folder. */
  readonly links: readonly string[];
}

/**
 * The state of files and of folders with what is in them; of folders in folders, {@link MOST_LEVELS} deep.
 * @throws The error of the file system; NotFound if one of them is not there
 */
export function fileState(paths: readonly string[]): FileState {
  const hash = createHash("sha256");
  const links: string[] = [];
  let changed = 0;
  for (const [i, path] of paths.entries()) {
    for (const { path: inner, info, isLink } of filesAt(path, MOST_LEVELS)) {
      const times = [info?.mtime, info?.ctime].map((time) => time?.getTime() ?? 0);
      hash.update(
        `${JSON.stringify([i, inner.slice(path.length), info?.isFile, info?.size, info?.ino, ...times])}\n`,
      );
      changed = Math.max(changed, (info?.ctime ?? info?.mtime)?.getTime() ?? 0);
      if (isLink) links.push(inner);
    }
  }
  return { digest: hash.digest("hex") as Digest, changed, links };
}

/** How deep a folder is looked into: what lies deeper no reader takes. */
export const MOST_LEVELS = 4;

interface FoundFile {
  readonly path: string;
  /** Undefined for a link to nothing. */
  readonly info: Deno.FileInfo | undefined;
  readonly isLink: boolean;
}

function* filesAt(path: string, levels: number): Generator<FoundFile> {
  const info = Deno.statSync(path);
  yield { path, info, isLink: false };
  if (info.isDirectory) yield* filesIn(path, levels);
}

function* filesIn(folder: string, levels: number): Generator<FoundFile> {
  const entries = [...Deno.readDirSync(folder)].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, isSymlink: isLink } of entries) {
    const path = `${folder}/${name}`;
    const info = statIfAny(path);
    yield { path, info, isLink };
    if (info?.isDirectory && levels > 1) yield* filesIn(path, levels - 1);
  }
}

function statIfAny(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
