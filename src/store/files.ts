import { syncFolder } from "../core/files.ts";

/** A file as it stands. */
export interface FileState {
  /** In bytes. */
  readonly size: number;
  /** Last modified, in milliseconds since 1970; 0 where the system does not tell. */
  readonly mtime: number;
}

/** Size and time of a file, or undefined where it is not there. */
export function fileState(path: string): FileState | undefined {
  try {
    const { size, mtime } = Deno.statSync(path);
    return { size, mtime: mtime?.getTime() ?? 0 };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.FilesystemLoop) {
      return undefined;
    }
    throw error;
  }
}

/** Names of what a folder holds, sorted; nothing where it is not there. */
export function namesIn(folder: string, is: (entry: Deno.DirEntry) => boolean = () => true): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(is).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Removes a file; it does not matter if it is not there, or may not be removed. */
export function removeIfPossible(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // as said
  }
}

/** Makes a folder in an existing one, durably; it may be there already. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw error;
  }
  await syncFolder(path.slice(0, path.lastIndexOf("/")));
}
