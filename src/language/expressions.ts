import { quote } from "../core/describe.ts";
import type { Located, LocatedScalar } from "./located.ts";

export interface LocatedText extends LocatedScalar {
  readonly value: string;
}

/** `${{ params.a.b }}` or `${{ matrix.axis.field }}`: a root and the names below it. */
export interface Expression {
  readonly root: "params" | "matrix";
  readonly names: readonly string[];
  /** As it stands in the file, with its braces. */
  readonly text: string;
}

/** A text of a file taken apart: plain stretches, expressions, and what looks like one and is none. */
export type Part = string | Expression | NoExpression;
export interface NoExpression {
  readonly wrong: string;
  readonly help: string;
}

/** Of a text with expressions, in UTF-16 units. */
const MAX_LENGTH = 10_000;
const OPEN = "${{";
const SYNTAX = 'write "${{ params.NAME }}" or "${{ matrix.AXIS }}", with further names after dots';

/** The parts of a text; a text without expressions is one part. */
export function partsOf(text: string): Part[] {
  if (text.length > MAX_LENGTH && text.includes(OPEN)) {
    return [{
      wrong: `a text with expressions has at most ${MAX_LENGTH} characters`,
      help: "put long texts into params",
    }];
  }
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

/** Every text in a value that holds expressions. */
export function textsWithExpressions(node: Located, found: LocatedText[] = []): LocatedText[] {
  if (isTextWithExpressions(node)) found.push(node);
  if (node.type === "list") { for (const item of node.items) textsWithExpressions(item, found); }
  if (node.type === "map") {
    for (const { value } of node.entries.values()) {
      textsWithExpressions(value, found);
    }
  }
  return found;
}

export function isTextWithExpressions(node: Located): node is LocatedText {
  return node.type === "scalar" && typeof node.value === "string" && node.value.includes(OPEN);
}

/** The axes of the matrix that expressions in a value name. */
export function axesNamedIn(node: Located): Set<string> {
  const parts = textsWithExpressions(node).flatMap(({ value }) => partsOf(value));
  return new Set(
    parts.flatMap((part) =>
      typeof part === "object" && "root" in part && part.root === "matrix" ? [part.names[0]!] : []
    ),
  );
}

function readExpression(text: string): Part {
  const inner = text.slice(OPEN.length, -2).trim();
  const [root, ...names] = inner.split(".");
  if (inner === "") return { wrong: "it is empty", help: SYNTAX };
  if (!/^[A-Za-z0-9_.-]+$/.test(inner) || names.includes("")) {
    return { wrong: "it is more than names with dots between", help: `${SYNTAX}; there is nothing else` };
  }
  if (root !== "params" && root !== "matrix") {
    return { wrong: `${quote(root)} is neither "params" nor "matrix"`, help: SYNTAX };
  }
  if (names.length === 0) return { wrong: `a name after "${root}." is missing`, help: SYNTAX };
  return { root, names, text };
}
