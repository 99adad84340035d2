import { type FileEntry, Uint8ArrayReader, ZipReader } from "@zip.js/zip.js/index-native.js";
import { badFile, MOST_BYTES, readBytes, reading } from "./own_files.ts";

/**
 * Arrays of a npz file, a zip archive with a npy file for each, as bytes of those.
 * @param names of the arrays
 * @returns in the order of the names
 * @throws {FileError} If the archive is damaged, or has no such array
 */
export async function readNpz(path: string, names: readonly string[]): Promise<Uint8Array[]> {
  const bytes = await readBytes(path);
  return await reading(path, async () => {
    const archive = new ZipReader(new Uint8ArrayReader(bytes), { useWebWorkers: false });
    try {
      const entries = await filesIn(archive, path);
      const arrays: Uint8Array[] = [];
      for (const name of names) arrays.push(await arrayOf(entries, name, path));
      return arrays;
    } finally {
      await archive.close();
    }
  });
}

async function filesIn(archive: ZipReader<unknown>, path: string): Promise<Map<string, FileEntry>> {
  try {
    const entries = (await archive.getEntries()).filter((entry) => !entry.directory);
    return new Map(entries.map((entry) => [entry.filename, entry]));
  } catch (error) {
    throw badFile(path, `it is no zip archive: ${(error as Error).message}`);
  }
}

async function arrayOf(
  entries: ReadonlyMap<string, FileEntry>,
  name: string,
  path: string,
): Promise<Uint8Array> {
  const entry = entries.get(`${name}.npy`);
  if (entry === undefined) throw noArray(path, name, [...entries.keys()]);
  if (entry.uncompressedSize > MOST_BYTES) {
    throw badFile(path, `array "${name}" has ${entry.uncompressedSize} bytes, more than ${MOST_BYTES}`);
  }
  try {
    return await unpacked(entry);
  } catch (error) {
    throw badFile(path, `array "${name}" cannot be unpacked: ${(error as Error).message}`);
  }
}

/** Takes no more memory than the archive announces. */
async function unpacked(entry: FileEntry): Promise<Uint8Array> {
  const bytes = new Uint8Array(entry.uncompressedSize);
  let done = 0;
  const write = (chunk: Uint8Array) => {
    if (done + chunk.length > bytes.length) throw new RangeError("it is longer than announced");
    bytes.set(chunk, done);
    done += chunk.length;
  };
  await entry.getData(new WritableStream({ write }), { useWebWorkers: false, checkSignature: true });
  if (done < bytes.length) throw new RangeError("it is shorter than announced");
  return bytes;
}

function noArray(path: string, name: string, files: readonly string[]): Error {
  const names = files.filter((file) => file.endsWith(".npy")).map((file) => file.slice(0, -".npy".length));
  const there = names.length === 0 ? "it holds no arrays" : `it holds ${names.join(", ")}`;
  const help = "name the arrays: { file: data.npz, images: x_train, labels: y_train }";
  return badFile(path, `it has no array "${name}": ${there}`, help);
}
