import { assert, assertEquals } from "@std/assert";
import { ROOT, weft } from "./testing/weft.ts";

Deno.test("each whole pipeline in docs/language.md is valid, without a warning", async () => {
  const page = await Deno.readTextFile(`${ROOT}docs/language.md`);
  const pipelines = [...page.matchAll(/```yaml\n(# (\S+\.yaml)\n.*?)```/gs)];
  assert(pipelines.length >= 3);
  const folder = await Deno.makeTempDir();
  for (const [, text, name] of pipelines) await Deno.writeTextFile(`${folder}/${name}`, text!);
  const { code, stdout } = await weft([
    "validate",
    "--format",
    "json",
    ...pipelines.map(([, , name]) => name!),
  ], folder);
  assertEquals([JSON.parse(stdout).diagnostics, code], [[], 0]);
  await Deno.remove(folder, { recursive: true });
});
