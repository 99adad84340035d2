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
  /** As it stands in the file. */
  readonly text: string;
}

/** Of a text with expressions, in UTF-16 units. */
const MAX_LENGTH = 10_000;
const OPEN = "${{";
/** `${params.a}` and `{{ params.a }}`, which other tools write. */
const LOOKALIKE = /(?:\$\{|\{\{) ?((?:params|matrix)\.[\w.-]+) ?\}\}?/g;
const SYNTAX = 'write "${{ params.NAME }}" or "${{ matrix.AXIS }}", with further names after dots';

/** The parts of a text; a text without expressions is one part. */
export function partsOf(text: string): Part[] {
  if (text.length > MAX_LENGTH && holdsExpressions(text)) {
    return [{
      wrong: `a text with expressions has at most ${MAX_LENGTH} characters`,
      help: "put long texts into params",
      text,
    }];
  }
  const parts: Part[] = [];
  let from = 0;
  for (let start = text.indexOf(OPEN); start >= 0; start = text.indexOf(OPEN, from)) {
    if (start > from) parts.push(...readPlain(text.slice(from, start)));
    const end = text.indexOf("}}", start);
    if (end < 0) {
      const wrong = 'it starts with "${{" and has no "}}"';
      return [...parts, { wrong, help: SYNTAX, text: text.slice(start) }];
    }
    from = end + 2;
    parts.push(readExpression(text.slice(start, from)));
  }
  parts.push(...readPlain(text.slice(from)));
  return parts.length === 0 ? [""] : parts;
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
  return node.type === "scalar" && typeof node.value === "string" && holdsExpressions(node.value);
}

function holdsExpressions(text: string): boolean {
  return text.includes(OPEN) || text.search(LOOKALIKE) >= 0;
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

/** A stretch without expressions, apart from what was meant as one. */
function readPlain(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const { 0: found, 1: name, index } of text.matchAll(LOOKALIKE)) {
    if (index > from) parts.push(text.slice(from, index));
    const wrong = 'an expression stands between "${{" and "}}"';
    parts.push({ wrong, help: `write "\${{ ${name} }}"`, text: found });
    from = index + found.length;
  }
  if (from < text.length) parts.push(text.slice(from));
  return parts;
}

function readExpression(text: string): Expression | NoExpression {
  const inner = text.slice(OPEN.length, -2).trim();
  const [root, ...names] = inner.split(".");
  if (inner === "") return { wrong: "it is empty", help: SYNTAX, text };
  if (!/^[A-Za-z0-9_.-]+$/.test(inner) || names.includes("")) {
    return {
      wrong: "it is more than names with dots between",
      help: `${SYNTAX}; there is nothing else`,
      text,
    };
  }
  if (root !== "params" && root !== "matrix") {
    return { wrong: `${quote(root)} is neither "params" nor "matrix"`, help: SYNTAX, text };
  }
  if (names.length === 0) return { wrong: `a name after "${root}." is missing`, help: SYNTAX, text };
  return { root, names, text };
}
