import { assert, assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { UserError } from "../../core/diagnostic.ts";
import { readUnzipped } from "./gzip.ts";

const CONTENT = Uint8Array.from({ length: 3_000_000 }, (_, i) => Math.floor(i * i / 997) % 61);
const ZIPPED = new Uint8Array(gzipSync(CONTENT));

Deno.test("readUnzipped() gives what a gzip file holds, and other files as they are", async () => {
  for (const bytes of [CONTENT, new Uint8Array(), Uint8Array.of(31)]) {
    assertSame(await read(bytes), bytes);
    assertSame(await read(new Uint8Array(gzipSync(bytes))), bytes);
  }
  assertSame(await read(twice(ZIPPED)), twice(CONTENT)); // its last bytes tell of the second half alone
});

Deno.test("readUnzipped() says how many bytes a file that ends early has, and should have", async () => {
  for (const length of [2, 9, 5000, ZIPPED.length - 1]) {
    const { message } = await failure(ZIPPED.subarray(0, length), 123_456);
    assertEquals(message, `Cannot unzip "FILE": it ends after ${length} bytes, it should have 123456`);
  }
  const { message } = await failure(ZIPPED.subarray(0, 9));
  assertEquals(message, `Cannot unzip "FILE": it ends after 9 bytes`);
});

Deno.test("readUnzipped() says up to which byte a damaged file is whole", async () => {
  const header = await failure(ZIPPED.with(2, 9)); // the method of compression
  assertEquals(header.message, 'Cannot unzip "FILE" after byte 0: unknown compression method');
  const checksum = ZIPPED.length - 8;
  const { message } = await failure(ZIPPED.with(checksum, ZIPPED[checksum]! ^ 1));
  const [, offset, reason] = /^Cannot unzip "FILE" after byte (\d+): (.*)$/.exec(message)!;
  assertEquals(reason, "incorrect data check");
  assert(Number(offset) <= checksum && Number(offset) > checksum - 2000, message);
});

Deno.test("readUnzipped() refuses a file that holds more than it may", async () => {
  const lying = ZIPPED.with(ZIPPED.length - 1, 0).with(ZIPPED.length - 2, 0); // says that it holds less
  for (const bytes of [ZIPPED, lying]) {
    const { message } = await failure(bytes, undefined, 1_000_000);
    assertEquals(message, 'Cannot unzip "FILE": it holds more than 1.0 MB');
  }
});

/** What is read of a file with these bytes, whose path becomes FILE in messages. */
async function read(bytes: Uint8Array, usual?: number, most = 2 ** 24): Promise<Uint8Array> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    return await readUnzipped(path, most, usual);
  } catch (error) {
    if (error instanceof UserError) error.message = error.message.replace(path, "FILE");
    throw error;
  } finally {
    await Deno.remove(path);
  }
}

async function failure(bytes: Uint8Array, usual?: number, most?: number): Promise<UserError> {
  return await assertRejects(() => read(bytes, usual, most), UserError);
}

/** Millions of bytes: assertEquals() would take its time. */
function assertSame(found: Uint8Array, wanted: Uint8Array): void {
  assertEquals(found.length, wanted.length);
  assert(found.every((byte, i) => byte === wanted[i]));
}

function twice(bytes: Uint8Array): Uint8Array {
  return new Uint8Array([...bytes, ...bytes]);
}
