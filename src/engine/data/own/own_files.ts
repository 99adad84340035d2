/** Reading files of the user: what is wrong with one is told with its name and with help that fits. */
import { FileError, UserError } from "../../../core/diagnostic.ts";
import { fileError } from "../../../core/file_failure.ts";
import { readUnzipped } from "../gzip.ts";

/** More bytes than this no split takes, packed or not; what a file made to harm unzips to has no end. */
export const MOST_BYTES = 2 ** 31;

/** A file's bytes, unzipped if they are gzip. @throws {FileError} If it cannot be read, or is too large */
export function readBytes(path: string): Promise<Uint8Array> {
  return reading(path, async () => {
    const { size, isFile, isDirectory } = await Deno.stat(path);
    if (!isFile) throw badFile(path, isDirectory ? "it is a folder" : "it is no file", "name a file");
    if (size > MOST_BYTES) throw badFile(path, `it has ${size} bytes, more than ${MOST_BYTES}`, TOO_LARGE);
    return await readUnzipped(path, MOST_BYTES);
  });
}

/** What `read` gives; an error for the user in it is one of the file, with help that fits a file of the user. */
export async function reading<Value>(path: string, read: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof FileError) throw error;
    if (error instanceof UserError) throw new FileError(error.message, path, HELP);
    const known = fileError(error, `read "${path}"`, {
      gone: "put it there, or correct its path",
      inTheWay: "name a folder where one is needed, and a file where one is",
      other: "see that it can be read",
    });
    throw known instanceof UserError ? new FileError(known.message, path, known.help) : known;
  }
}

/** @param at which byte is wrong */
export function badByte(path: string, at: number, what: string, help?: string): FileError {
  return new FileError(`Cannot read "${path}" at byte ${at}: ${what}`, path, help ?? HELP);
}

export function badFile(path: string, what: string, help?: string): FileError {
  return new FileError(`Cannot read "${path}": ${what}`, path, help ?? HELP);
}

const HELP = "see that the file is whole, and that the setting names the right one";
const TOO_LARGE = "take a part of it";
