import { assertEquals, assertThrows } from "@std/assert";
import { FileError } from "../../../core/diagnostic.ts";
import { decodeNpyImages, decodeNpyLabels } from "./npy.ts";

Deno.test("decodeNpyImages() takes bytes in any byte order, and sizes as each Python writes them", () => {
  for (
    const [type, sizes] of [["|u1", "(1, 2, 3)"], ["<u1", "(1L, 2L, 3L,)"], [">u1", "( 1,2 ,3 )"]] as const
  ) {
    const { count, shape, values } = decodeNpyImages(npyFile(type, sizes), "images");
    assertEquals([count, shape, [...values]], [1, [2, 3, 1], [1, 2, 3, 4, 5, 6]]);
  }
});

Deno.test("decodeNpyImages() believes no header that cannot be true", () => {
  const cases: readonly [Uint8Array, string][] = [
    [npyFile("|u1", "(1, 2, 3 3)"), "at byte 10: the header does not tell type, order and shape"],
    [npyFile("|u1", "(1, 2, -3)"), "at byte 10: the header does not tell type, order and shape"],
    [npyFile("<U1", "(1, 2, 3)"), 'at byte 10: the images are of type "<U1", not uint8'],
    [
      npyFile("|u1", "(1, 2, 9999999999999999999999)"),
      "values of 1 bytes are announced, 6 bytes follow the header",
    ],
    [npyFile("|u1", "(1, 2, 3)", 70_000), "at byte 8: its header has 70000 bytes, more than 65536"],
  ];
  for (const [bytes, message] of cases) {
    assertThrows(() => decodeNpyImages(bytes, "images"), FileError, message);
  }
});

Deno.test("decodeNpyLabels() names the type of labels that are no numbers, whatever their size", () => {
  assertThrows(() => decodeNpyLabels(npyFile("<U1", "(6,)"), "labels"), FileError, 'of type "<U1"');
});

/** A npy file of the bytes 1 to 6. @param size of its header, padded */
function npyFile(type: string, shape: string, size = 118): Uint8Array {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(size - 1) + "\n";
  const version = size < 2 ** 16 ? [1, 0, size, 0] : [2, 0, size & 255, size >> 8 & 255, size >> 16, 0];
  const [magic, header] = ["NUMPY", text].map((part) => new TextEncoder().encode(part));
  return Uint8Array.of(0x93, ...magic!, ...version, ...header!, 1, 2, 3, 4, 5, 6);
}
