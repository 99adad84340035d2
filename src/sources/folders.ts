import { basename, dirname, isAbsolute, relative, resolve } from "node:path";

/** Whether a path lies in one of some folders, links followed. @param folders without links */
export function isWithin(folders: readonly string[], path: string): boolean {
  const real = realPath(path);
  return folders.some((folder) => isBelow(folder, real));
}

/** Without links; of what is not there, the path that it would have. */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    const full = resolve(path);
    const folder = dirname(full);
    return folder === full ? full : resolve(realPath(folder), basename(full));
  }
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith("../") && !way.startsWith("..\\") && !isAbsolute(way);
}
