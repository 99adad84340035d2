import { assertEquals, assertMatch } from "@std/assert";
import { type Check, checkDeno, doctor, type DoctorOptions } from "./doctor.ts";
import { installFolder } from "./locate.ts";
import { fakeLibrary, fakeWheel } from "./testing/fake_wheel.ts";

const { platform } = await fakeWheel();

async function withOptions(
  test: (options: DoctorOptions & { env: Map<string, string> }, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const env = new Map([["WEFT_CACHE", `${folder}/cache`]]);
  await test({ env, platform, findPython: () => Promise.resolve(null) }, folder);
  await Deno.remove(folder, { recursive: true });
}

async function checkNamed(name: string, options: DoctorOptions): Promise<Check> {
  return (await doctor(options)).find((check) => check.name === name)!;
}

Deno.test("doctor() of a fresh machine misses the library alone, and creates nothing", () =>
  withOptions(async (options, folder) => {
    const checks = await doctor(options);
    assertEquals(checks.map(({ name }) => name), [
      "Deno",
      "platform",
      "libtensorflow",
      "Python's TensorFlow",
      "cache folder",
      "free disk",
      "cores and memory",
      "data sets",
    ]);
    assertEquals(checks.filter(({ status }) => status === "missing").map(({ name }) => name), [
      "libtensorflow",
    ]);
    assertMatch(checks[2]!.help!, /run weft setup/);
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("doctor() compares digests only when it goes deep", () =>
  withOptions(async (options) => {
    const folder = installFolder(options.env, platform);
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeFile(`${folder}/${platform.cc.name}`, fakeLibrary(platform.cc.bytes));
    await Deno.writeFile(`${folder}/${platform.framework.name}`, fakeLibrary(platform.framework.bytes));
    const detail = `2.21.0, ${folder}/${platform.cc.name} (from weft setup)`;
    assertEquals(await checkNamed("libtensorflow", options), { name: "libtensorflow", status: "ok", detail });
    const whole = await checkNamed("libtensorflow", { ...options, deep: true });
    assertEquals(whole.detail, `${detail}, SHA-256 verified`);
    await Deno.writeFile(`${folder}/${platform.cc.name}`, new Uint8Array(platform.cc.bytes));
    assertEquals((await checkNamed("libtensorflow", options)).status, "ok");
    const damaged = await checkNamed("libtensorflow", { ...options, deep: true });
    assertEquals([damaged.status, damaged.help], ["missing", "remove its folder and run weft setup"]);
  }));

Deno.test("doctor() offers Python's TensorFlow and says how to use it", () =>
  withOptions(async (options) => {
    const python = { python: "python3", folder: "/site/tensorflow", cc: "", framework: "" };
    const offer = (version: string) =>
      checkNamed("Python's TensorFlow", {
        ...options,
        findPython: () => Promise.resolve({ ...python, version }),
      });
    assertEquals((await offer("2.19.0")).detail, "found TensorFlow 2.19.0 in /site/tensorflow");
    assertEquals((await offer("2.19.0")).help, "use it with WEFT_LIBTENSORFLOW=/site/tensorflow");
    assertEquals((await offer("2.21.0")).help, "weft setup --use-python uses it without a download");
  }));

Deno.test("doctor() tells a wrong WEFT_LIBTENSORFLOW, WEFT_DATA or cache folder as checks", () =>
  withOptions(async (options, folder) => {
    options.env.set("WEFT_LIBTENSORFLOW", `${folder}/absent`).set("WEFT_DATA", `${folder}/absent`);
    const library = await checkNamed("libtensorflow", options);
    assertEquals(library.status, "missing");
    assertMatch(library.detail, /^Cannot use WEFT_LIBTENSORFLOW=".*\/absent": it does not exist$/);
    assertEquals((await checkNamed("data sets", options)).status, "warning");
    await Deno.writeTextFile(`${folder}/cache`, "a file");
    assertEquals((await checkNamed("cache folder", options)).status, "warning");
  }));

Deno.test("doctor() lists the data sets that are there", () =>
  withOptions(async (options, folder) => {
    assertEquals((await checkNamed("data sets", options)).detail, "none downloaded yet");
    for (const name of ["mnist", "cifar-10"]) {
      await Deno.mkdir(`${folder}/cache/data/${name}`, { recursive: true });
    }
    const { detail } = await checkNamed("data sets", options);
    assertEquals(detail, `cifar-10, mnist in ${folder}/cache/data (the cache folder)`);
  }));

Deno.test("checkDeno() wants 2.9 or later", () => {
  assertEquals(["2.9.0", "2.10.1", "3.0.0"].map((version) => checkDeno(version).status), ["ok", "ok", "ok"]);
  assertEquals(checkDeno("2.8.9"), {
    name: "Deno",
    status: "missing",
    detail: "2.8.9; 2.9 or later is needed",
    help: "run deno upgrade",
  });
});
