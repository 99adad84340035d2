import { inflateSync } from "node:zlib";
import { joinedBytes } from "./arrays.ts";

/**
 * The chunks of a PNG file that make its pixels, as a file. The others (texts, profiles, further pictures of an animation)
 * may be packed, and unpack to any size.
 * @param most bytes that the pixels may unpack to
 * @throws {RangeError} If the file ends inside a chunk, has not one header at its start, or its pixels unpack to more
 * @see https://www.w3.org/TR/png-3/#5Chunk-layout
 */
export function pixelChunks(bytes: Uint8Array, most: number): Uint8Array {
  const chunks = [...chunksOf(bytes)].filter(({ type }) => OF_PIXELS.has(type));
  const headers = chunks.filter(({ type }) => type === "IHDR");
  if (headers.length !== 1 || headers[0] !== chunks[0]) {
    throw new RangeError("it has not one header, at its start");
  }
  const data = chunks.filter(({ type }) => type === "IDAT").map(({ whole }) => whole.subarray(8, -4));
  checkUnpacked(data, most);
  return joinedBytes([bytes.subarray(0, SIGNATURE_BYTES), ...chunks.map(({ whole }) => whole)]);
}

const SIGNATURE_BYTES = 8;
const OF_PIXELS = new Set(["IHDR", "PLTE", "tRNS", "IDAT", "IEND"]);
/** Deflate makes at most so many bytes of one: a repetition of 258 takes 2 bits. */
const MOST_OF_ONE = 1032;
/** Unpacking to less than this is no harm, whatever was announced. */
const HARMLESS = 2 ** 26;

/** Length, type, data and checksum of a chunk, and its type alone. */
interface Chunk {
  readonly type: string;
  readonly whole: Uint8Array;
}

function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = SIGNATURE_BYTES; at < bytes.length;) {
    const end = at + 8 <= bytes.length ? at + 12 + view.getUint32(at) : Infinity;
    if (end > bytes.length) throw new RangeError(`it ends after ${bytes.length} bytes, inside a chunk`);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    yield { type, whole: bytes.subarray(at, end) };
    if (type === "IEND") break;
    at = end;
  }
}

function checkUnpacked(parts: readonly Uint8Array[], most: number): void {
  const packed = joinedBytes(parts);
  if (packed.length * MOST_OF_ONE <= HARMLESS) return;
  try {
    inflateSync(packed, { maxOutputLength: most });
  } catch (error) {
    if ((error as { code?: string }).code !== "ERR_BUFFER_TOO_LARGE") throw error;
    throw new RangeError(`its pixels unpack to more than the ${most} bytes that its size takes`);
  }
}
