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

/** In UTF-16 units of text: a pipeline of 20,000 stages has two millions. */
const MAX_LENGTH = 4_000_000;
/** See {@link countMarks}: a pipeline of 20,000 stages has 250,000. The yaml package takes up to 10 µs and 1 KB for each. */
const MAX_MARKS = 400_000;

/** Reads YAML 1.2 (core schema) with `<<`. Values are those of JSON; anything else is a diagnostic. */
export function parse(source: SourceFile): Result<Document, readonly Diagnostic[]> {
  const whole = source.text.replace(/^\ufeff/, ""); // a byte order mark
  const unreadable = checkText(source.path, whole);
  if (unreadable !== undefined) return fail([unreadable]);
  const text = worthReading(whole);
  const lines = new LineCounter();
  const yaml = parseYaml(text, lines);
  const span = (start: number, end: number) => spanOf(source.path, lines, start, end);
  if (yaml.errors.length + yaml.warnings.length > 0) return fail(explainSyntax(yaml, text, span));
  const reader = new Reader(span);
  const value = reader.read(yaml.contents);
  if (reader.problems.length > 0) return fail(reader.problems);
  return ok({ source, root: { key: span(0, 0), value } });
}

function parseYaml(text: string, lineCounter = new LineCounter()) {
  return withoutStackTraces(() =>
    parseDocument(text, {
      lineCounter,
      schema: "core",
      stringKeys: true,
      uniqueKeys: false, // quadratic, and without the place of the first one: Reader does it
      resolveKnownTags: false,
      intAsBigInt: true, // so that an integer that a number cannot hold is seen
      prettyErrors: false,
      keepSourceTokens: false,
    })
  );
}

/** The text; of a long one whose beginning is full of errors the beginning alone, since each error takes 10 µs to find. */
function worthReading(text: string): string {
  if (text.length < 2 * BEGINNING) return text;
  const beginning = text.slice(0, text.lastIndexOf("\n", BEGINNING) + 1);
  return parseYaml(beginning).errors.length > 100 ? beginning : text;
}
const BEGINNING = 50_000;

/** What is not read as YAML at all: a text that is too large, or with characters that no text file holds. */
function checkText(path: string, text: string): Diagnostic | undefined {
  if (text.length > MAX_LENGTH) return tooLarge(path, `it has more than ${MAX_LENGTH} characters`);
  if (countMarks(text) > MAX_MARKS) {
    return tooLarge(path, `it has more than ${MAX_MARKS} line ends, brackets, colons and the like`);
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

function tooLarge(path: string, why: string): Diagnostic {
  const at = { path, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const help = "split the pipeline into files, and import them";
  return { severity: "error", code: "too-large", message: `Cannot read ${quote(path)}: ${why}`, at, help };
}

/** How many characters may start or end a token of YAML, which bounds the work of parsing it; not those in words and numbers. */
function countMarks(text: string): number {
  let marks = 0;
  for (let i = 0; i < text.length; i++) {
    const mark = MARKS[text.charCodeAt(i)];
    if (mark === ALWAYS || (mark === BEFORE_SPACE && isSpace(text.charCodeAt(i + 1)))) marks++;
  }
  return marks;
}
const ALWAYS = 1;
const BEFORE_SPACE = 2;
const MARKS = new Uint8Array(128);
for (const mark of "\n,[]{}&*!|>\"'#") MARKS[mark.charCodeAt(0)] = ALWAYS;
for (const mark of "-?:") MARKS[mark.charCodeAt(0)] = BEFORE_SPACE;

/** Also true at the end of the text. */
function isSpace(code: number): boolean {
  return !(code > 0x20);
}

/** The yaml package makes an error for each mistake, and a stack trace, which nobody sees, is most of its cost. */
function withoutStackTraces<Value>(work: () => Value): Value {
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = usual;
  }
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
