export interface LockOptions {
  readonly signal?: AbortSignal;
  /** Called four times a second while another holds the lock. */
  readonly waiting?: () => void;
}

/**
 * Runs `work` while it alone, of all processes of the machine, holds the lock file at `path`, whose folder must exist.
 * The lock is an `flock`: it ends with its process, however that dies, and never needs to be removed by hand.
 * @throws The reason of the signal if it is aborted while waiting, or the error of the file system
 */
export async function withFileLock<Value>(
  path: string,
  options: LockOptions,
  work: () => Promise<Value>,
): Promise<Value> {
  const file = await acquire(path, options);
  try {
    return await work();
  } finally {
    await Deno.remove(path).catch(() => {}); // while it is held: see isAt
    file.close();
  }
}

async function acquire(path: string, { signal, waiting }: LockOptions): Promise<Deno.FsFile> {
  for (;;) {
    signal?.throwIfAborted();
    const file = await Deno.open(path, { read: true, write: true, create: true });
    if (await isOurs(file, path)) return file;
    file.close();
    waiting?.();
    await pause(250, signal);
  }
}

async function isOurs(file: Deno.FsFile, path: string): Promise<boolean> {
  try {
    return await file.tryLock(true) && await isAt(file, path);
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Its last holder removes the file: a lock on a file that is no longer at its path excludes nobody. */
async function isAt(file: Deno.FsFile, path: string): Promise<boolean> {
  const there = await Deno.stat(path).catch(() => null);
  return there !== null && there.ino === (await file.stat()).ino;
}

/** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as that is aborted. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => (clearTimeout(timer), reject(signal!.reason));
    const timer = setTimeout(() => (signal?.removeEventListener("abort", stop), resolve()), ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
