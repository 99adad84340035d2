import { createHash } from "node:crypto";
import { fileError } from "../../core/file_failure.ts";
import { readUnzipped } from "./gzip.ts";

/** More than any source unzips to. */
const MOST_BYTES = 2 ** 28;

/**
 * A file of a built-in data set, unzipped.
 * @param usual how many bytes the official file has
 * @throws {UserError} If it cannot be read
 */
export async function readOfficial(path: string, usual?: number): Promise<Uint8Array> {
  try {
    return await readUnzipped(path, MOST_BYTES, usual);
  } catch (error) {
    throw fileError(error, `read "${path}"`, {
      gone: "put it there again",
      other: "see that it can be read",
    });
  }
}

/** In hexadecimal digits: what the users of a data set know its official files by. */
export function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
