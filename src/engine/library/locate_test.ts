import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { UserError } from "../../core/diagnostic.ts";
import { installFolder, locateLibrary, pythonRecord, requireLibrary, unsupportedPlatform } from "./locate.ts";
import { fakeLibrary, fakeWheel } from "./testing/fake_wheel.ts";

const { platform } = await fakeWheel();
const [CC, FRAMEWORK] = [platform.cc.name, platform.framework.name];

async function withFolder(test: (folder: string, env: Map<string, string>) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  await test(folder, new Map([["WEFT_CACHE", `${folder}/cache`]]));
  await Deno.remove(folder, { recursive: true });
}

async function putLibrary(folder: string, ccSize = platform.cc.bytes): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeFile(`${folder}/${CC}`, fakeLibrary(ccSize));
  await Deno.writeFile(`${folder}/${FRAMEWORK}`, fakeLibrary(platform.framework.bytes));
}

Deno.test("locateLibrary() finds the installed library by its size alone", () =>
  withFolder(async (_, env) => {
    const folder = installFolder(env, platform);
    await putLibrary(folder);
    assertEquals(await locateLibrary(env, platform), {
      cc: `${folder}/${CC}`,
      framework: `${folder}/${FRAMEWORK}`,
      origin: "cache",
      version: "2.21.0",
    });
  }));

Deno.test("locateLibrary() takes no half installation for one", () =>
  withFolder(async (_, env) => {
    const missing = { missing: "Cannot find libtensorflow: it is not installed yet" };
    const found = async () => ({ missing: (await locateLibrary(env, platform) as typeof missing).missing });
    assertEquals(await found(), missing);
    await putLibrary(`${installFolder(env, platform)}.partial`);
    assertEquals(await found(), missing);
    await putLibrary(installFolder(env, platform), platform.cc.bytes - 1);
    assertEquals(await found(), missing);
    await Deno.remove(`${installFolder(env, platform)}/${CC}`);
    assertEquals(await found(), missing);
  }));

Deno.test("locateLibrary() takes WEFT_LIBTENSORFLOW before the installed one: a folder, a package, a file", () =>
  withFolder(async (folder, env) => {
    await putLibrary(installFolder(env, platform));
    await putLibrary(`${folder}/own/tensorflow`, 500);
    const own = {
      cc: `${folder}/own/tensorflow/${CC}`,
      framework: `${folder}/own/tensorflow/${FRAMEWORK}`,
      origin: "WEFT_LIBTENSORFLOW",
      version: null,
    };
    for (const value of [`${folder}/own`, `${folder}/own/tensorflow/`, `${folder}/own/tensorflow/${CC}`]) {
      env.set("WEFT_LIBTENSORFLOW", value);
      assertEquals(await locateLibrary(env, platform), own as typeof own & { origin: "WEFT_LIBTENSORFLOW" });
    }
  }));

Deno.test("locateLibrary() refuses a WEFT_LIBTENSORFLOW that names no library for this machine", () =>
  withFolder(async (folder, env) => {
    const refused = async (value: string) => {
      env.set("WEFT_LIBTENSORFLOW", value);
      return (await assertRejects(() => locateLibrary(env, platform), UserError)).message;
    };
    const start = `Cannot use WEFT_LIBTENSORFLOW="${folder}`;
    assertEquals(await refused(`${folder}/absent`), `${start}/absent": it does not exist`);
    assertEquals(
      await refused(folder),
      `${start}": libtensorflow_cc and libtensorflow_framework are not both in it`,
    );
    await Deno.writeFile(`${folder}/${CC}`, fakeLibrary(500));
    assertEquals(
      await refused(`${folder}/${CC}`),
      `${start}/${CC}": libtensorflow_framework does not lie beside it`,
    );
    await Deno.writeTextFile(`${folder}/${FRAMEWORK}`, "not a library, only a text of some length");
    assertMatch(await refused(folder), /libtensorflow_framework\.so\.2" .*: it is no program library where/);
  }));

Deno.test("locateLibrary() uses Python's library as long as it is there", () =>
  withFolder(async (folder, env) => {
    await putLibrary(`${folder}/site`);
    await Deno.mkdir(`${folder}/cache/libtensorflow`, { recursive: true });
    const record = {
      cc: `${folder}/site/${CC}`,
      framework: `${folder}/site/${FRAMEWORK}`,
      version: "2.21.0",
    };
    await Deno.writeTextFile(pythonRecord(env), JSON.stringify(record));
    assertEquals(await locateLibrary(env, platform), { ...record, origin: "python" });
    await Deno.remove(`${folder}/site`, { recursive: true });
    assertEquals(await locateLibrary(env, platform), {
      missing: `Cannot find libtensorflow: Python's, which weft was told to use, is gone from "${record.cc}"`,
      help: "run weft setup",
    });
  }));

Deno.test("locateLibrary() on a system without a wheel says which have one", () =>
  withFolder(async (_, env) => {
    assertEquals(await locateLibrary(env, null), unsupportedPlatform());
    const { missing } = unsupportedPlatform("windows", "x86_64");
    assertMatch(missing, /^Cannot install libtensorflow: there is none for windows x86_64, only for Linux/);
  }));

Deno.test("requireLibrary() throws what is missing with what to do", () =>
  withFolder(async (_, env) => {
    const error = await assertRejects(() => requireLibrary(env), UserError);
    assertMatch(error.message, /^Cannot (find|install) libtensorflow/);
    assertMatch(error.help!, /WEFT_LIBTENSORFLOW/);
  }));
