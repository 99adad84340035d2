import { elementCount } from "../../core/shape.ts";
import { damagedAt } from "./damaged.ts";

/** The array in an idx file of unsigned bytes: values in row-major order, a view of the file's bytes. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

/**
 * Reads an idx file: two zero bytes, the type (8: unsigned byte), the number of dimensions, each dimension as a
 * big-endian 32-bit number, then the values.
 * @param bytes the file, unzipped
 * @param path names the file in messages
 * @param dimensions how many the file must have: 3 for images, 1 for labels
 * @throws {UserError} If the file is anything else, with the offset of the first wrong byte
 * @see LeCun, Cortes, Burges, The MNIST database of handwritten digits, "File formats"
 */
export function decodeIdx(bytes: Uint8Array, path: string, dimensions: number): IdxArray {
  const header = 4 + 4 * dimensions;
  if (bytes.length < header) {
    throw damagedAt(path, bytes.length, `the file ends inside the header, which has ${header} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, header);
  const magic = view.getUint32(0);
  if (magic !== 0x800 + dimensions) {
    throw damagedAt(path, 0, `expected the magic number ${0x800 + dimensions}, found ${magic}`);
  }
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  const count = elementCount(shape);
  if (bytes.length !== header + count) {
    const found = `${bytes.length - header} follow the header`;
    throw damagedAt(
      path,
      Math.min(bytes.length, header + count),
      `${shape.join(" x ")} values are announced, ${found}`,
    );
  }
  return { shape, values: bytes.subarray(header) };
}

/** @throws {UserError} If a label is not in [0, classes), with its offset in the file */
export function checkLabels(labels: IdxArray, classes: number, path: string): void {
  const wrong = labels.values.findIndex((label) => label >= classes);
  if (wrong < 0) return;
  throw damagedAt(
    path,
    8 + wrong,
    `label ${labels.values[wrong]} of example ${wrong} is not in 0 to ${classes - 1}`,
  );
}
