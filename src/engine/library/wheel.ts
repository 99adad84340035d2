import { createHash } from "node:crypto";
import { dirname } from "node:path";
import { type FileEntry, Reader, ZipReader } from "@zip.js/zip.js/index-native.js";
import { UserError } from "../../core/diagnostic.ts";
import { explained, syncFolder, writeAll } from "../../core/files.ts";
import type { LibraryPlatform, PinnedFile } from "./platforms.ts";

export interface ExtractOptions {
  readonly signal?: AbortSignal;
  /** Bytes written, of all. */
  readonly progress?: (done: number, total: number) => void;
  /** Opens a new file for writing. */
  readonly create?: (path: string) => Promise<Deno.FsFile>;
}

/**
 * Takes the two files of libtensorflow out of a wheel into `folder`, which appears whole and verified or not at all:
 * they are written to `<folder>.partial`, which is then renamed. The caller keeps others away from both.
 * @throws {UserError} If the wheel is damaged or another one, or the disk does not take the files
 * @throws The signal's reason if it is aborted
 */
export async function extractLibrary(
  wheel: string,
  platform: LibraryPlatform,
  folder: string,
  options: ExtractOptions = {},
): Promise<void> {
  const partial = `${folder}.partial`;
  await explained(`unpack "${wheel}" to "${folder}"`, async () => {
    await removeFolder(partial);
    try {
      await Deno.mkdir(partial);
      await extractFiles(wheel, platform, partial, options);
      await syncFolder(partial);
      await removeFolder(folder); // what is there was no installation
      await Deno.rename(partial, folder);
    } finally {
      await removeFolder(partial);
    }
    await syncFolder(dirname(folder));
  });
}

async function extractFiles(
  wheel: string,
  platform: LibraryPlatform,
  folder: string,
  options: ExtractOptions,
): Promise<void> {
  using file = await openWheel(wheel);
  const pins = [platform.framework, platform.cc];
  const entries = await entriesOf(file, wheel);
  const found = pins.map((pin) => ({ pin, entry: checkedEntry(entries, pin, wheel, platform) }));
  const total = pins.reduce((sum, { bytes }) => sum + bytes, 0);
  const advance = byPercent(total, options.progress ?? (() => {}));
  for (const { pin, entry } of found) {
    await extractFile(entry, pin, `${folder}/${pin.name}`, wheel, options, advance);
  }
}

async function extractFile(
  entry: FileEntry,
  pin: PinnedFile,
  path: string,
  wheel: string,
  { signal, create = createFile }: ExtractOptions,
  advance: (bytes: number) => void,
): Promise<void> {
  using file = await create(path);
  const hash = createHash("sha256");
  let failure: { readonly error: unknown } | null = null;
  const write = async (bytes: Uint8Array) => {
    try {
      await writeAll(file, bytes);
    } catch (error) {
      failure = { error };
      throw error;
    }
    hash.update(bytes);
    advance(bytes.length);
  };
  try {
    const options = { signal, useWebWorkers: false, checkSignature: true };
    await entry.getData(new WritableStream({ write }), options);
  } catch (error) {
    signal?.throwIfAborted();
    if (failure !== null) throw (failure as { error: unknown }).error; // of the disk, not of the zip
    throw damaged(wheel, error);
  }
  const found = hash.digest("hex");
  if (found !== pin.sha256) {
    throw wrong(wheel, `its ${pin.name} has SHA-256 ${found} where ${pin.sha256} is expected`);
  }
  await file.sync();
}

/** Adds up bytes and shows them at each further hundredth of the total, and at its end. */
function byPercent(total: number, show: (done: number, total: number) => void): (bytes: number) => void {
  let done = 0;
  let shown = 0;
  return (bytes) => {
    done += bytes;
    if (done - shown < total / 100 && done < total) return;
    shown = done;
    show(done, total);
  };
}

async function openWheel(wheel: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(wheel);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound ? "there is no such file" : (error as Error).message;
    throw new UserError(`Cannot open the wheel "${wheel}": ${why}`);
  }
}

async function entriesOf(file: Deno.FsFile, wheel: string): Promise<Map<string, FileEntry>> {
  const entries = new Map<string, FileEntry>();
  try {
    for await (const entry of new ZipReader(new FileReader(file)).getEntriesGenerator()) {
      if (!entry.directory) entries.set(entry.filename, entry);
    }
  } catch (error) {
    throw damaged(wheel, error);
  }
  return entries;
}

function checkedEntry(
  entries: ReadonlyMap<string, FileEntry>,
  pin: PinnedFile,
  wheel: string,
  platform: LibraryPlatform,
): FileEntry {
  const entry = entries.get(`tensorflow/${pin.name}`);
  if (entry === undefined) throw wrong(wheel, `it holds no tensorflow/${pin.name}`, platform);
  if (entry.uncompressedSize === pin.bytes) return entry;
  const sizes = `${entry.uncompressedSize} bytes where ${pin.bytes} are expected`;
  throw wrong(wheel, `its ${pin.name} has ${sizes}`, platform);
}

/** Reads a zip at any place, a piece at a time. */
class FileReader extends Reader<Deno.FsFile> {
  constructor(readonly file: Deno.FsFile) {
    super(file);
  }

  override async init(): Promise<void> {
    await super.init?.();
    this.size = (await this.file.stat()).size;
  }

  override async readUint8Array(index: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    await this.file.seek(index, Deno.SeekMode.Start);
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - index)));
    let done = 0;
    while (done < bytes.length) {
      const read = await this.file.read(bytes.subarray(done));
      if (read === null) break;
      done += read;
    }
    return bytes.subarray(0, done);
  }
}

async function createFile(path: string): Promise<Deno.FsFile> {
  return await Deno.open(path, { write: true, createNew: true });
}

async function removeFolder(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function damaged(wheel: string, error: unknown): UserError {
  const detail = error instanceof Error ? error.message : String(error);
  return new UserError(
    `Cannot read the wheel "${wheel}": it is damaged or cut off (${detail})`,
    "remove it and fetch it again",
  );
}

function wrong(wheel: string, why: string, platform?: LibraryPlatform): UserError {
  return new UserError(
    `Cannot take libtensorflow from the wheel "${wheel}": ${why}`,
    platform ? `the wheel for this machine is ${platform.wheel.name}` : "remove it and fetch it again",
  );
}
