/** Locks on files (`flock`): each ends with its process, however that dies, and never needs to be removed by hand. */
import { pause } from "./pause.ts";

/** A lock that is held. */
export interface Held {
  release(): void;
}

export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called four times a second while another holds the lock. */
  readonly waiting?: () => void;
}

/**
 * Runs `work` while it alone, of all processes that reach it, holds the lock file at `path`, whose folder must exist.
 * Where the file system has no locks, it runs whoever else does.
 * @throws The reason of the signal if it is aborted while waiting, or the error of the file system
 */
export async function withFileLock<Value>(
  path: string,
  { signal, waiting }: LockOptions,
  work: () => Promise<Value>,
): Promise<Value> {
  signal?.throwIfAborted();
  for (;; await pause(250, signal)) {
    const held = takeFile(path);
    if (held === undefined) waiting?.();
    else {
      try {
        return await work();
      } finally {
        held.release();
      }
    }
  }
}

/**
 * Takes the file at `path` for its caller alone, of all processes that reach it. The file is there while it is taken;
 * one that a killed process left is taken like any other.
 * @param unlocked Called where the file system has no locks: the file is then taken whoever else has it
 * @returns undefined while another has it, be it in this process
 * @throws The error of the file system if the file cannot be made
 */
export function takeFile(path: string, unlocked = () => {}): Held | undefined {
  for (;;) {
    const file = Deno.openSync(path, { write: true, create: true });
    const isTaken = tryLock(file, "exclusive", unlocked);
    if (isTaken && isAt(file, path)) return { release: () => removeAndClose(path, file) };
    file.close();
    if (!isTaken) return undefined;
  }
}

/**
 * @param unlocked Called where the file system has no locks
 * @returns false while another holds a lock that excludes this one
 * @throws The error of the file system; the file is closed then
 */
export function tryLock(file: Deno.FsFile, mode: "shared" | "exclusive", unlocked = () => {}): boolean {
  try {
    return file.tryLockSync(mode === "exclusive");
  } catch (error) {
    if (!lacksLocks(error)) {
      file.close();
      throw error;
    }
    unlocked();
    return true;
  }
}

/** Its last holder removes the file: a lock on a file that is no longer at its path excludes nobody. */
export function isAt(file: Deno.FsFile, path: string): boolean {
  try {
    return Deno.statSync(path).ino === file.statSync().ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What systems answer where a file system, or the way it is mounted, has no locks. */
export function lacksLocks(error: unknown): boolean {
  const code = (error as { code?: string }).code ?? "";
  return error instanceof Deno.errors.NotSupported ||
    ["ENOTSUP", "EOPNOTSUPP", "ENOLCK", "ENOSYS"].includes(code);
}

/** In this order: whoever opens the file later finds that it is no longer at its path. */
function removeAndClose(path: string, file: Deno.FsFile): void {
  try {
    Deno.removeSync(path);
  } catch {
    // its folder is gone, or may not be written any more: the lock goes all the same
  } finally {
    file.close();
  }
}
