import { assertEquals, assertThrows } from "@std/assert";
import { UserError } from "../../core/diagnostic.ts";
import { checkLabels, decodeIdx } from "./idx.ts";

const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 7, 0, 9);

Deno.test("decodeIdx() reads shape and values, also from the middle of a buffer", () => {
  assertEquals(decodeIdx(labels, "labels", 1), { shape: [3], values: Uint8Array.of(7, 0, 9) });
  const images = Uint8Array.of(99, 0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4);
  assertEquals(decodeIdx(images.subarray(1), "images", 3), {
    shape: [1, 2, 2],
    values: Uint8Array.of(1, 2, 3, 4),
  });
});

Deno.test("decodeIdx() names the file and the offset of what is wrong", () => {
  const cases: [Uint8Array, number, string][] = [
    [labels.subarray(0, 6), 1, '"f" at byte 6: the file ends inside the header, which has 8 bytes'],
    [labels, 3, '"f" at byte 11: the file ends inside the header, which has 16 bytes'],
    [Uint8Array.of(0, 0, 9, 1, 0, 0, 0, 0), 1, '"f" at byte 0: expected the magic number 2049, found 2305'],
    [labels.subarray(0, 10), 1, '"f" at byte 10: 3 values are announced, 2 follow the header'],
    [Uint8Array.of(...labels, 1, 1), 1, '"f" at byte 11: 3 values are announced, 5 follow the header'],
  ];
  for (const [bytes, dimensions, message] of cases) {
    assertThrows(() => decodeIdx(bytes, "f", dimensions), UserError, message);
  }
});

Deno.test("checkLabels() names the offset of a label that is no class", () => {
  checkLabels(decodeIdx(labels, "f", 1), 10, "f");
  assertThrows(
    () => checkLabels(decodeIdx(labels, "f", 1), 9, "f"),
    UserError,
    '"f" at byte 10: label 9 of example 2 is not in 0 to 8',
  );
});
