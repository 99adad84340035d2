import { type GraphStage, type PipelineGraph, readsOf, stageNotes } from "./graph.ts";

const WIDTH = 100;
/** Columns of the tree; what a longer name leaves no room for stands below it. */
const MAX_TREE = 42;
/** Deeper stages are drawn at this depth. */
const MAX_INDENT = 24;
/** Of the stages that one stage reads. */
const MAX_NAMES = 12;

/**
 * A tree of the stages, each with its kind and what it reads, in lines of at most 100 columns. A stage that reads
 * several stands below the one that is farthest from the data.
 */
export function graphText(graph: PipelineGraph): string {
  const reads = readsOf(graph);
  const rows = treeRows(graph, reads);
  const lengths = rows.map(({ rails, stage }) => rails.length + stage.name.length);
  const width = lengths.filter((length) => length <= MAX_TREE).reduce((a, b) => Math.max(a, b), 8);
  const lines = rows.flatMap((row) => rowLines(row, reads.get(row.stage.name)!, width));
  return [title(graph), "", ...lines, ""].join("\n");
}

function title({ name, stages }: PipelineGraph): string {
  const instances = stages.reduce((sum, stage) => sum + stage.instances, 0);
  const told = `${name}: ${stages.length} stage${stages.length === 1 ? "" : "s"}`;
  return instances === stages.length ? told : `${told}, ${instances} instances`;
}

interface TreeRow {
  readonly stage: GraphStage;
  /** What stands left of the name. */
  readonly rails: string;
  /** What stands below that. */
  readonly below: string;
}

function treeRows({ stages }: PipelineGraph, reads: ReadonlyMap<string, readonly string[]>): TreeRow[] {
  const children = childrenOf(stages, reads);
  const rows: TreeRow[] = [];
  const waiting = (children.get("") ?? []).map((stage) => ({ stage, rails: "", under: "" })).reverse();
  for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
    const { stage, rails, under } = row;
    const own = children.get(stage.name) ?? [];
    rows.push({ stage, rails, below: own.length > 0 ? `${under}│` : under });
    const next = own.map((child, i) => {
      const last = i === own.length - 1;
      const deeper = under.length < MAX_INDENT ? `${under}${last ? "  " : "│ "}` : under;
      return { stage: child, rails: `${under}${last ? "└ " : "├ "}`, under: deeper };
    });
    waiting.push(...next.reverse());
  }
  return rows;
}

/** The stages below each stage; those below "" read none. */
function childrenOf(
  stages: readonly GraphStage[],
  reads: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, GraphStage[]> {
  const depths = new Map<string, number>();
  const children = new Map<string, GraphStage[]>();
  for (const stage of stages) {
    const read = reads.get(stage.name)!;
    const depth = read.reduce((most, name) => Math.max(most, depths.get(name)!), -1);
    const parent = read.find((name) => depths.get(name) === depth) ?? "";
    depths.set(stage.name, depth + 1);
    children.set(parent, children.get(parent) ?? []);
    children.get(parent)!.push(stage);
  }
  return children;
}

/** The name in `width` columns, and beside it, over several lines if need be, the kind and what the stage reads. */
function rowLines({ stage, rails, below }: TreeRow, reads: readonly string[], width: number): string[] {
  const name = fit(rails + stage.name, WIDTH);
  const details = wrap(detailWords(stage, reads), WIDTH - width - 2);
  const [first, ...rest] = name.length <= width
    ? [`${name.padEnd(width)}  ${details.shift()}`, ...details]
    : [name, ...details];
  return [first!, ...rest.map((line) => `${below.padEnd(width)}  ${line}`)];
}

/** What must not be broken, in order. */
function detailWords(stage: GraphStage, reads: readonly string[]): string[] {
  const notes = stageNotes(stage).map((note, i, { length }) => i < length - 1 ? `${note},` : note);
  const more = reads.length > MAX_NAMES ? [`and ${reads.length - MAX_NAMES + 1} more`] : [];
  const names = [...reads.slice(0, more.length > 0 ? MAX_NAMES - 1 : MAX_NAMES), ...more];
  return [
    ...notes,
    ...names.map((name, i) => `${i === 0 ? "← " : ""}${name}${i < names.length - 1 ? "," : ""}`),
  ];
}

function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words.map((word) => fit(word, width))) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${line} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
