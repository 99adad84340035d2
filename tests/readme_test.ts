import { assert, assertEquals } from "@std/assert";
import { ROOT, weft } from "./testing/weft.ts";

Deno.test("the pipeline in README.md is valid, and plans the 30 models that the text tells of", async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const [, yaml] = /```yaml\n(.*?)```/s.exec(readme) ?? [];
  assert(yaml !== undefined, "README.md shows a pipeline");
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/my.yaml`, yaml);
  const { code, stdout, stderr } = await weft(["plan", "my.yaml", "--format", "json"], folder);
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout).totals.models, { stored: 0, train: 30, unknown: 0 });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("each pipeline in pipelines/ is valid", async () => {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(`${ROOT}pipelines`)) files.push(`${ROOT}pipelines/${name}`);
  const { code, stderr } = await weft(["validate", ...files], ROOT);
  assertEquals(code, 0, stderr);
  assert(files.length >= 2);
});
