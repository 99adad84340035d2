import { initWasm, Resvg } from "@resvg/resvg-wasm";
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { UserError } from "../core/diagnostic.ts";
import { EDGE_COLOR, kindColors } from "./colors.ts";
import { type PipelineGraph, pipelineGraph } from "./graph.ts";
import { graphSvg } from "./svg.ts";
import { graphs, GRID } from "./testing/graphs.ts";

const KINDS = ["dataset", "family", "train", "plot"];

Deno.test("graphSvg() makes well-formed SVG of any graph", async () => {
  await initWasm(await Deno.readFile(new URL(import.meta.resolve("@resvg/resvg-wasm/index_bg.wasm"))));
  fc.assert(fc.property(graphs, (graph) => new Resvg(graphSvg(graph, KINDS)).free()), { numRuns: 30 });
});

Deno.test("graphSvg() keeps boxes apart and inside of the picture, and lines out of the boxes of others", () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const svg = graphSvg(graph, KINDS);
      const [left, top, width, height] = numbers(/viewBox="([^"]+)"/.exec(svg)![1]!);
      const boxes = boxesOf(svg, graph);
      boxes.forEach((box, i) => {
        assert(box.left >= left! && box.right <= left! + width!);
        assert(box.top >= top! && box.bottom <= top! + height!);
        for (const other of boxes.slice(i + 1)) assert(!overlap(box, other), `${box.name} on ${other.name}`);
      });
      for (const { title, points } of linesOf(svg)) {
        for (const [x, y] of points) {
          assert(y! >= top! && y! <= top! + height!, title);
          const hit = boxes.find((box) => overlap(box, { left: x!, right: x!, top: y!, bottom: y! }));
          assert(
            hit === undefined || title.startsWith(`${hit.name} to `) || title.includes(` to ${hit.name}: `),
          );
        }
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("graphSvg() shows names as text, whatever they hold", () => {
  const name = `<script>&"'\u0001`;
  const stages = [{ name, kind: "plot", instances: 1, axes: [], gather: [] }];
  const svg = graphSvg({ name: "g", stages, edges: [] }, KINDS);
  assert(svg.includes(">&lt;script&gt;&amp;&quot;'\ufffd</text>"));
  assert(!svg.includes("<script"));
});

Deno.test("graphSvg() draws sheets for the instances of a stage, and is the same each time", () => {
  const svg = graphSvg(pipelineGraph(GRID, { expand: false }), KINDS);
  assertEquals(svg.match(/<rect /g)!.length, 3 * 4);
  assertEquals(svg.match(/<path d="M[^"]+" marker-end/g)!.length, 4);
  assert(svg.includes("train × 4 (data, model)</text>") && svg.includes("gathers data</text>"));
  assertEquals(graphSvg(pipelineGraph(GRID, { expand: false }), KINDS), svg);
});

Deno.test("graphSvg() refuses a graph that nobody could read", () => {
  const stages = Array.from({ length: 501 }, (_, i) => ({
    name: `s${i}`,
    kind: "plot",
    instances: 1,
    axes: [],
    gather: [],
  }));
  assertThrows(
    () => graphSvg({ name: "many", stages, edges: [] }, KINDS),
    UserError,
    'Cannot draw "many" as svg: it has 501 stages, and 500 are the limit',
  );
});

Deno.test("kindColors() gives readable text, and lines that are seen on light and on dark pages (WCAG 2)", () => {
  const colors = kindColors(Array.from({ length: 8 }, (_, i) => `kind${i}`));
  const all = Array.from({ length: 8 }, (_, i) => colors(`kind${i}`));
  assertEquals(new Set(all.map(({ line }) => line)).size, 8);
  for (const { text, fill } of all) assert(contrast(text, fill) >= 7);
  for (const page of ["#ffffff", "#0d1117"]) assert(contrast(EDGE_COLOR, page) >= 3);
});

interface Rect {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Of each stage the rectangle around its sheets. */
function boxesOf(svg: string, { stages }: PipelineGraph): (Rect & { readonly name: string })[] {
  return [...svg.matchAll(/<g><title>.*?<\/g>/g)].map(([group], i) => {
    const rects = [...group.matchAll(/<rect x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)"/g)].map(
      (found) => {
        const [x, y, width, height] = found.slice(1).map(Number);
        return { left: x!, right: x! + width!, top: y!, bottom: y! + height! };
      },
    );
    return {
      name: escaped(stages[i]!.name),
      left: Math.min(...rects.map(({ left }) => left)),
      right: Math.max(...rects.map(({ right }) => right)),
      top: Math.min(...rects.map(({ top }) => top)),
      bottom: Math.max(...rects.map(({ bottom }) => bottom)),
    };
  });
}

/** Of each line some points on it: its curves are followed, not only their ends. */
function linesOf(svg: string): { readonly title: string; readonly points: number[][] }[] {
  return [...svg.matchAll(/<path d="(M[^"]+)" marker-end="[^"]+"><title>(.*?)<\/title>/g)].map((found) => {
    const points: number[][] = [];
    let [x, y] = [0, 0];
    for (const [, command, text] of found[1]!.matchAll(/([MHC])([^MHC]+)/g)) {
      const values = numbers(text!);
      const [endX, endY] = command === "H" ? [values[0]!, y] : values.slice(-2) as [number, number];
      for (let t = 0.1; command !== "M" && t < 1; t += 0.1) {
        points.push(command === "H" ? [x + t * (endX - x), y] : bezier([x, y], values, t));
      }
      [x, y] = [endX, endY];
    }
    return { title: found[2]!, points };
  });
}

function bezier([x, y]: [number, number], [ax, ay, bx, by, ex, ey]: readonly number[], t: number): number[] {
  const mix = (p: number, a: number, b: number, e: number) =>
    (1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * a + 3 * (1 - t) * t ** 2 * b + t ** 3 * e;
  return [mix(x, ax!, bx!, ex!), mix(y, ay!, by!, ey!)];
}

function overlap(a: Rect, b: Rect): boolean {
  const slack = 0.2; // numbers are rounded to a tenth
  return a.left < b.right - slack && b.left < a.right - slack && a.top < b.bottom - slack &&
    b.top < a.bottom - slack;
}

function numbers(text: string): number[] {
  return text.trim().split(/[ ,]+/).map(Number);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(
    '"',
    "&quot;",
  );
}

/** Contrast ratio of two colours, 1 to 21. */
function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high! + 0.05) / (low! + 0.05);
}

function luminance(color: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const value = parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
