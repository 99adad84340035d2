import type { Json } from "../core/json.ts";
import type { Table } from "../core/table.ts";

/** A table as a JSON array of objects, a row a line, members in the order of the columns; in pieces, for it may be long. */
export function* tableJson({ columns, rows }: Table): Generator<string> {
  if (rows.length === 0) return yield "[]\n";
  const names = columns.map(({ name }) => name);
  yield "[\n";
  for (let i = 0; i < rows.length; i += PIECE) {
    const texts = rows.slice(i, i + PIECE).map((row) => JSON.stringify(objectOf(names, row)));
    yield texts.join(",\n") + (i + PIECE < rows.length ? ",\n" : "\n]\n");
  }
}

/**
 * A table as CSV with a header, in pieces. A missing value is an empty field, an empty text is `""`; lists and maps are
 * JSON.
 * @see RFC 4180
 */
export function* tableCsv({ columns, rows }: Table): Generator<string> {
  yield csvLine(columns.map(({ name }) => name));
  for (let i = 0; i < rows.length; i += PIECE) yield rows.slice(i, i + PIECE).map(csvLine).join("");
}

/** Rows a piece. */
const PIECE = 1000;

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
