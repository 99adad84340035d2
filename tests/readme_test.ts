import { assertEquals } from "@std/assert";
import { ROOT, weft } from "./testing/weft.ts";

Deno.test("the pipeline in README.md is valid, and plans the 30 models that the text tells of", async () => {
  const readme = await Deno.readTextFile(`${ROOT}README.md`);
  const yaml = /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? "";
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/my.yaml`, yaml);
  const { code, stdout, stderr } = await weft(["plan", "my.yaml", "--format", "json"], folder);
  assertEquals(code, 0, stderr);
  assertEquals(JSON.parse(stdout).totals.models, { stored: 0, train: 30, unknown: 0 });
  await Deno.remove(folder, { recursive: true });
});
