import { LineCounter, parseDocument } from "yaml";
import type { Diagnostic, Span } from "../core/diagnostic.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { quote } from "../core/describe.ts";
import type { LocatedEntry } from "./located.ts";
import { Reader } from "./reader.ts";
import { explainSyntax } from "./syntax_errors.ts";

/** A file as text; `path` is how messages name it. Bytes that were not UTF-8 may stand as U+FFFD: they are reported. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A YAML file whose every value keeps its place. The key of `root` is the start of the file. */
export interface Document {
  readonly source: SourceFile;
  readonly root: LocatedEntry;
}

/** In UTF-16 units of text. */
const MAX_LENGTH = 10_000_000;

/** Reads YAML 1.2 (core schema) with `<<`. Values are those of JSON; anything else is a diagnostic. */
export function parse(source: SourceFile): Result<Document, readonly Diagnostic[]> {
  const text = source.text.replace(/^\ufeff/, ""); // a byte order mark
  const unreadable = checkText(source.path, text);
  if (unreadable !== undefined) return fail([unreadable]);
  const lines = new LineCounter();
  const yaml = parseDocument(text, {
    lineCounter: lines,
    schema: "core",
    stringKeys: true,
    uniqueKeys: false, // quadratic, and without the place of the first one: Reader does it
    resolveKnownTags: false,
    intAsBigInt: true, // so that an integer that a number cannot hold is seen
    prettyErrors: false,
    keepSourceTokens: false,
  });
  const span = (start: number, end: number) => spanOf(source.path, lines, start, end);
  if (yaml.errors.length + yaml.warnings.length > 0) return fail(explainSyntax(yaml, text, span));
  const reader = new Reader(span);
  const value = reader.read(yaml.contents);
  if (reader.problems.length > 0) return fail(reader.problems);
  return ok({ source, root: { key: span(0, 0), value } });
}

/** What cannot be YAML at all: too long a text, or characters that no text file holds. */
function checkText(path: string, text: string): Diagnostic | undefined {
  if (text.length > MAX_LENGTH) {
    const message = `Cannot read ${
      quote(path)
    }: it has ${text.length} characters, and ${MAX_LENGTH} are the limit`;
    return { severity: "error", code: "too-large", message };
  }
  // deno-lint-ignore no-control-regex -- these are what is looked for
  const found = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ufffe\uffff]|\p{Cs}/u.exec(text);
  if (found === null) return undefined;
  const at = placeInText(path, text, found.index);
  if (found[0] === "\ufffd") {
    const message =
      "Cannot read the file: bytes here are not UTF-8 (or are U+FFFD, which stands for such bytes)";
    return { severity: "error", code: "not-utf8", message, at, help: "save the file as UTF-8" };
  }
  const name = `U+${found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`;
  const message = `Cannot read the file: it holds the character ${name}, which a YAML file must not`;
  return { severity: "error", code: "bad-character", message, at };
}

function placeInText(path: string, text: string, offset: number): Span {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  const column = offset - before.lastIndexOf("\n");
  return { path, line, column, endLine: line, endColumn: column + 1 };
}

function spanOf(path: string, lines: LineCounter, start: number, end: number): Span {
  const from = lines.linePos(start);
  const to = lines.linePos(end);
  // an offset before the first line break that the counter has seen is at { line: 0 }
  return {
    path,
    line: Math.max(1, from.line),
    column: Math.max(1, from.col),
    endLine: Math.max(1, to.line),
    endColumn: Math.max(1, to.col),
  };
}
