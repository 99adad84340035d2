import { assert, assertEquals } from "@std/assert";
import { PipelineFiles } from "../src/sources/pipeline_files.ts";

/** A folder with a project in it, and a file beside the project. */
async function inFolder(test: (project: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await Deno.mkdir(`${folder}/project/parts`, { recursive: true });
    await Deno.writeTextFile(`${folder}/project/a.yaml`, "a: 1\n");
    await Deno.writeTextFile(`${folder}/project/parts/b.yaml`, "b: 1\n");
    await Deno.writeTextFile(`${folder}/secret.yaml`, "c: 1\n");
    await test(`${folder}/project`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("PipelineFiles reads what is below the pipeline's folder, and keeps its text", () =>
  inFolder((project) => {
    const files = new PipelineFiles();
    const read = files.importer(`${project}/a.yaml`);
    assertEquals(read("./parts/b.yaml", `${project}/a.yaml`), {
      path: `${project}/parts/b.yaml`,
      text: "b: 1\n",
    });
    assertEquals(read("../a.yaml", `${project}/parts/b.yaml`), { path: `${project}/a.yaml`, text: "a: 1\n" });
    assertEquals([...files.sources.keys()], [`${project}/parts/b.yaml`, `${project}/a.yaml`]);
  }));

Deno.test("PipelineFiles does not import by an absolute path, from outside of the project, or through a link that leaves it", () =>
  inFolder(async (project) => {
    await Deno.symlink(`${project}/../secret.yaml`, `${project}/link.yaml`);
    const read = new PipelineFiles().importer(`${project}/a.yaml`);
    const why = (path: string) => {
      const found = read(path, `${project}/a.yaml`);
      return "why" in found ? found.why : found.text;
    };
    assertEquals(why(`${project}/parts/b.yaml`), "its path is absolute");
    assertEquals(why("../secret.yaml"), "it is outside of the project");
    assertEquals(why("./parts/../../secret.yaml"), "it is outside of the project");
    assertEquals(why("./link.yaml"), "it is outside of the project");
    assertEquals(why("./none.yaml"), "there is no such file");
    assertEquals(why("./parts"), "it is a folder");
  }));

Deno.test("PipelineFiles knows a file again however it is named", () =>
  inFolder(async (project) => {
    const files = new PipelineFiles();
    const root = await files.root(`${project}/parts/../a.yaml`);
    assertEquals("path" in root && root.path, `${project}/parts/../a.yaml`);
    const again = files.importer(`${project}/a.yaml`)("../a.yaml", `${project}/parts/b.yaml`);
    assertEquals("path" in again && again.path, `${project}/parts/../a.yaml`);
  }));

Deno.test("PipelineFiles reads no more than twenty megabytes, and bytes that are not UTF-8 as U+FFFD", () =>
  inFolder(async (project) => {
    const files = new PipelineFiles();
    const endless = await files.root("/dev/zero");
    assert("text" in endless && endless.text.length < 21_000_000);
    await Deno.writeFile(`${project}/bytes.yaml`, new Uint8Array([97, 58, 32, 0xff, 10]));
    const bytes = await files.root(`${project}/bytes.yaml`);
    assertEquals("text" in bytes && bytes.text, "a: \ufffd\n");
  }));

Deno.test("PipelineFiles.param() reads a path and a value, and refuses what has neither", () => {
  const files = new PipelineFiles();
  const one = files.param("a.b-c = [1, 2]");
  assertEquals("type" in one && one.type === "value" && [one.path, one.source.text], [
    ["a", "b-c"],
    " [1, 2]",
  ]);
  const empty = files.param("a=");
  assertEquals("type" in empty && empty.source.text, "");
  for (const text of ["a", "=1", "a..b=1", "1a=2", ".a=1", "a b=1"]) {
    const wrong = files.param(text);
    assertEquals("code" in wrong && wrong.code, "bad-param", text);
  }
});
