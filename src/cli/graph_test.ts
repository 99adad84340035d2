import { assert, assertEquals, assertMatch } from "@std/assert";
import { weftIn, withFolder } from "./testing/weft.ts";

const GRID = `
weft: 1
name: grid
params: { models: 2 }
matrix: { data: [mnist, fashion-mnist] }
stages:
  images: { kind: dataset, source: "\${{ matrix.data }}" }
  nets: { kind: family, dataset: images, architecture: { kind: mlp, depth: 1, width: 5 } }
  draw: { kind: sampling, family: nets, method: random, count: "\${{ params.models }}" }
  trained: { kind: train, sample: draw, epochs: 1 }
  quality: { kind: group, population: trained, by: test_accuracy, rule: tertiles }
  compare: { kind: plot, population: trained, groups: quality, gather: [data], figure: convergence }
`;
const TREE = `grid: 6 stages, 11 instances

images             dataset × 2 (data)
└ nets             family × 2 (data) ← images
  └ draw           sampling × 2 (data) ← nets
    └ trained      train × 2 (data) ← draw
      └ quality    group × 2 (data) ← trained
        └ compare  plot, gathers data ← trained, quality
`;

Deno.test("weft graph draws the stages of a file or of standard input, with their axes and what they gather", async () => {
  await withFolder({ "grid.yaml": GRID }, async (folder) => {
    const fromFile = await weftIn({ folder }, "graph", "grid.yaml", "--set", "models=3");
    assertEquals(fromFile, { code: 0, stdout: TREE, stderr: "" });
    assertEquals(await weftIn({ folder, stdin: GRID }, "graph", "-"), fromFile);
  });
});

Deno.test("weft graph --expand draws every instance", async () => {
  const { stdout } = await weftIn({ stdin: GRID }, "graph", "-", "--expand", "--format", "mermaid");
  assertEquals(stdout.match(/^ {2}s\d+\[/gm)?.length, 11);
  assertMatch(stdout, /\["trained\/data=fashion-mnist<br\/>train"\]/);
});

Deno.test("weft graph --output writes what the name of the file says", async () => {
  await withFolder({ "grid.yaml": GRID }, async (folder) => {
    for (
      const [name, start] of [["g.svg", "<svg "], ["g.mmd", "flowchart LR"], ["g.txt", "grid: 6 stages"]]
    ) {
      const { code, stdout, stderr } = await weftIn({ folder }, "graph", "grid.yaml", "--output", name!);
      assertEquals([code, stdout, stderr], [0, "", `wrote ${name}\n`]);
      assert((await Deno.readTextFile(`${folder}/${name}`)).startsWith(start!));
    }
    const { code, stderr } = await weftIn({ folder }, "graph", "grid.yaml", "--output", "absent/g.svg");
    assertEquals([code, stderr], [1, 'error: Cannot write "absent/g.svg": its folder does not exist\n']);
  });
});

Deno.test("weft graph --output refuses a name that ends like another format, unless the format is given", async () => {
  await withFolder({ "grid.yaml": GRID }, async (folder) => {
    const { code, stderr } = await weftIn({ folder }, "graph", "grid.yaml", "--output", "g.png");
    assertEquals(code, 2);
    assertMatch(stderr, /^error: Cannot draw into "g\.png": .*\n {2}help: .*\.svg, \.mmd .*\.txt/);
    const given = await weftIn({ folder }, "graph", "grid.yaml", "--output", "g.png", "--format", "svg");
    assertEquals(given.code, 0);
    assertMatch(await Deno.readTextFile(`${folder}/g.png`), /^<svg /);
  });
});

Deno.test("weft graph tells what is wrong with the file, and draws nothing", async () => {
  const { code, stdout, stderr } = await weftIn(
    { stdin: GRID.replace("family: nets", "family: nts") },
    "graph",
    "-",
  );
  assertEquals([code, stdout], [2, ""]);
  assertMatch(stderr, /<stdin>:9:\d+.*did you mean "nets"/s);
});
