import { assertEquals, assertMatch } from "@std/assert";
import { weftIn, withFolder } from "./testing/weft.ts";

const DRAWN = `weft: 1
name: drawn
stages:
  digits: { kind: dataset, source: mnist-10k }
  nets: { kind: family, dataset: digits, architecture: { kind: mlp, depth: 1, width: 5 } }
  draw: { kind: sampling, family: nets, method: random, count: 2 }
`;

Deno.test("weft run keeps a file away from the results of another one with its name, until that is gone", async () => {
  await withFolder({ "a.yaml": DRAWN, "b.yaml": DRAWN }, async (folder) => {
    assertEquals((await weftIn({ folder }, "run", "a.yaml")).code, 0);
    const refused = await weftIn({ folder }, "run", "b.yaml");
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertEquals(refused.stderr.split("\n").slice(0, 2), [
      'error: Cannot run "b.yaml" as "drawn": "outputs/drawn" holds the results of "a.yaml"',
      "  help: give one of them another name, or another folder with --outputs",
    ]);
    assertEquals((await weftIn({ folder }, "run", "b.yaml", "--outputs", "others")).code, 0);
    assertEquals((await weftIn({ folder, stdin: DRAWN }, "run", "-")).code, 0);
    assertEquals((await weftIn({ folder }, "run", "../" + folder.split("/").at(-1) + "/a.yaml")).code, 0);
    await Deno.remove(`${folder}/a.yaml`); // as if it had been moved
    assertEquals((await weftIn({ folder }, "run", "b.yaml")).code, 0);
    await Deno.writeTextFile(`${folder}/a.yaml`, DRAWN);
    assertMatch((await weftIn({ folder }, "run", "a.yaml")).stderr, /holds the results of "b\.yaml"/);
  });
});

Deno.test("weft run refuses a pipeline whose results would stand in the store's folder", async () => {
  await withFolder({ "a.yaml": DRAWN.replace("drawn", "store") }, async (folder) => {
    const { code, stderr } = await weftIn({ folder }, "run", "a.yaml");
    assertEquals(code, 2);
    assertMatch(stderr, /^error\[bad-name\]: Cannot name the pipeline "store".*\n --> a\.yaml:2:7\n/);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["a.yaml"]);
  });
});
