import { convertIndexedToRgb, decode, type DecodedPng } from "fast-png";
import { badFile } from "./own_files.ts";
import { pixelChunks } from "./png_chunks.ts";

/** An image, a byte for each channel of a pixel. */
export interface PngImage {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  /** [height, width, channels] */
  readonly values: Uint8Array;
}

/**
 * Decodes a PNG image: grey of up to 8 bits, RGB of 8 bits, or a palette, which becomes RGB. Alpha is left out where all
 * pixels are opaque.
 * @param path names the file in messages
 * @throws {FileError} If it is no PNG image, damaged, of 16 bits, or not opaque
 */
export function decodePng(bytes: Uint8Array, path: string): PngImage {
  const image = decoded(bytes, mostBytes(bytes, path), path);
  if (image.depth === 16) {
    throw badFile(path, "it has 16 bits a channel, not 8", "save it with 8 bits a channel");
  }
  if (image.transparency !== undefined) throw transparent(path);
  if (image.palette !== undefined) return withoutAlpha({ ...image, ...indexed(image, path) }, path);
  if (image.depth < 8) return { ...sizeOf(image), channels: 1, values: unpacked(image) };
  return withoutAlpha(image, path);
}

/** Images are small: a larger one is refused before it takes memory. */
const MOST_PIXELS = 4096 * 4096;

/**
 * How many bytes the pixels take at most: 8 each, and one for each row. Looks at the header: 8 bytes that all PNG files have,
 * then IHDR with width and height.
 * @throws {FileError} If it is another file, or too large an image
 */
function mostBytes(bytes: Uint8Array, path: string): number {
  if (bytes.length < 33 || SIGNATURE.some((byte, i) => bytes[i] !== byte)) {
    throw badFile(path, "it is no PNG image", "folders of classes hold PNG images alone");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width === 0 || height === 0 || width * height > MOST_PIXELS) {
    throw badFile(path, `it has ${width} x ${height} pixels, not 1 to ${MOST_PIXELS}`);
  }
  return 8 * width * height + 2 * height + 8; // interlaced images have up to twice as many rows
}
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function decoded(bytes: Uint8Array, most: number, path: string): DecodedPng {
  try {
    return decode(pixelChunks(bytes, most), { checkCrc: true });
  } catch (error) {
    throw badFile(path, `it is damaged: ${(error as Error).message}`);
  }
}

function indexed(image: DecodedPng, path: string): { data: Uint8Array; channels: number; depth: 8 } {
  try {
    return { data: convertIndexedToRgb(image), channels: image.palette![0]!.length, depth: 8 };
  } catch (error) {
    throw badFile(path, `it is damaged: ${(error as Error).message}`);
  }
}

/** Grey of 1, 2 or 4 bits, several pixels in a byte, each row in bytes of its own. */
function unpacked({ width, height, depth, data }: DecodedPng): Uint8Array {
  const values = new Uint8Array(width * height);
  const rowBytes = Math.ceil(width * depth / 8);
  const most = 2 ** depth - 1;
  for (let i = 0; i < values.length; i++) {
    const [row, column] = [Math.floor(i / width), i % width];
    const bit = column * depth;
    const byte = data[row * rowBytes + (bit >> 3)]!;
    values[i] = ((byte >> (8 - depth - (bit & 7))) & most) * (255 / most);
  }
  return values;
}

function withoutAlpha(
  { data, channels, ...size }: Pick<DecodedPng, "width" | "height" | "data" | "channels">,
  path: string,
): PngImage {
  const kept = channels < 3 ? 1 : 3;
  if (channels === kept) return { ...sizeOf(size), channels: kept, values: data as Uint8Array };
  const values = new Uint8Array(size.width * size.height * kept);
  for (let from = 0, to = 0; from < data.length; from += channels, to += kept) {
    if (data[from + kept] !== 255) throw transparent(path);
    for (let channel = 0; channel < kept; channel++) values[to + channel] = data[from + channel]!;
  }
  return { ...sizeOf(size), channels: kept, values };
}

function sizeOf({ width, height }: { readonly width: number; readonly height: number }) {
  return { width, height };
}

function transparent(path: string): Error {
  return badFile(
    path,
    "parts of it are transparent",
    "lay it on a background, and save it without transparency",
  );
}
