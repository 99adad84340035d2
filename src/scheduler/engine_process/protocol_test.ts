import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { MessageWriter, readMessages } from "./protocol.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("readMessages() gives what MessageWriter wrote, however it was cut, and what else was written between", async () => {
  const noise = fc.string().map((noise) => noise.replaceAll("\n", "").replaceAll("\x1e", ""));
  const written = fc.array(fc.tuple(noise, fc.jsonValue()), { maxLength: 8 });
  const property = fc.asyncProperty(written, fc.integer({ min: 1, max: 9 }), async (written, size) => {
    const bytes: Uint8Array[] = [];
    const writer = new MessageWriter(new WritableStream({ write: (chunk) => void bytes.push(chunk) }));
    for (const [noise, message] of written) {
      bytes.push(new TextEncoder().encode(noise));
      await writer.write(message);
    }
    const others: string[] = [];
    const read = await Array.fromAsync(readMessages(inPieces(bytes, size), (text) => others.push(text)));
    assertEquals(read, JSON.parse(JSON.stringify(written.map(([, message]) => message))));
    assertEquals(others.join(""), text(joined(written.map(([noise]) => new TextEncoder().encode(noise)))));
  });
  await fc.assert(property);
});

Deno.test("readMessages() drops a message that was cut off, and takes none that was written into", async () => {
  const encode = (text: string) => [new TextEncoder().encode(text)];
  assertEquals(await Array.fromAsync(readMessages(inPieces(encode('\x1e1\n\x1e{"a":'), 4), () => {})), [1]);
  await assertRejects(
    () => Array.fromAsync(readMessages(inPieces(encode('\x1e{"a":native\n1}\n'), 4), () => {})),
    SyntaxError,
  );
});

function inPieces(bytes: readonly Uint8Array[], size: number): ReadableStream<Uint8Array<ArrayBuffer>> {
  const all = joined(bytes);
  const pieces = Array.from(
    { length: Math.ceil(all.length / size) },
    (_, i) => all.slice(i * size, (i + 1) * size),
  );
  return ReadableStream.from(pieces);
}

function joined(bytes: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes.flatMap((part) => [...part]));
}
