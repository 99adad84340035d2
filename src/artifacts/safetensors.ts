import { UserError } from "../core/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { elementCount } from "../core/shape.ts";

/** A named float32 array in row-major order; `data` has as many values as the product of `shape`. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The tensors of a file in the order of their data, and its strings. */
export interface Safetensors {
  readonly tensors: readonly Tensor[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** The reference implementation reads no longer header than this. */
const MAX_HEADER_BYTES = 100_000_000;
const METADATA = "__metadata__";

/**
 * A safetensors file: the header's length as uint64, a JSON header filled up with spaces to a multiple of 8
 * bytes, the data of the tensors in the order given, without gaps. All is little-endian, as is every
 * processor Deno runs on. Equal arguments give equal bytes; the order of the metadata's keys does not matter.
 * @throws {RangeError} If a name is taken twice or reserved, or data do not fill their shape
 * @see https://github.com/huggingface/safetensors#format
 */
export function encodeSafetensors(
  tensors: readonly Tensor[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  checkTensors(tensors);
  const header = new TextEncoder().encode(headerText(tensors, metadata));
  const dataStart = 8 + Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(dataStart + tensors.reduce((sum, { data }) => sum + data.byteLength, 0));
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  bytes.fill(0x20, 8, dataStart);
  bytes.set(header, 8);
  let offset = dataStart;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file of float32 tensors. Where the data are aligned in memory, arrays are views of
 * `bytes`.
 * @throws {UserError} If the file is cut short or damaged, has gaps or overlaps, or holds anything but
 * float32
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const { header, dataStart } = readHeader(bytes);
  const places = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, entry]) => readPlace(name, entry))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(places, bytes.length - dataStart);
  const tensors = places.map(({ name, shape, begin, end }) => ({
    name,
    shape,
    data: float32At(bytes, dataStart + begin, dataStart + end),
  }));
  return { tensors, metadata: readMetadata(header[METADATA]) };
}

function checkTensors(tensors: readonly Tensor[]): void {
  const names = new Set<string>();
  for (const { name, shape, data } of tensors) {
    if (name === METADATA) throw new RangeError(`Cannot encode a tensor named "${METADATA}": it is reserved`);
    if (names.has(name)) throw new RangeError(`Cannot encode tensor "${name}": its name is taken twice`);
    if (elementCount(shape) !== data.length) {
      throw new RangeError(
        `Cannot encode tensor "${name}": shape [${shape}] needs ${
          elementCount(shape)
        } values, and there are ${data.length}`,
      );
    }
    names.add(name);
  }
}

/** Written by hand, since an object would move names that look like integers to the front. */
function headerText(tensors: readonly Tensor[], metadata: Readonly<Record<string, string>>): string {
  const strings = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const entries: [string, Json][] = strings.length > 0 ? [[METADATA, Object.fromEntries(strings)]] : [];
  let begin = 0;
  for (const { name, shape, data } of tensors) {
    const end = begin + data.byteLength;
    entries.push([name, { dtype: "F32", shape, data_offsets: [begin, end] }]);
    begin = end;
  }
  return `{${entries.map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`).join(",")}}`;
}

function readHeader(bytes: Uint8Array): { header: JsonObject; dataStart: number } {
  if (bytes.length < 8) throw damaged(`it has ${bytes.length} bytes, and the header's length alone takes 8`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(Math.min(bytes.length - 8, MAX_HEADER_BYTES))) {
    throw damaged(`its header should have ${length} bytes, and ${bytes.length - 8} follow`);
  }
  const dataStart = 8 + Number(length);
  const header = parseHeader(bytes.subarray(8, dataStart));
  if (!isJsonObject(header)) throw damaged("its header is not a JSON object");
  return { header, dataStart };
}

function parseHeader(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw damaged(`its header is not JSON (${(error as Error).message})`);
  }
}

/** Where a tensor's data lie: bytes from `begin` up to `end`, counted from the end of the header. */
interface Place {
  readonly name: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readPlace(name: string, entry: Json | undefined): Place {
  if (!isJsonObject(entry)) throw damaged(`tensor "${name}" is not described by an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== "F32") {
    throw damaged(`tensor "${name}" has type ${JSON.stringify(dtype)}, and only "F32" is read`);
  }
  if (!isSizes(shape)) {
    throw damaged(`tensor "${name}" has shape ${JSON.stringify(shape)}, not a list of sizes`);
  }
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw damaged(`tensor "${name}" has offsets ${JSON.stringify(offsets)}, not two byte positions`);
  }
  const [begin, end] = offsets as [number, number];
  if (end - begin !== 4 * elementCount(shape)) {
    throw damaged(
      `tensor "${name}" of shape [${shape}] needs ${4 * elementCount(shape)} bytes and has ${end - begin}`,
    );
  }
  return { name, shape, begin, end };
}

/**
 * The data must be covered by the tensors exactly: that leaves no room for overlaps, gaps or hidden bytes.
 */
function checkCover(places: readonly Place[], size: number): void {
  let covered = 0;
  for (const { name, begin, end } of places) {
    if (begin < covered) {
      throw damaged(`tensor "${name}" overlaps the one before it by ${covered - begin} bytes`);
    }
    if (begin > covered) {
      throw damaged(`${begin - covered} bytes before tensor "${name}" belong to no tensor`);
    }
    if (end > size) throw damaged(`tensor "${name}" ends at byte ${end} of the data, which have ${size}`);
    covered = end;
  }
  if (covered < size) throw damaged(`its last ${size - covered} bytes belong to no tensor`);
}

function readMetadata(metadata: Json | undefined): Record<string, string> {
  if (metadata === undefined) return {};
  if (!isJsonObject(metadata)) throw damaged(`"${METADATA}" is not an object`);
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== "string") throw damaged(`"${key}" of "${METADATA}" is not a string`);
  }
  return metadata as Record<string, string>;
}

function float32At(bytes: Uint8Array, begin: number, end: number): Float32Array {
  const start = bytes.byteOffset + begin;
  if (start % 4 === 0) return new Float32Array(bytes.buffer, start, (end - begin) / 4);
  return new Float32Array(new Uint8Array(bytes.subarray(begin, end)).buffer);
}

function isSizes(value: Json | undefined): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function damaged(what: string): UserError {
  return new UserError(`Cannot read a safetensors file: ${what}`);
}
