import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { pipelineGraph } from "./graph.ts";
import { graphs, GRID } from "./testing/graphs.ts";
import { graphText } from "./text.ts";

Deno.test("graphText() draws a stage below the last one that it reads, with all that it reads", () => {
  assertEquals(
    graphText(pipelineGraph(GRID, { expand: false })),
    `grid: 4 stages, 10 instances

images         dataset × 2 (data)
└ nets         family × 2 (data) ← images
  └ trained    train × 4 (data, model) ← nets
    └ compare  plot × 2 (model), gathers data ← trained, images
`,
  );
});

Deno.test("graphText() gives a long name a line of its own, with the rails of the tree beside what stands below", () => {
  const stage = (name: string) => ({ name, kind: "plot", instances: 1, axes: [], gather: [] });
  const long = `long-${"x".repeat(60)}`;
  const edges = [[long, "a"], ["a", "b"], ["a", "c"]].map(([from, to]) => ({
    from: from!,
    to: to!,
    input: "in",
  }));
  const lines = graphText({ name: "g", stages: [long, "a", "b", "c"].map(stage), edges }).split("\n").slice(
    2,
  );
  assertEquals(lines, [
    long,
    "│         plot",
    `└ a       plot ← ${long}`,
    "  ├ b     plot ← a",
    "  └ c     plot ← a",
    "",
  ]);
});

Deno.test("graphText() has every stage on a line of its own, and no line of more than 100 columns", () => {
  fc.assert(fc.property(graphs, (graph) => {
    const lines = graphText(graph).split("\n");
    assert(lines.every((line) => line.length <= 100), lines.join("\n"));
    for (const { name } of graph.stages) {
      const shown = name.slice(0, 70);
      assert(lines.some((line) => line.replace(/^[ │├└]*/, "").startsWith(shown)), name);
    }
  }));
});

Deno.test("graphText() draws a chain of 10,000 stages", () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `s${i}`);
  const stages = names.map((name) => ({ name, kind: "train", instances: 1, axes: [], gather: [] }));
  const edges = names.slice(1).map((to, i) => ({ from: names[i]!, to, input: "in" }));
  const lines = graphText({ name: "chain", stages, edges }).split("\n");
  assertEquals(lines.length, 10_003);
  assert(lines.every((line) => line.length <= 100));
});
