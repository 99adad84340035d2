import type { UserError } from "../../core/diagnostic.ts";
import { damaged } from "./damaged.ts";

const BLOCK = 512;

/**
 * The regular files in a tar archive by their names, as views of its bytes. Nothing is unpacked to the disk, so no name can
 * lead anywhere. Names longer than 255 bytes, which other entries would hold, are not put together.
 * @param path names the archive in messages
 * @throws {UserError} If it is no tar archive or ends early, with the offset
 * @see POSIX.1-2017, pax, "ustar Interchange Format"
 */
export function readTar(bytes: Uint8Array, path: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  for (let offset = 0; offset < bytes.length;) {
    const header = bytes.subarray(offset, offset + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = readHeader(header, offset, path);
    const name = nameIn(header);
    const from = offset + BLOCK;
    if (from + size > bytes.length) {
      const missing = from + size - bytes.length;
      throw badTar(path, bytes.length, `it ends inside "${name}", ${missing} bytes of which are missing`);
    }
    if (isRegular(header)) files.set(name, bytes.subarray(from, from + size));
    offset = from + BLOCK * Math.ceil(size / BLOCK);
  }
  return files;
}

/** Checks a header, and gives the size of what follows it. */
function readHeader(header: Uint8Array, offset: number, path: string): number {
  const sum = header.reduce((sum, byte, i) => sum + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  const size = octal(header, 124, 12);
  if (header.length < BLOCK || octal(header, 148, 8) !== sum || size === undefined) {
    throw badTar(path, offset, "no header of a tar archive is there");
  }
  return size;
}

function nameIn(header: Uint8Array): string {
  const isUstar = text(header, 257, 5) === "ustar";
  const prefix = isUstar ? text(header, 345, 155) : "";
  return (prefix && `${prefix}/`) + text(header, 0, 100);
}

function isRegular(header: Uint8Array): boolean {
  return header[156] === 0x30 || header[156] === 0;
}

/** A number in octal digits; undefined if it is none. */
function octal(header: Uint8Array, from: number, length: number): number | undefined {
  const digits = text(header, from, length).trim();
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : undefined;
}

/** Text up to the first zero byte. */
function text(header: Uint8Array, from: number, length: number): string {
  const field = header.subarray(from, from + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

function badTar(path: string, offset: number, what: string): UserError {
  return damaged(`Cannot read "${path}" at byte ${offset} of what it unzips to: ${what}`);
}
