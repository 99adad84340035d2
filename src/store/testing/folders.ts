/** A folder for a store, and one for what can be made again, as long as a test needs them. */
export interface Folders {
  readonly root: string;
  readonly cache: string;
}

export async function withFolders(test: (folders: Folders) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test({ root: `${folder}/store`, cache: `${folder}/cache` });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export function objectPath(root: string, digest: string): string {
  return `${root}/objects/${digest.slice(0, 2)}/${digest.slice(2)}`;
}

/** Changes one bit of a file. Its time becomes another, however coarse the clock of the file system is. */
export async function flipBit(path: string, byte: number, bit = 0): Promise<void> {
  const content = await Deno.readFile(path);
  content[byte]! ^= 1 << bit;
  await Deno.writeFile(path, content);
  await setLater(path);
}

/** While it lasts, the disk has room for so many bytes of records. */
export function fullDisk(room: number): Disposable {
  const { writeSync } = Deno.FsFile.prototype;
  Deno.FsFile.prototype.writeSync = function (bytes) {
    if (room === 0) throw Object.assign(new Error("No space left on device"), { code: "ENOSPC" });
    const written = writeSync.call(this, bytes.subarray(0, room));
    room -= written;
    return written;
  };
  return { [Symbol.dispose]: () => void (Deno.FsFile.prototype.writeSync = writeSync) };
}

/** Moves a file's time into the future, by less than a minute. */
export async function setLater(path: string): Promise<void> {
  const time = new Date(Date.now() + 1000 + Math.floor(50_000 * Math.random()));
  await Deno.utime(path, time, time);
}
