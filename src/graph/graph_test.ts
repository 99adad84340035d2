import { assertEquals } from "@std/assert";
import { pipelineGraph, stageNotes } from "./graph.ts";
import { GRID } from "./testing/graphs.ts";

Deno.test("pipelineGraph() makes one node of all instances of a stage, and one edge of all between two stages", () => {
  const { stages, edges } = pipelineGraph(GRID, { expand: false });
  assertEquals(stages, [
    { name: "images", kind: "dataset", instances: 2, axes: ["data"], gather: [] },
    { name: "nets", kind: "family", instances: 2, axes: ["data"], gather: [] },
    { name: "trained", kind: "train", instances: 4, axes: ["data", "model"], gather: [] },
    { name: "compare", kind: "plot", instances: 2, axes: ["model"], gather: ["data"] },
  ]);
  assertEquals(edges, [
    { from: "images", to: "nets", input: "dataset" },
    { from: "nets", to: "trained", input: "sample" },
    { from: "trained", to: "compare", input: "population" },
    { from: "images", to: "compare", input: "dataset" },
  ]);
});

Deno.test("pipelineGraph() with expand makes a node of each instance, with the instances that it reads", () => {
  const { stages, edges } = pipelineGraph(GRID, { expand: true });
  assertEquals(stages.map(({ name }) => name), GRID.nodes.map(({ instance }) => instance));
  const last = { name: "compare/model=b", kind: "plot", instances: 1, axes: [], gather: ["data"] };
  assertEquals(stages.at(-1), last);
  assertEquals(
    edges.filter(({ to, input }) => to === last.name && input === "population").map(({ from }) => from),
    ["trained/data=mnist,model=b", "trained/data=cifar,model=b"],
  );
});

Deno.test("stageNotes() tells instances with their axes, and what is gathered", () => {
  const { stages } = pipelineGraph(GRID, { expand: false });
  assertEquals(stages.map(stageNotes).slice(2), [
    ["train × 4 (data, model)"],
    ["plot × 2 (model)", "gathers data"],
  ]);
});
