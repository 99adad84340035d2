import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../../core/diagnostic.ts";
import { fileSha256 } from "../../core/files.ts";
import { fakeLibrary, type FakeWheel, fakeWheel } from "./testing/fake_wheel.ts";
import { extractLibrary } from "./wheel.ts";

const CC = "tensorflow/libtensorflow_cc.so.2";
const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** Writes the wheel into a new folder, and checks afterwards that no partial folder is left. */
async function withWheel(
  { bytes }: FakeWheel,
  test: (wheel: string, folder: string) => Promise<void>,
): Promise<void> {
  const base = await Deno.makeTempDir();
  await Deno.writeFile(`${base}/x.whl`, bytes);
  await test(`${base}/x.whl`, `${base}/library`);
  assertEquals(namesIn(base).filter((name) => name.includes("partial")), []);
  await Deno.remove(base, { recursive: true });
}

Deno.test("extractLibrary() takes out the two files alone, verified, and tells how far it is", async () => {
  const fake = await fakeWheel();
  await withWheel(fake, async (wheel, folder) => {
    const seen: number[][] = [];
    const progress = (done: number, total: number) => void seen.push([done, total]);
    await extractLibrary(wheel, fake.platform, folder, { progress });
    assertEquals(namesIn(folder), ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]);
    const { cc, framework } = fake.platform;
    for (const { name, sha256 } of [cc, framework]) {
      assertEquals(await fileSha256(`${folder}/${name}`), sha256);
    }
    assertEquals(seen.at(-1), [340_000, 340_000]);
  });
});

Deno.test("extractLibrary() clears away what an interrupted one left", async () => {
  const fake = await fakeWheel();
  await withWheel(fake, async (wheel, folder) => {
    for (const left of [folder, `${folder}.partial`]) {
      await Deno.mkdir(left);
      await Deno.writeTextFile(`${left}/libtensorflow_cc.so.2`, "half");
    }
    await extractLibrary(wheel, fake.platform, folder);
    assertEquals((await Deno.stat(`${folder}/libtensorflow_cc.so.2`)).size, 300_000);
  });
});

Deno.test("extractLibrary() refuses a wheel with other files and names the right one", async () => {
  const changed = fakeLibrary(300_000);
  changed[1000]! ^= 1;
  const cases: [Record<string, Uint8Array | null>, RegExp][] = [
    [{ [CC]: null }, /it holds no tensorflow\/libtensorflow_cc\.so\.2$/],
    [{ [CC]: fakeLibrary(50) }, /its libtensorflow_cc\.so\.2 has 50 bytes where 300000 are expected$/],
    [
      { [CC]: changed },
      /its libtensorflow_cc\.so\.2 has SHA-256 [0-9a-f]{64} where [0-9a-f]{64} is expected$/,
    ],
  ];
  for (const [change, message] of cases) {
    const fake = await fakeWheel(change);
    await withWheel(fake, async (wheel, folder) => {
      const error = await assertRejects(() => extractLibrary(wheel, fake.platform, folder), UserError);
      assertMatch(error.message, /^Cannot take libtensorflow from the wheel ".*x\.whl": /);
      assertMatch(error.message, message);
      await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
    });
  }
});

Deno.test("extractLibrary() refuses a wheel that is cut off, damaged or absent", async () => {
  const { bytes, platform } = await fakeWheel();
  const flipped = bytes.slice();
  flipped[100_000]! ^= 0xff;
  for (const broken of [bytes.slice(0, bytes.length / 2), flipped, new Uint8Array(0)]) {
    await withWheel({ bytes: broken, platform }, async (wheel, folder) => {
      const error = await assertRejects(() => extractLibrary(wheel, platform, folder), UserError);
      assertMatch(error.message, /^Cannot read the wheel ".*": it is damaged or cut off \(.+\)$/);
      await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
    });
  }
  await withWheel({ bytes, platform }, async (wheel, folder) => {
    const absent = () => extractLibrary(`${wheel}.absent`, platform, folder);
    await assertRejects(absent, UserError, "there is no such file");
  });
});

Deno.test({
  name: "extractLibrary() onto a full disk says so and leaves nothing",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const fake = await fakeWheel();
    await withWheel(fake, async (wheel, folder) => {
      const create = () => Deno.open("/dev/full", { write: true });
      const error = await assertRejects(
        () => extractLibrary(wheel, fake.platform, folder, { create }),
        UserError,
      );
      assertMatch(error.message, /^Cannot unpack ".*x\.whl" to ".*library": the disk is full$/);
      assert(!namesIn(folder.slice(0, folder.lastIndexOf("/"))).includes("library"));
    });
  },
});

Deno.test("extractLibrary() stops with the signal's reason and leaves nothing", async () => {
  const fake = await fakeWheel();
  await withWheel(fake, async (wheel, folder) => {
    const stop = new AbortController();
    const progress = () => stop.abort(new Error("interrupted"));
    const stopped = () => extractLibrary(wheel, fake.platform, folder, { progress, signal: stop.signal });
    await assertRejects(stopped, Error, "interrupted");
    await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
  });
});
