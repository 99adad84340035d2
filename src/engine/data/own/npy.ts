import type { ImageShape } from "../../../artifacts/dataset.ts";
import { elementCount } from "../../../core/shape.ts";
import type { OwnImages } from "./arrays.ts";
import { badByte } from "./own_files.ts";

/** The header of a file of one NumPy array. */
interface NpyHeader {
  /** Type of a value, as NumPy writes it: `|u1`, `<i8`. */
  readonly type: string;
  /** The first axis varies fastest. */
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Byte at which its text begins, which tells all of this. */
  readonly textAt: number;
  /** Byte at which the values begin. */
  readonly start: number;
}

/**
 * Reads images from a npy file: uint8 [n, height, width] or [n, height, width, channels], in C or Fortran order.
 * @param path names the file in messages
 * @throws {FileError} If it holds anything else
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function decodeNpyImages(bytes: Uint8Array, path: string): OwnImages {
  const header = readHeader(bytes, path);
  checkImages(header, path);
  checkLength(header, 1, bytes.length, path);
  const [count, height, width, channels = 1] = header.shape as [number, number, number, number?];
  const values = bytes.subarray(header.start);
  const shape: ImageShape = [height, width, channels];
  return { count, shape, values: header.isFortran ? inRows(values, header.shape) : values };
}

/** Reads labels from a npy file: whole numbers [n] or [n, 1]. @throws {FileError} If it holds anything else */
export function decodeNpyLabels(bytes: Uint8Array, path: string): Uint8Array {
  const header = readHeader(bytes, path);
  const { type, shape, start } = header;
  checkLabels(header, path);
  const width = Number(type[2]);
  checkLength(header, width, bytes.length, path);
  const valueAt = integerReader(bytes, type[0] !== ">", type[1] === "i", width);
  return Uint8Array.from({ length: shape[0]! }, (_, i) => {
    const at = start + i * width;
    const label = valueAt(at);
    if (label >= 0 && label <= 255) return label;
    throw badByte(path, at, `label ${label} of example ${i} is not in 0 to 255`);
  });
}

const MOST_CHANNELS = 4;
const IMAGES_WANTED = "not [n, height, width] or [n, height, width, channels]";
/** One byte has no order, but some writers name one. */
const BYTES = /^[<>|]u1$/;
const INTEGERS = /^[<>|][iu][1248]$/;
/** Bytes of a header; NumPy reads none above 10,000 unless asked to. */
const MOST_HEADER = 2 ** 16;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

function checkImages({ type, shape, textAt }: NpyHeader, path: string): void {
  if (!BYTES.test(type)) {
    const help = 'write them as bytes from 0 to 255: images.astype("uint8")';
    throw badByte(path, textAt, `the images are of type "${type}", not uint8`, help);
  }
  if (shape.length !== 3 && shape.length !== 4) {
    throw badByte(path, textAt, `the images are ${shapeText(shape)}, ${IMAGES_WANTED}`);
  }
  const [, , , channels = 1] = shape;
  if (channels < 1 || channels > MOST_CHANNELS) {
    const help = "the channels of a pixel come last: np.moveaxis(images, 1, -1)";
    throw badByte(path, textAt, `the images are ${shapeText(shape)}: ${channels} channels`, help);
  }
}

function checkLabels({ type, shape, textAt }: NpyHeader, path: string): void {
  if (!INTEGERS.test(type)) {
    const help = 'write them as whole numbers: labels.astype("uint8")';
    throw badByte(path, textAt, `the labels are of type "${type}", not whole numbers`, help);
  }
  if (shape.length !== 1 && !(shape.length === 2 && shape[1] === 1)) {
    const help = "one-hot labels become numbers by labels.argmax(axis=1)";
    throw badByte(path, textAt, `the labels are ${shapeText(shape)}, not one number for each image`, help);
  }
}

function readHeader(bytes: Uint8Array, path: string): NpyHeader {
  const wrong = MAGIC.findIndex((byte, i) => bytes[i] !== byte);
  if (wrong >= 0) throw badByte(path, wrong, "it does not begin as npy files do");
  const { textAt, start } = placeOfHeader(bytes, path);
  const text = new TextDecoder().decode(bytes.subarray(textAt, start));
  return { ...parseHeader(text, path, textAt), textAt, start };
}

/** After the magic come the version, then how long the header's text is. */
function placeOfHeader(bytes: Uint8Array, path: string): Pick<NpyHeader, "textAt" | "start"> {
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) throw badByte(path, 6, `version ${version} of the format is not known`);
  const textAt = version === 1 ? 10 : 12;
  if (bytes.length < textAt) throw badByte(path, bytes.length, "the file ends inside the header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, textAt);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MOST_HEADER) {
    throw badByte(path, 8, `its header has ${length} bytes, more than ${MOST_HEADER}`);
  }
  if (bytes.length < textAt + length) {
    throw badByte(path, bytes.length, `the file ends inside the header, which has ${length} bytes`);
  }
  return { textAt, start: textAt + length };
}

/** The text is a Python dict: `{'descr': '|u1', 'fortran_order': False, 'shape': (3, 28, 28), }`. */
function parseHeader(text: string, path: string, at: number): Omit<NpyHeader, "textAt" | "start"> {
  const type = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(((?:\s*\d+L?\s*,)*(?:\s*\d+L?)?)\s*\)/.exec(text)?.[1];
  if (/'descr'\s*:\s*\[/.test(text)) {
    throw badByte(path, at, "its values are records of several fields", "write images and labels as arrays");
  }
  if (type === undefined || order === undefined || shape === undefined) {
    throw badByte(path, at, "the header does not tell type, order and shape");
  }
  if (type.includes("O")) {
    const help = "write images and labels as arrays of numbers; pickled objects are never read";
    throw badByte(path, at, "its values are pickled Python objects", help);
  }
  const sizes = shape.match(/\d+/g) ?? [];
  return { type, isFortran: order === "True", shape: sizes.map(Number) };
}

/** @param width bytes of a value */
function checkLength({ shape, start }: NpyHeader, width: number, length: number, path: string): void {
  const expected = start + elementCount(shape) * width;
  if (length === expected) return;
  const found = `${length - start} bytes follow the header`;
  const announced = `${shapeText(shape)} values of ${width} bytes are announced`;
  throw badByte(path, Math.min(length, expected), `${announced}, ${found}`);
}

/** Values in Fortran order, in rows. */
function inRows(values: Uint8Array, shape: readonly number[]): Uint8Array {
  const rows = new Uint8Array(values.length);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const place = shape.map(() => 0);
  let to = 0;
  for (const value of values) {
    rows[to] = value;
    for (let axis = 0; axis < shape.length; axis++) { // the first axis moves first
      place[axis]!++;
      to += strides[axis]!;
      if (place[axis]! < shape[axis]!) break;
      to -= strides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return rows;
}

function integerReader(
  bytes: Uint8Array,
  isLittle: boolean,
  isSigned: boolean,
  width: number,
): (at: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (width) {
    case 1:
      return (at) => isSigned ? view.getInt8(at) : view.getUint8(at);
    case 2:
      return (at) => isSigned ? view.getInt16(at, isLittle) : view.getUint16(at, isLittle);
    case 4:
      return (at) => isSigned ? view.getInt32(at, isLittle) : view.getUint32(at, isLittle);
    default:
      return (at) => Number(isSigned ? view.getBigInt64(at, isLittle) : view.getBigUint64(at, isLittle));
  }
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
