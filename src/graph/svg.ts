import { Graph, layout } from "@dagrejs/dagre";
import { UserError } from "../core/diagnostic.ts";
import { EDGE_COLOR, kindColors } from "./colors.ts";
import { type GraphEdge, type GraphStage, type PipelineGraph, stageNotes } from "./graph.ts";

/** The layout takes seconds above this, and nobody can read the picture. */
const MAX_STAGES = 500;

/** Fonts whose characters are all 0.6 of their size wide, so that texts can be measured without them. */
const FONT = "'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace";
const CHARACTER_WIDTH = 0.602;
const NAME = { size: 13, weight: 700 };
const NOTE = { size: 11, weight: 400 };
const LINE_HEIGHT = 17;
const MAX_CHARACTERS = 36;
const PADDING = { x: 12, y: 9 };
const MARGIN = 12;
/** How far the sheets of a stage of several instances stand out. */
const SHEET = 4;

interface Point {
  readonly x: number;
  readonly y: number;
}
/** A stage's box; x and y are its centre, all in pixels. */
interface Box extends Point {
  readonly stage: GraphStage;
  readonly lines: readonly string[];
  readonly width: number;
  readonly height: number;
}
/** The boxes below one another, from the left edge of the widest to its right edge; no curve enters it. */
interface Column {
  readonly left: number;
  readonly right: number;
}
interface Route {
  readonly edge: GraphEdge;
  /** Where it passes columns between those of its ends, from left to right. */
  readonly passes: readonly { readonly column: Column; readonly y: number }[];
}

/**
 * The graph as a picture from left to right, for light and dark pages. Equal graphs make equal pictures.
 * @param kinds All kinds of stages, in the order that decides their colours
 * @throws {UserError} If there are too many stages
 */
export function graphSvg(graph: PipelineGraph, kinds: readonly string[]): string {
  if (graph.stages.length > MAX_STAGES) {
    throw new UserError(
      `Cannot draw "${graph.name}" as svg: it has ${graph.stages.length} stages, and ${MAX_STAGES} are the limit`,
      "--format text or mermaid has no limit, and without --expand there is one box for all instances of a stage",
    );
  }
  const placed = place(graph);
  const { boxes, routes } = placed;
  const colors = kindColors(kinds);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${extent(placed)} role="img" font-family="${FONT}">`,
    `<title>${escape(`Stages of ${graph.name}`)}</title>`,
    `<defs><marker id="weft-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8"` +
    ` orient="auto"><path d="M0.5 0.5 7.5 4 0.5 7.5z" fill="${EDGE_COLOR}"/></marker></defs>`,
    `<g fill="none" stroke="${EDGE_COLOR}" stroke-width="1.4">`,
    ...routes.map((route) => drawRoute(route, placed)),
    "</g>",
    ...[...boxes.values()].map((box) => drawBox(box, colors(box.stage.kind))),
    "</svg>",
    "",
  ].join("\n");
}

interface Placed {
  readonly boxes: ReadonlyMap<string, Box>;
  readonly columns: ReadonlyMap<number, Column>;
  readonly routes: readonly Route[];
}

function place({ stages, edges }: PipelineGraph): Placed {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 16, edgesep: 12, ranksep: 56 });
  for (const stage of stages) graph.setNode(stage.name, sized(stage));
  const joined = distinct(edges);
  for (const { from, to } of joined) graph.setEdge(from, to, {});
  layout(graph);
  const boxes = new Map(stages.map((stage) => [stage.name, graph.node(stage.name) as Box]));
  const columns = columnsOf([...boxes.values()]);
  const routes = joined.map((edge): Route => {
    const { points = [] } = graph.edge(edge.from, edge.to) as { points?: Point[] };
    const passes = points.slice(1, -1).flatMap(({ x, y }) => {
      const column = columns.get(round(x)); // other points lie between columns
      return column === undefined ? [] : [{ column, y }];
    });
    return { edge, passes };
  });
  return { boxes, columns, routes };
}

/** By the centre, which all boxes of a column share. */
function columnsOf(boxes: readonly Box[]): Map<number, Column> {
  const columns = new Map<number, Column>();
  for (const { x, width } of boxes) {
    const { left, right } = columns.get(round(x)) ?? { left: x, right: x };
    columns.set(round(x), {
      left: Math.min(left, x - width / 2),
      right: Math.max(right, x + width / 2),
    });
  }
  return columns;
}

/** The size and the window of the picture: all boxes and all lines, which may pass above and below them. */
function extent({ boxes, routes }: Placed): string {
  const all = [...boxes.values()];
  const ys = routes.flatMap(({ passes }) => passes.map(({ y }) => y));
  const left = Math.floor(least(all.map(({ x, width }) => x - width / 2))) - MARGIN;
  const right = Math.ceil(most(all.map(({ x, width }) => x + width / 2))) + MARGIN;
  const top = Math.floor(least([...all.map(({ y, height }) => y - height / 2), ...ys])) - MARGIN;
  const bottom = Math.ceil(most([...all.map(({ y, height }) => y + height / 2), ...ys])) + MARGIN;
  const [width, height] = [right - left, bottom - top];
  return `width="${width}" height="${height}" viewBox="${left} ${top} ${width} ${height}"`;
}

const least = (values: readonly number[]) => values.reduce((a, b) => Math.min(a, b));
const most = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b));

/** One edge between two stages, even if one reads the other by several inputs: they are drawn as one line. */
function distinct(edges: readonly GraphEdge[]): GraphEdge[] {
  const joined = new Map<string, GraphEdge>();
  for (const edge of edges) {
    const key = JSON.stringify([edge.from, edge.to]);
    const before = joined.get(key);
    joined.set(key, before === undefined ? edge : { ...before, input: `${before.input}, ${edge.input}` });
  }
  return [...joined.values()];
}

function sized(stage: GraphStage): Omit<Box, "x" | "y"> {
  const lines = [stage.name, ...stageNotes(stage)].map(shorten);
  const widths = lines.map((line, i) => columns(line) * CHARACTER_WIDTH * (i === 0 ? NAME : NOTE).size);
  const sheets = stage.instances > 1 ? 2 * SHEET : 0;
  return {
    stage,
    lines,
    width: Math.ceil(Math.max(...widths)) + 2 * PADDING.x + sheets,
    height: lines.length * LINE_HEIGHT + 2 * PADDING.y + sheets,
  };
}

function drawBox(
  { stage, lines, x, y, width, height }: Box,
  { fill, line, text }: { fill: string; line: string; text: string },
): string {
  const [left, top] = [x - width / 2, y - height / 2];
  const sheets = stage.instances > 1 ? [2, 1, 0] : [0];
  const [own, high] = [width - (sheets.length - 1) * SHEET, height - (sheets.length - 1) * SHEET];
  const rects = sheets.map((sheet) =>
    `<rect x="${round(left + sheet * SHEET)}" y="${round(top + (sheets.length - 1 - sheet) * SHEET)}" ` +
    `width="${round(own)}" height="${
      round(high)
    }" rx="5" fill="${fill}" stroke="${line}" stroke-width="1.5"/>`
  );
  const firstLine = top + (sheets.length - 1) * SHEET + PADDING.y + LINE_HEIGHT * 0.72;
  const texts = lines.map((words, i) => {
    const { size, weight } = i === 0 ? NAME : NOTE;
    return `<text x="${round(left + PADDING.x)}" y="${round(firstLine + i * LINE_HEIGHT)}" ` +
      `font-size="${size}" font-weight="${weight}" fill="${text}">${escape(words)}</text>`;
  });
  const title = [stage.name, ...stageNotes(stage)].join(", ");
  return ["<g>", `<title>${escape(title)}</title>`, ...rects, ...texts, "</g>"].join("");
}

