import { statfsSync } from "node:fs"; // 20 ms to load: what only reads and writes is in files.ts
import { dirname } from "node:path";
import { UserError } from "./diagnostic.ts";
import { formatBytes } from "./files.ts";

/**
 * Bytes free for this user on the disk of a path, which need not exist yet; null where the system does not tell
 * (Deno asks for `--allow-sys=statfs`).
 */
export function freeBytes(path: string): number | null {
  for (let folder = path;; folder = dirname(folder)) {
    try {
      const disk = statfsSync(folder);
      return disk.bavail * disk.bsize;
    } catch (error) {
      const absent = (error as { code?: string }).code === "ENOENT" || error instanceof Deno.errors.NotFound;
      if (!absent || folder === dirname(folder)) return null;
    }
  }
}

/**
 * Says before a large write that it would fill the disk.
 * @param doing Names the action and the thing: `download MNIST`
 * @throws {UserError} If fewer than `needed` bytes are known to be free at `path`
 */
export function checkFreeSpace(
  path: string,
  needed: number,
  doing: string,
  free: number | null = freeBytes(path),
): void {
  if (free === null || free >= needed) return;
  throw new UserError(
    `Cannot ${doing}: it needs ${formatBytes(needed)} on the disk of "${path}", where ${
      formatBytes(free)
    } are free`,
    "free some space, or set WEFT_CACHE to a folder on another disk",
  );
}
