import { assertEquals, assertMatch } from "@std/assert";
import { weft, weftIn, withFolder } from "./testing/weft.ts";

const SCHEMAS = new URL("../../schemas/", import.meta.url);

Deno.test("weft schema prints the schema of pipelines, and with a kind that of its stages", async () => {
  for (const [args, file] of [[[], "pipeline"], [["train"], "train"]] as const) {
    const { code, stdout, stderr } = await weft("schema", ...args);
    assertEquals([code, stderr], [0, ""]);
    assertEquals(stdout, await Deno.readTextFile(new URL(`${file}.schema.json`, SCHEMAS)));
  }
});

Deno.test("weft schema names the nearest kind, or all of them", async () => {
  const near = await weft("schema", "analyse");
  assertEquals([near.code, near.stdout], [2, ""]);
  assertMatch(
    near.stderr,
    /Cannot print the schema of "analyse": there is no such kind.*did you mean "analyze"\?/s,
  );
  assertMatch((await weft("schema", "quux")).stderr, /the kinds: dataset, family, sampling, /);
});

Deno.test("weft schema --output writes a file", async () => {
  await withFolder({}, async (folder) => {
    const { code, stdout } = await weftIn({ folder }, "schema", "plot", "--output", "plot.json");
    assertEquals([code, stdout], [0, ""]);
    assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/plot.json`)).title, "Stage of kind plot");
  });
});
