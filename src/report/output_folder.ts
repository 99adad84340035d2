import { UserError } from "../core/diagnostic.ts";
import { type Digest, sha256 } from "../core/digest.ts";

/** How a file looked after it was written. */
export interface FileState {
  readonly size: number;
  readonly mtime: number;
  readonly digest: Digest;
}

/** The folder of a pipeline's files. Paths are relative to it and made by `paths.ts`. */
export class OutputFolder {
  constructor(readonly root: string) {}

  /** Whether a file is as it was, judged by size and time: nothing is read. */
  looksAsWritten(path: string, { size, mtime }: FileState): boolean {
    const found = statOrNull(`${this.root}/${path}`);
    return found !== null && found.isFile && found.size === size && found.mtime?.getTime() === mtime;
  }

  /**
   * Puts a file in place whole or not at all. One that has this content already is left as it is.
   * @throws {UserError} If the file system refuses
   */
  async write(path: string, bytes: Uint8Array): Promise<FileState & { readonly changed: boolean }> {
    const full = `${this.root}/${path}`;
    return await explained("write", full, async () => {
      const digest = sha256(bytes);
      const changed = statOrNull(full)?.size !== bytes.length || await digestOfFile(full) !== digest;
      if (changed) await this.#replace(path, bytes);
      const { size, mtime } = await Deno.stat(full);
      return { size, mtime: mtime?.getTime() ?? 0, digest, changed };
    });
  }

  /**
   * Removes a file that still has the content that was written, and folders that this leaves empty.
   * @returns Whether there is no such file any more; one that was changed by hand stays
   */
  async remove(path: string, { digest }: FileState): Promise<boolean> {
    const full = `${this.root}/${path}`;
    return await explained("remove", full, async () => {
      if (statOrNull(full) === null) return true;
      await this.#checkInside(path);
      if (await digestOfFile(full) !== digest) return false;
      await Deno.remove(full);
      await this.#removeEmptyParents(path);
      return true;
    });
  }

  /** The name of the temporary file is always the same, so that one left by a killed process is used again. */
  async #replace(path: string, bytes: Uint8Array): Promise<void> {
    const full = `${this.root}/${path}`;
    await Deno.mkdir(parentOf(full), { recursive: true });
    await this.#checkInside(path);
    const temporary = `${full}.part`;
    try {
      await Deno.writeFile(temporary, bytes);
      await Deno.rename(temporary, full);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {});
      throw error;
    }
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
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    throw error;
  }
}

async function digestOfFile(path: string): Promise<Digest> {
  return sha256(await Deno.readFile(path));
}

/** Tells what the file system refused, for the user. */
async function explained<Value>(action: string, path: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, action, path);
  }
}

/** A failure of the file system as a UserError; other errors as they are. */
export function fileError(error: unknown, action: string, path: string): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const code = error instanceof Deno.errors.NotCapable ? "EACCES" : (error as { code?: string }).code;
  if (code === undefined) return error;
  const [state, help] = REFUSALS[code] ??
    [error.message, "see that the folder can be written, and run again"];
  return new UserError(`Cannot ${action} "${path}": ${state}`, help);
}

const FULL = ["the disk is full", "free some space, and run again: stored results are kept"] as const;
const FORBIDDEN = ["this process may not write there", "make the folder writable, and run again"] as const;
const IN_THE_WAY = [
  "a file stands where a folder is needed, or a folder where a file is",
  "move it away, and run again",
] as const;

const REFUSALS: Readonly<Record<string, readonly [state: string, help: string]>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: FORBIDDEN,
  ENOTDIR: IN_THE_WAY,
  EEXIST: IN_THE_WAY,
  EISDIR: IN_THE_WAY,
  ENOTEMPTY: IN_THE_WAY,
};
