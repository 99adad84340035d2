/** More bytes are not read: the language refuses a text of as many characters. It would not end with /dev/zero. */
const MAX_BYTES = 20_000_000;

/** Bytes that are not UTF-8 become U+FFFD, of which the language tells. */
export async function readText(bytes: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BYTES) break;
  }
  return decoded(chunks);
}

/** The same of a file, at once. @throws The error of the file system */
export function readTextSync(path: string): string {
  using file = Deno.openSync(path);
  const chunks: Uint8Array[] = [];
  for (let length = 0; length <= MAX_BYTES;) {
    const chunk = new Uint8Array(65_536);
    const read = file.readSync(chunk);
    if (read === null) break;
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return decoded(chunks);
}

/** What keeps a file from being read, for the user. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return error instanceof Deno.errors.PermissionDenied
    ? "reading it is not permitted"
    : (error as Error).message;
}

function decoded(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}
