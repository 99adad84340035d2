import { assertEquals } from "@std/assert";
import { findPythonTensorflow } from "./python.ts";
import { fakeLibrary } from "./testing/fake_wheel.ts";

Deno.test("findPythonTensorflow() asks a real Python without importing the package", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${folder}/tensorflow`);
  await Deno.writeTextFile(`${folder}/tensorflow/__init__.py`, "raise RuntimeError('imported')");
  await Deno.mkdir(`${folder}/tensorflow_cpu-2.19.1.dist-info`);
  await Deno.writeTextFile(
    `${folder}/tensorflow_cpu-2.19.1.dist-info/METADATA`,
    "Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: 2.19.1\n",
  );
  const python = `${folder}/python-with-path`;
  await Deno.writeTextFile(python, `#!/bin/sh\nPYTHONPATH=${folder} exec python3 "$@"\n`, { mode: 0o755 });
  const hasPython = await new Deno.Command("python3", { args: ["-c", ""] }).output().then(
    (o) => o.success,
    () => false,
  );
  const found = () => findPythonTensorflow(["no-such-python", python]);
  assertEquals(await found(), null, "the package without the library is of no use");
  for (const name of ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"]) {
    await Deno.writeFile(`${folder}/tensorflow/${name}`, fakeLibrary(100));
  }
  assertEquals(
    await found(),
    !hasPython ? null : {
      python,
      folder: `${folder}/tensorflow`,
      version: "2.19.1",
      cc: `${folder}/tensorflow/libtensorflow_cc.so.2`,
      framework: `${folder}/tensorflow/libtensorflow_framework.so.2`,
    },
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("findPythonTensorflow() is null where there is no Python or it says something else", async () => {
  assertEquals(await findPythonTensorflow(["no-such-python"]), null);
  assertEquals(await findPythonTensorflow(["echo"]), null);
});
