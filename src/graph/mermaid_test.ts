import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { pipelineGraph } from "./graph.ts";
import { graphMermaid } from "./mermaid.ts";
import { graphs, GRID } from "./testing/graphs.ts";

Deno.test("graphMermaid() writes a flowchart that names inputs where a stage reads several stages", () => {
  const lines = graphMermaid(pipelineGraph(GRID, { expand: false }), ["dataset", "family", "train", "plot"]);
  assertEquals(lines.split("\n").slice(0, 9), [
    "flowchart LR",
    '  s0["images<br/>dataset × 2 (data)"]',
    '  s1["nets<br/>family × 2 (data)"]',
    '  s2["trained<br/>train × 4 (data, model)"]',
    '  s3["compare<br/>plot × 2 (model)<br/>gathers data"]',
    "  s0 --> s1",
    "  s1 --> s2",
    '  s2 -->|"population"| s3',
    '  s0 -->|"dataset"| s3',
  ]);
});

Deno.test("graphMermaid() leaves nothing in a name that Mermaid or HTML would obey", () => {
  const name = 'end"]; click s0 <script> #quot; `x` %% &';
  const stages = [{ name, kind: "plot", instances: 1, axes: [], gather: [] }];
  const [, node] = graphMermaid({ name: "g", stages, edges: [] }, []).split("\n");
  assertEquals(
    node,
    '  s0["end#34;#93;#59; click s0 #60;script#62; #35;quot#59; #96;x#96; #37;#37; #38;<br/>plot"]',
  );
});

Deno.test("graphMermaid() has a line for each stage and each edge, and a class for each stage", () => {
  fc.assert(fc.property(graphs, (graph) => {
    const text = graphMermaid(graph, ["train", "plot"]);
    const count = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
    assertEquals(count(/^ {2}s\d+\["[^"\n]+"\]$/gm), graph.stages.length);
    assertEquals(count(/^ {2}s\d+ -->(\|"population"\|)? s\d+$/gm), graph.edges.length);
    const classed = [...text.matchAll(/^ {2}class (\S+) k\d$/gm)].flatMap(([, ids]) => ids!.split(","));
    assertEquals(classed.length, graph.stages.length);
    assert(new Set(classed).size === classed.length);
    assertMatch(text, /^flowchart LR\n/);
  }));
});
