import { createGunzip, type Gunzip } from "node:zlib";
import { formatBytes } from "../../core/files.ts";
import { damaged } from "./damaged.ts";

/**
 * The bytes of a file, unzipped if it is gzip. A zipped file is read in pieces: what it holds is in memory once.
 * @param most bytes that it may unzip to; what a file made to harm unzips to has no end
 * @param usual how many bytes the file itself should have, if that is known
 * @throws {UserError} If it is damaged, with the offset up to which it is not, or if it unzips to more
 * @throws The error of the file system
 */
export async function readUnzipped(path: string, most: number, usual?: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  if (!await isGzip(file)) return await Deno.readFile(path);
  const unzipped = new Growing(Math.min(await announcedSize(file), most));
  try {
    await unzip(file, unzipped, most);
    return unzipped.bytes();
  } catch (error) {
    if (error instanceof TooMuch) {
      throw damaged(`Cannot unzip "${path}": it holds more than ${formatBytes(most)}`);
    }
    const failure = await firstFailure(path);
    if (failure === undefined) throw error;
    throw damaged(`Cannot unzip "${path}"${describe(failure, usual)}`);
  }
}

async function isGzip(file: Deno.FsFile): Promise<boolean> {
  const [first, second] = await readAt(file, 0, 2);
  return first === 0x1f && second === 0x8b;
}

/** What the last bytes of the file say that it unzips to: right for what is smaller than 4 GiB and one piece. */
async function announcedSize(file: Deno.FsFile): Promise<number> {
  const { size } = await file.stat();
  if (size < 4) return 0;
  return new DataView((await readAt(file, size - 4, 4)).buffer).getUint32(0, true);
}

async function readAt(file: Deno.FsFile, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  await file.seek(offset, Deno.SeekMode.Start);
  const read = await file.read(bytes) ?? 0;
  return read < length ? new Uint8Array(length) : bytes;
}

async function unzip(file: Deno.FsFile, into: Growing, most: number): Promise<void> {
  const stream = createGunzip({ chunkSize: 2 ** 18 });
  const ended = Promise.withResolvers<void>();
  stream.on("end", ended.resolve);
  stream.on("error", ended.reject);
  stream.on("data", (bytes: Uint8Array) => {
    if (into.length + bytes.length > most) stream.destroy(new TooMuch());
    else into.append(bytes);
  });
  await file.seek(0, Deno.SeekMode.Start);
  await Promise.race([ended.promise, feed(stream, file)]);
  await ended.promise;
}

async function feed(stream: Gunzip, file: Deno.FsFile): Promise<void> {
  for (;;) {
    const piece = new Uint8Array(2 ** 20);
    const read = await file.read(piece);
    if (read === null) break;
    await new Promise<void>((resolve) => stream.write(piece.subarray(0, read), () => resolve()));
  }
  stream.end();
}

class TooMuch extends Error {}

/** Bytes that come piece by piece. */
class Growing {
  #buffer: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(expected: number) {
    this.#buffer = new Uint8Array(expected);
  }

  append(bytes: Uint8Array): void {
    const needed = this.length + bytes.length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
      larger.set(this.bytes());
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.length);
    this.length = needed;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.length);
  }
}

interface Failure {
  readonly reason: string;
  /** Up to here the file could be unzipped: right to within what makes 1024 bytes. */
  readonly offset: number;
  readonly size: number;
}

/** @returns undefined if the file can be unzipped */
async function firstFailure(path: string): Promise<Failure | undefined> {
  const bytes = await Deno.readFile(path);
  const stream = createGunzip({ chunkSize: 1024 });
  stream.resume();
  return await new Promise((resolve) => {
    const failed = ({ message }: Error) =>
      resolve({ reason: message, offset: stream.bytesWritten, size: bytes.length });
    stream.on("error", failed);
    stream.on("end", () => resolve(undefined));
    stream.end(bytes);
  });
}

function describe({ reason, offset, size }: Failure, usual: number | undefined): string {
  if (offset < size) return ` after byte ${offset}: ${reason}`;
  return `: it ends after ${size} bytes${usual === undefined ? "" : `, it should have ${usual}`}`;
}
