import type { Json } from "../core/json.ts";
import { rowObjects, type Table } from "../core/table.ts";

/** A table as a JSON array of objects, a row a line, members in the order of the columns. */
export function tableJson(table: Table): string {
  const rows = rowObjects(table).map((row) => JSON.stringify(row));
  return rows.length === 0 ? "[]\n" : `[\n${rows.join(",\n")}\n]\n`;
}

/**
 * A table as CSV with a header. A missing value is an empty field, an empty text is `""`; lists and maps are JSON.
 * @see RFC 4180
 */
export function tableCsv({ columns, rows }: Table): string {
  const lines = [columns.map(({ name }) => name), ...rows];
  return lines.map((line) => `${line.map(csvField).join(",")}\r\n`).join("");
}

function csvField(value: Json): string {
  if (value === null) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text === "" || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
