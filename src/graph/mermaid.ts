import { type PipelineGraph, readsOf, stageNotes } from "./graph.ts";
import { kindColors } from "./colors.ts";

/**
 * A flowchart in the language of Mermaid. An edge has the name of its input where the stage reads several stages.
 * @param kinds All kinds of stages, in the order that decides their colours
 * @see https://mermaid.js.org/syntax/flowchart.html
 */
export function graphMermaid(graph: PipelineGraph, kinds: readonly string[]): string {
  const ids = new Map(graph.stages.map(({ name }, i) => [name, `s${i}`]));
  const reads = readsOf(graph);
  const colors = kindColors(kinds);
  const nodes = graph.stages.map((stage) => {
    const lines = [stage.name, ...stageNotes(stage)].map(escape);
    return `  ${ids.get(stage.name)}["${lines.join("<br/>")}"]`;
  });
  const edges = graph.edges.map(({ from, to, input }) => {
    const label = reads.get(to)!.length > 1 ? `|"${escape(input)}"|` : "";
    return `  ${ids.get(from)} -->${label} ${ids.get(to)}`;
  });
  const used = [...new Set(graph.stages.map(({ kind }) => kind))];
  const classes = used.flatMap((kind, i) => {
    const { fill, line, text } = colors(kind);
    const members = graph.stages.filter((stage) => stage.kind === kind).map(({ name }) => ids.get(name));
    return [
      `  classDef k${i} fill:${fill},stroke:${line},color:${text}`,
      `  class ${members.join(",")} k${i}`,
    ];
  });
  return ["flowchart LR", ...nodes, ...edges, ...classes, ""].join("\n");
}

/** Text with Mermaid's entity codes for all that it could read as its own language, as Markdown or as HTML. */
function escape(text: string): string {
  return text.replace(
    /[^\p{L}\p{N} .,=/×()_-]/gu,
    (character) => `#${character.codePointAt(0)};`,
  );
}
