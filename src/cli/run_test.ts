import { assertEquals, assertMatch } from "@std/assert";
import type { RunResult } from "../mod.ts";
import { summary } from "./run.ts";
import { weftIn, withFolder } from "./testing/weft.ts";

const DRAWN = `weft: 1
name: drawn
stages:
  digits: { kind: dataset, source: mnist-10k }
  nets: { kind: family, dataset: digits, architecture: { kind: mlp, depth: 1, width: 5 } }
  draw: { kind: sampling, family: nets, method: random, count: 2 }
`;

Deno.test("summary() counts stages by how they ended, and the models of the engine alone", () => {
  const stage = (status: string, items?: unknown) => ({ status, items, seconds: 1 });
  const models = { noun: "model", place: "engine", stored: 20, ran: 3, failed: 1 };
  const stages = [
    stage("stored"),
    stage("partial", models),
    stage("ran", { ...models, place: "head" }),
    stage("ran", { ...models, stored: 9, shared: 9, ran: 0, failed: 0 }),
    stage("failed"),
    stage("skipped"),
    stage("interrupted", { ...models, stored: 0, ran: 2, failed: 0 }),
  ];
  assertEquals(summary({ ok: false, interrupted: false, stages, seconds: 9 } as unknown as RunResult), {
    ok: false,
    stages: { ran: 3, stored: 1, failed: 1, skipped: 2 },
    models: { trained: 5, stored: 20, failed: 1 },
    seconds: 9,
  });
});

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
