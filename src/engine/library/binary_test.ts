import { assertEquals, assertRejects } from "@std/assert";
import { UserError } from "../../core/diagnostic.ts";
import { binaryKinds, checkBinary } from "./binary.ts";
import { fakeLibrary } from "./testing/fake_wheel.ts";

/** The first bytes of the pinned library files. */
const ELF_X86_64 = Uint8Array.fromHex("7f454c4602010100000000000000000003003e0001000000");
const ELF_AARCH64 = Uint8Array.fromHex("7f454c460201010000000000000000000300b70001000000");
const MACH_O_ARM64 = Uint8Array.fromHex("cffaedfe0c00000100000000060000001500000010080000");

Deno.test("binaryKinds() tells formats and processors apart", () => {
  assertEquals(binaryKinds(ELF_X86_64), ["ELF x86_64"]);
  assertEquals(binaryKinds(ELF_AARCH64), ["ELF aarch64"]);
  assertEquals(binaryKinds(MACH_O_ARM64), ["Mach-O aarch64"]);
  assertEquals(binaryKinds(new TextEncoder().encode("INPUT ( libtensorflow_cc.so.2.21.0 )")), []);
  assertEquals(binaryKinds(new Uint8Array(0)), []);
});

Deno.test("binaryKinds() lists all processors of a universal binary", () => {
  const bytes = new Uint8Array(48);
  const view = new DataView(bytes.buffer);
  [0xcafebabe, 2, 0x01000007].forEach((word, i) => view.setUint32(4 * i, word));
  view.setUint32(28, 0x0100000c);
  assertEquals(binaryKinds(bytes), ["Mach-O x86_64", "Mach-O aarch64"]);
});

Deno.test("checkBinary() says what it found and what it needs", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeFile(path, ELF_AARCH64);
  await assertRejects(
    () => checkBinary(path, "WEFT_LIBTENSORFLOW", "linux", "x86_64"),
    UserError,
    `Cannot use "${path}" (from WEFT_LIBTENSORFLOW): it is ELF aarch64 where ELF x86_64 is needed`,
  );
  await Deno.writeTextFile(path, "no library at all, just text");
  await assertRejects(() => checkBinary(path, "here"), UserError, "it is no program library where");
  await Deno.writeFile(path, fakeLibrary(100));
  await checkBinary(path, "here");
  await Deno.remove(path);
});
