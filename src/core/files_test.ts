import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UserError } from "./diagnostic.ts";
import { sha256 } from "./digest.ts";
import { checkFreeSpace, freeBytes } from "./disk_space.ts";
import { explained, fileSha256, formatBytes, replaceFile, statIfThere } from "./files.ts";

Deno.test("fileSha256() equals sha256() of the content, also of more than one piece", async () => {
  const path = await Deno.makeTempFile();
  for (const size of [0, 1, (1 << 20) - 1, (1 << 20) + 7]) {
    const bytes = new Uint8Array(size).map((_, i) => i % 251);
    await Deno.writeFile(path, bytes);
    assertEquals(await fileSha256(path), sha256(bytes));
  }
  await Deno.remove(path);
});

Deno.test("formatBytes() counts in powers of 1000", () => {
  assertEquals([0, 999, 1000, 273_829_956, 1.2e9].map(formatBytes), [
    "0 bytes",
    "999 bytes",
    "1.0 kB",
    "273.8 MB",
    "1.2 GB",
  ]);
});

Deno.test("freeBytes() answers for a path that does not exist yet", () => {
  assert(freeBytes("/")! > 0);
  assert(freeBytes(`${Deno.cwd()}/no/such/folder`)! > 0);
});

Deno.test("checkFreeSpace() names what is needed and what is free", () => {
  checkFreeSpace("/cache", 2e9, "install it", 2e9);
  checkFreeSpace("/cache", 2e9, "install it", null);
  assertThrows(
    () => checkFreeSpace("/cache", 2e9, "install it", 5e8),
    UserError,
    'Cannot install it: it needs 2.0 GB on the disk of "/cache", where 500.0 MB are free',
  );
});

Deno.test("explained() turns failures of the file system into a UserError and passes others on", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/file`, "");
  await assertRejects(
    () => explained("write it", () => Deno.mkdir(`${folder}/file/below`)),
    UserError,
    "Cannot write it: a file stands where a folder is needed",
  );
  await assertRejects(
    () => explained("write it", () => Promise.reject(new RangeError("misuse"))),
    RangeError,
    "misuse",
  );
  assertEquals(await statIfThere(`${folder}/file/below`), null);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("replaceFile() puts a whole file in place of another, and leaves nothing where it cannot", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/new/file`;
  for (const parts of [[[1, 2], [3]], [[4]]]) {
    await replaceFile(path, ...parts.map((part) => Uint8Array.from(part)));
    assertEquals([...await Deno.readFile(path)], parts.flat());
  }
  await Deno.mkdir(`${folder}/new/taken/by`, { recursive: true });
  await assertRejects(() => replaceFile(`${folder}/new/taken`, Uint8Array.of(5)));
  assertEquals([...Deno.readDirSync(`${folder}/new`)].map(({ name }) => name).sort(), ["file", "taken"]);
  await Deno.remove(folder, { recursive: true });
});
