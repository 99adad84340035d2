import type { Span } from "../core/diagnostic.ts";
import type { Located, LocatedScalar } from "./located.ts";

/** `${{ params.a.b }}` or `${{ matrix.axis.field }}`: a root and the names below it. */
export interface Expression {
  readonly root: "params" | "matrix";
  readonly names: readonly string[];
  /** As it stands in the file, with its braces. */
  readonly text: string;
}

/** A text of a file taken apart: plain stretches, expressions, and what looks like one and is none. */
export type Part = string | Expression | { readonly wrong: string; readonly help: string };

const OPEN = "${{";
const SYNTAX = 'write "${{ params.NAME }}" or "${{ matrix.AXIS }}", with further names after dots';

/** The parts of a text; a text without expressions is one part. */
export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (let start = text.indexOf(OPEN); start >= 0; start = text.indexOf(OPEN, from)) {
    if (start > from) parts.push(text.slice(from, start));
    const end = text.indexOf("}}", start);
    if (end < 0) return [...parts, { wrong: 'it starts with "${{" and has no "}}"', help: SYNTAX }];
    from = end + 2;
    parts.push(readExpression(text.slice(start, from)));
  }
  if (from < text.length || parts.length === 0) parts.push(text.slice(from));
  return parts;
}

/** Every text below a value that holds expressions. */
export function textsWithExpressions(node: Located): LocatedScalar[] {
  switch (node.type) {
    case "scalar":
      return typeof node.value === "string" && node.value.includes(OPEN) ? [node] : [];
    case "list":
      return node.items.flatMap(textsWithExpressions);
    case "map":
      return [...node.entries.values()].flatMap(({ value }) => textsWithExpressions(value));
  }
}

/** The axes of the matrix that expressions below a value name, each with the first place that names it. */
export function axesNamedIn(node: Located): Map<string, Span> {
  const axes = new Map<string, Span>();
  for (const { value, at } of textsWithExpressions(node)) {
    for (const part of partsOf(value as string)) {
      if (typeof part === "string" || "wrong" in part || part.root !== "matrix") continue;
      const axis = part.names[0]!;
      if (!axes.has(axis)) axes.set(axis, at);
    }
  }
  return axes;
}

function readExpression(text: string): Part {
  const inner = text.slice(OPEN.length, -2).trim();
  const [root, ...names] = inner.split(".");
  if (inner === "") return { wrong: "it is empty", help: SYNTAX };
  if (!/^[A-Za-z0-9_.-]+$/.test(inner) || names.includes("")) {
    return { wrong: "it is more than names with dots between", help: `${SYNTAX}; there is nothing else` };
  }
  if (root !== "params" && root !== "matrix") {
    return { wrong: `${JSON.stringify(root)} is neither "params" nor "matrix"`, help: SYNTAX };
  }
  if (names.length === 0) return { wrong: `a name after "${root}." is missing`, help: SYNTAX };
  return { root, names, text };
}