/** Level through columns, and an S between one column and the next. */
function drawRoute({ edge, passes }: Route, { boxes, columns }: Placed): string {
  const from = boxes.get(edge.from)!;
  const to = boxes.get(edge.to)!;
  const stops = [
    ...passes.map(({ column: { left, right }, y }) => ({ left, y, until: right })),
    { left: columns.get(round(to.x))!.left, y: to.y, until: to.x - to.width / 2 },
  ];
  let { y } = from;
  let x = columns.get(round(from.x))!.right;
  let path = `M${at(from.x + from.width / 2, y)}H${round(x)}`;
  for (const stop of stops) {
    const middle = (x + stop.left) / 2;
    path += `C${at(middle, y)} ${at(middle, stop.y)} ${at(stop.left, stop.y)}H${round(stop.until)}`;
    [x, y] = [stop.until, stop.y];
  }
  const title = `${edge.from} to ${edge.to}: ${edge.input}`;
  return `<path d="${path}" marker-end="url(#weft-arrow)"><title>${escape(title)}</title></path>`;
}

const at = (x: number, y: number) => `${round(x)},${round(y)}`;
const round = (value: number) => Math.round(value * 10) / 10;

/** Cut in the middle: names that are long often differ at their end. */
function shorten(text: string): string {
  const half = (MAX_CHARACTERS - 1) / 2;
  const characters = [...text];
  if (characters.length <= MAX_CHARACTERS) return text;
  return `${characters.slice(0, Math.ceil(half)).join("")}…${characters.slice(-Math.floor(half)).join("")}`;
}

/** Widths of the characters, in those of Latin letters. */
function columns(text: string): number {
  return [...text].reduce((sum, character) => sum + (character >= "\u1100" ? 2 : 1), 0);
}

/** Text for XML: its own characters as entities, those that it does not allow as U+FFFD. */
function escape(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return text
    // deno-lint-ignore no-control-regex -- these are what is looked for
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Cs}/gu, "\ufffd")
    .replace(/[&<>"]/g, (character) => entities[character]!);
}
