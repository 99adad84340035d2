import { assertEquals, assertThrows } from "@std/assert";
import { encode } from "fast-png";
import { crc32, deflateSync } from "node:zlib";
import { FileError } from "../../../core/diagnostic.ts";
import { decodePng } from "./png.ts";

const VALUES = Uint8Array.from({ length: 20 }, (_, i) => i);
/** 5 x 4 pixels of VALUES, in grey. */
const [START, HEADER, ...REST] = partsOf(encode({ width: 5, height: 4, channels: 1, data: VALUES })) as [
  Uint8Array,
  Uint8Array,
  ...Uint8Array[],
];
/** 128 MiB. */
const MUCH = deflateSync(new Uint8Array(2 ** 27));

Deno.test("decodePng() passes over what is not of the pixels, whatever it unpacks to", () => {
  const file = joined(START, HEADER, chunk("zTXt", MUCH), ...REST);
  assertEquals(decodePng(file, "image"), { width: 5, height: 4, channels: 1, values: VALUES });
});

Deno.test("decodePng() refuses pixels that unpack to more than their size takes, and a second header", () => {
  const cases: readonly [Uint8Array, string][] = [
    [joined(START, HEADER, chunk("IDAT", MUCH), ...REST), "its pixels unpack to more than the 176 bytes"],
    [joined(START, HEADER, HEADER, ...REST), "it has not one header, at its start"],
    [joined(START, HEADER, ...REST).subarray(0, 50), "it ends after 50 bytes, inside a chunk"],
  ];
  for (const [bytes, message] of cases) assertThrows(() => decodePng(bytes, "image"), FileError, message);
});

/** The first 8 bytes of a PNG file, then its chunks. */
function partsOf(bytes: Uint8Array): Uint8Array[] {
  const parts = [bytes.subarray(0, 8)];
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let at = 8; at < bytes.length; at += parts.at(-1)!.length) {
    parts.push(bytes.subarray(at, at + 12 + view.getUint32(at)));
  }
  return parts;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = joined(new TextEncoder().encode(type), data);
  const whole = new Uint8Array(8 + body.length);
  const view = new DataView(whole.buffer);
  view.setUint32(0, data.length);
  whole.set(body, 4);
  view.setUint32(4 + body.length, crc32(body));
  return whole;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
