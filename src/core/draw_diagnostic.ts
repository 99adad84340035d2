import type { Diagnostic, Span } from "./diagnostic.ts";

export interface DrawOptions {
  /** ANSI colours; default false. */
  readonly color?: boolean;
}

/**
 * A diagnostic as text for people, several lines without a final line break.
 * @param sourceOf Text of a file by its path; where it is undefined only the place is named
 */
export function drawDiagnostic(
  d: Diagnostic,
  sourceOf: (path: string) => string | undefined,
  options: DrawOptions = {},
): string {
  const paint = options.color === true ? ansiPaint : plainPaint;
  const head = paint.severity(d.severity, `${d.severity}[${d.code}]`) +
    paint.strong(`: ${visible(d.message)}`);
  const lines = [head];
  if (d.at === undefined) {
    lines.push(...helpLines(d.help, paint));
  } else {
    lines.push(
      ...drawPlace(d.at, sourceOf(d.at.path), d.help, paint, (text) => paint.severity(d.severity, text)),
    );
  }
  for (const { message, at } of d.related ?? []) {
    lines.push(`note: ${visible(message)}`, ...drawPlace(at, sourceOf(at.path), undefined, paint, paint.dim));
  }
  return lines.join("\n");
}

/** Columns of a source line that are shown; of a longer line, a window around the caret. */
const WINDOW = 100;
/** A help text that ends before this column stands beside the carets, a longer one below them. */
const HELP_BESIDE = 110;
const TAB = "    ";

interface Paint {
  severity(severity: Diagnostic["severity"], text: string): string;
  strong(text: string): string;
  dim(text: string): string;
}

const plainPaint: Paint = { severity: (_, text) => text, strong: (text) => text, dim: (text) => text };
const ansiPaint: Paint = {
  severity: (severity, text) => `\x1b[1;${severity === "error" ? 31 : 33}m${text}\x1b[0m`,
  strong: (text) => `\x1b[1m${text}\x1b[0m`,
  dim: (text) => `\x1b[36m${text}\x1b[0m`,
};

/** ` --> path:line:column`, the line, the carets, the help. */
function drawPlace(
  at: Span,
  sourceText: string | undefined,
  help: string | undefined,
  paint: Paint,
  paintCarets: (text: string) => string,
): string[] {
  const place = `${paint.dim(" -->")} ${visible(at.path)}:${at.line}:${at.column}`;
  const line = sourceText === undefined ? undefined : lineOf(sourceText, at.line);
  if (line === undefined) return [place, ...helpLines(help, paint)];
  const gutter = " ".repeat(String(at.line).length);
  const { text, before, under } = windowed(line, at.column - 1, endOnLine(at, line) - 1);
  const beside = help !== undefined && !help.includes("\n") &&
    gutter.length + 3 + before + under + 1 + help.length <= HELP_BESIDE;
  const carets = paintCarets("^".repeat(under) + (beside ? ` ${visible(help)}` : ""));
  return [
    place,
    `${paint.dim(`${at.line} |`)} ${text}`.trimEnd(),
    `${paint.dim(`${gutter} |`)} ${" ".repeat(before)}${carets}`,
    ...(beside ? [] : helpLines(help, paint)),
  ];
}

function helpLines(help: string | undefined, paint: Paint): string[] {
  if (help === undefined) return [];
  const [first, ...rest] = help.split("\n").map(visible);
  return [`${paint.dim("  = help:")} ${first}`, ...rest.map((line) => `          ${line}`)];
}

function lineOf(text: string, line: number): string | undefined {
  let start = 0;
  for (let passed = 1; passed < line; passed++) {
    const feed = text.indexOf("\n", start);
    if (feed < 0) return undefined;
    start = feed + 1;
  }
  const end = text.indexOf("\n", start);
  return text.slice(start, end < 0 ? undefined : end).replace(/\r$/, "").replace(/^\ufeff/, "");
}

/** Column just after the part of the span that lies on its first line. */
function endOnLine(at: Span, line: string): number {
  return at.endLine === at.line ? at.endColumn : line.trimEnd().length + 1;
}

/** The part of a line around [start, end), as it is printed, with the widths left of the carets and above them. */
function windowed(line: string, start: number, end: number): { text: string; before: number; under: number } {
  const from = line.length <= WINDOW ? 0 : Math.max(0, start - WINDOW); // a line may have millions of characters
  const cells = cellsOf(line.slice(from, start + 2 * WINDOW), from);
  const total = cells.reduce((sum, cell) => sum + cell.width, 0);
  const left = cells.filter((cell) => cell.offset < start).reduce((sum, cell) => sum + cell.width, 0);
  const cutLeft = from > 0 || total > WINDOW ? Math.max(0, left - WINDOW / 2) : 0;
  const shown: Cell[] = [];
  let column = 0;
  for (const cell of cells) {
    if (column >= cutLeft && column + cell.width <= cutLeft + WINDOW) shown.push(cell);
    column += cell.width;
  }
  const first = shown[0]?.offset ?? from;
  const last = shown.at(-1);
  const dotsLeft = first > 0 ? "…" : "";
  const dotsRight = last !== undefined && last.offset + last.length < line.length ? "…" : "";
  const width = (of: Cell[]) => of.reduce((sum, cell) => sum + cell.width, 0);
  return {
    text: dotsLeft + shown.map((cell) => cell.text).join("") + dotsRight,
    before: dotsLeft.length + width(shown.filter((cell) => cell.offset < start)),
    under: Math.max(1, width(shown.filter((cell) => cell.offset >= start && cell.offset < end))),
  };
}

/** One character as it is printed; `offset` and `length` in UTF-16 units of its line, `width` in columns. */
interface Cell {
  readonly text: string;
  readonly offset: number;
  readonly length: number;
  readonly width: number;
}

function cellsOf(text: string, offset: number): Cell[] {
  const cells: Cell[] = [];
  for (const character of text) {
    const shown = character === "\t" ? TAB : visible(character);
    cells.push({
      text: shown,
      offset,
      length: character.length,
      width: character === "\t" ? TAB.length : widthOf(shown),
    });
    offset += character.length;
  }
  return cells;
}

/** Text with � for what a terminal would obey or hide: controls, escapes, changes of direction, lone surrogates. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

/** Columns that a terminal gives a character. */
function widthOf(character: string): number {
  if (/^[\p{Mn}\p{Me}]/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** East Asian wide and fullwidth blocks and the pictographs (Unicode Standard Annex 11). */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
