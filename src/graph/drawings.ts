import type { PipelineGraph } from "./graph.ts";

export type GraphFormat = "text" | "mermaid" | "svg";

/** Draws a graph; `kinds` are all kinds of stages, in the order that decides their colours. */
export type Drawing = (graph: PipelineGraph, kinds: readonly string[]) => Promise<string>;

/** Each loads what it needs. */
export const drawings: Readonly<Record<GraphFormat, Drawing>> = {
  text: async (graph) => (await import("./text.ts")).graphText(graph),
  mermaid: async (graph, kinds) => (await import("./mermaid.ts")).graphMermaid(graph, kinds),
  svg: async (graph, kinds) => (await import("./svg.ts")).graphSvg(graph, kinds),
};
