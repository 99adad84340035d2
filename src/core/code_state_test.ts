import { assertEquals } from "@std/assert";
import { pathToFileURL } from "node:url";
import { folderState } from "./code_state.ts";

Deno.test("folderState() differs when a file below is edited, touched, added, renamed or removed", async () => {
  const folder = await Deno.makeTempDir();
  const state = () => folderState(pathToFileURL(`${folder}/`));
  Deno.mkdirSync(`${folder}/a`);
  Deno.writeTextFileSync(`${folder}/a/one.ts`, "1");
  Deno.writeTextFileSync(`${folder}/two.ts`, "2");
  const states = [state()];
  assertEquals(state(), states[0]);
  const changes = [
    () => Deno.writeTextFileSync(`${folder}/a/one.ts`, "12"),
    () => Deno.utimeSync(`${folder}/two.ts`, 1, 1),
    () => Deno.writeTextFileSync(`${folder}/a/three.ts`, ""),
    () => Deno.renameSync(`${folder}/a/three.ts`, `${folder}/three.ts`),
    () => Deno.removeSync(`${folder}/a/one.ts`),
  ];
  for (const change of changes) {
    change();
    states.push(state());
  }
  assertEquals(new Set(states).size, 1 + changes.length);
  await Deno.remove(folder, { recursive: true });
});
