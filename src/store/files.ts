import { syncFolder, writeAll } from "../core/files.ts";

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

/** Writes a new file; its bytes are on the disk when this returns. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  using file = await Deno.open(path, { write: true, createNew: true });
  await writeAll(file, bytes);
  await file.sync();
}

/** Removes the files of a folder that were last written more than `age` milliseconds ago. */
export async function removeOlderThan(folder: string, age: number): Promise<void> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    const written = (await Deno.stat(path).catch(() => null))?.mtime?.getTime();
    if (written !== undefined && Date.now() - written > age) await Deno.remove(path).catch(() => {});
  }
}
