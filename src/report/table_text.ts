import type { Json } from "../core/json.ts";
import type { Table } from "../core/table.ts";

/** A table as a JSON array of objects, a row a line, members in the order of the columns; in pieces, for it may be long. */
export function* tableJson({ columns, rows }: Table): Generator<string> {
  const names = columns.map(({ name }) => name);
  let [before, end] = ["[\n", "[]\n"];
  for (const piece of pieces(rows)) {
    yield before + piece.map((row) => JSON.stringify(objectOf(names, row))).join(",\n");
    [before, end] = [",\n", "\n]\n"];
  }
  yield end;
}

/**
 * A table as CSV with a header, in pieces. A missing value is an empty field, an empty text is `""`; lists and maps are
 * JSON.
 * @see RFC 4180
 */
export function* tableCsv({ columns, rows }: Table): Generator<string> {
  yield csvLine(columns.map(({ name }) => name));
  for (const piece of pieces(rows)) yield piece.map(csvLine).join("");
}

/** Rows a piece. */
const PIECE = 1000;

function* pieces<Row>(rows: Iterable<Row>): Generator<Row[]> {
  let piece: Row[] = [];
  for (const row of rows) {
    if (piece.push(row) < PIECE) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}

function objectOf(names: readonly string[], row: readonly Json[]): Record<string, Json> {
  return Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]));
}

function csvLine(fields: readonly Json[]): string {
  return `${fields.map(csvField).join(",")}\r\n`;
}

function csvField(value: Json): string {
  if (value === null) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
