import { type Document, isCollection, isScalar, Scalar, visit, type YAMLError } from "yaml";
import type { Diagnostic, Span } from "../core/diagnostic.ts";

/** What a person is told about the errors in a document: the first of each line, since one mistake makes several. */
export function explainSyntax(
  yaml: Pick<Document.Parsed, "errors" | "warnings" | "contents">,
  text: string,
  span: (start: number, end: number) => Span,
): Diagnostic[] {
  const errors = [...yaml.errors, ...yaml.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  const tooDeep = errors.find((error) => error.code === "RESOURCE_EXHAUSTION"); // the others follow from it
  const place = ([start, end]: readonly [number, number]) => {
    const from = Math.min(start, text.length);
    return span(from, Math.max(from, Math.min(end, text.length)));
  };
  const byLine = new Map<number, Diagnostic>();
  let lastLine = 0;
  let isMisled = false; // behind an expression without quotes braces no longer match
  for (const error of tooDeep === undefined ? errors : [tooDeep]) {
    const { line } = place(error.pos);
    if (line === lastLine) continue; // errors are sorted
    if (byLine.size >= MAX_TOLD) break;
    lastLine = line;
    const unquoted = unquotedExpression(error, text);
    if (isMisled && unquoted === undefined) continue;
    isMisled ||= unquoted !== undefined;
    const { what, help, pos } = unquoted ?? inWords(error, yaml.contents, text);
    const message = `Cannot read the file as YAML: ${what}`;
    const code = error === tooDeep ? "too-deep" : "syntax";
    byLine.set(line, {
      severity: "error",
      code,
      message,
      at: place(pos ?? error.pos),
      help,
    });
  }
  return [...byLine.values()];
}

const MAX_TOLD = 20;

/** `pos`: a better place than the error's own, as offsets. */
interface Words {
  readonly what: string;
  readonly help?: string;
  readonly pos?: [number, number];
}

const COLON: Words = {
  what: "a key without a colon",
  help: 'write "key: value", with a space after the colon',
};
const INDENT: Words = {
  what: "this line is not indented like those before it",
  help: "the keys of one map and the items of one list start in the same column",
};

/** An expression within `{ }` or `[ ]` is read as maps there, and no error of YAML says that it lacks quotes. */
function unquotedExpression({ pos: [at] }: YAMLError, text: string): Words | undefined {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  for (const found of lineFrom(text, start).matchAll(/(?<!["'$])\$?\{\{([^{}"']*)\}\}/g)) {
    const [from, end] = [start + found.index, start + found.index + found[0].length];
    if (at < from || at > end) continue;
    const help = `write "\${{ ${found[1]!.trim()} }}": within { } and [ ] an expression needs quotes`;
    return { what: "an expression is not in quotes", help, pos: [from, end] };
  }
  return undefined;
}

function inWords(
  { code, message, pos }: YAMLError,
  contents: Document.Parsed["contents"],
  text: string,
): Words {
  const here = text.slice(pos[0], pos[1]).trim();
  const line = lineFrom(text, pos[0]);
  switch (code) {
    case "TAB_AS_INDENT":
      return { what: "a tab stands where indentation is wanted", help: "indent with spaces" };
    case "BAD_INDENT":
      return message.startsWith("Flow") ? unclosedBracket(contents, text, pos) : INDENT;
    case "MISSING_CHAR":
      if (message.startsWith("Implicit map key")) return COLON;
      if (message.startsWith("Missing closing")) return unclosedQuote(contents, pos);
      if (message.startsWith("Flow")) return unclosedBracket(contents, text, pos);
      break;
    case "MULTILINE_IMPLICIT_KEY":
      return { ...COLON, what: "a key takes more than one line, probably because a colon is missing" };
    case "BLOCK_AS_IMPLICIT_KEY":
      if (!/^\S.*:\s/.test(line)) {
        return { ...INDENT, what: "a line is indented more than the key that it follows" };
      }
      return { what: "two keys on one line", help: 'put quotes around a value that holds ": "' };
    case "BAD_SCALAR_START":
      return {
        what: `a text must not start with ${JSON.stringify(line.slice(0, 1))}`,
        help: "put quotes around it",
      };
    case "BAD_DQ_ESCAPE":
      return { what: lowerFirst(message), help: "double the backslash, or use single quotes" };
    case "MULTIPLE_DOCS":
      return { what: 'a second document starts with "---"', help: "a file holds one pipeline" };
    case "NON_STRING_KEY":
      return { what: "a key is not a plain text" };
    case "TAG_RESOLVE_FAILED":
      return {
        what: 'tags (words after "!") are not known',
        help: 'put quotes around a text that starts with "!"',
      };
    case "RESOURCE_EXHAUSTION":
      return { what: "maps and lists are nested too deep" };
    case "UNEXPECTED_TOKEN":
      if (here !== "" && here.length < 20) return { what: `${JSON.stringify(here)} is not expected here` };
  }
  return { what: lowerFirst(message) };
}

/** The parser notices an open bracket where it should have ended; a person wants to see where it was opened. */
function unclosedBracket(contents: Document.Parsed["contents"], text: string, pos: [number, number]): Words {
  let opened: number | undefined;
  visit(contents, {
    Collection(_, node) {
      if (!isCollection(node) || node.flow !== true || !node.range || node.range[0] > pos[0]) return;
      const last = text[node.range[1] - 1];
      if (last !== "]" && last !== "}") opened = node.range[0];
    },
  });
  const words: Words = { what: "a bracket is not closed", help: 'close "[" with "]" and "{" with "}"' };
  return opened === undefined ? words : { ...words, pos: [opened, opened + 1] };
}

function unclosedQuote(contents: Document.Parsed["contents"], pos: [number, number]): Words {
  let opened: number | undefined;
  visit(contents, {
    Scalar(_, node) {
      if (!isScalar(node) || !node.range || node.range[0] >= pos[0]) return;
      if (node.type === Scalar.QUOTE_DOUBLE || node.type === Scalar.QUOTE_SINGLE) opened = node.range[0];
    },
  });
  const words: Words = { what: "a quoted text is not closed", help: "add the second quote" };
  return opened === undefined ? words : { ...words, pos: [opened, opened + 1] };
}

function lineFrom(text: string, offset: number): string {
  const end = text.indexOf("\n", offset);
  return text.slice(offset, end < 0 ? undefined : end);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
