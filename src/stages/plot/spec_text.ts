import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";

/**
 * A spec as JSON text for people and diffs: indented by 2, short values on one line, each row of inline data on a line of
 * its own. Keys keep their order.
 */
export function specText(spec: JsonObject): string {
  return `${blockOf(spec, "")}\n`;
}

const LINE_WIDTH = 100;

function textOf(value: Json, indent: string): string {
  if (hasRows(value)) return blockOf(value, indent);
  const line = lineOf(value);
  return indent.length + line.length <= LINE_WIDTH ? line : blockOf(value, indent);
}

function blockOf(value: Json, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) return block("[", value.map((item) => textOf(item, inner)), "]", indent);
  if (!isJsonObject(value)) return lineOf(value);
  const members = Object.entries(value).map(([key, item]) => {
    return `${lineOf(key)}: ${
      isRows(key, item) ? block("[", (item as Json[]).map(lineOf), "]", inner) : textOf(item, inner)
    }`;
  });
  return block("{", members, "}", indent);
}

function block(open: string, texts: readonly string[], close: string, indent: string): string {
  if (texts.length === 0) return open + close;
  return `${open}\n${texts.map((text) => `${indent}  ${text}`).join(",\n")}\n${indent}${close}`;
}

/** Whether it is inline data, `{ values: [row, ...] }`, or data sets, `{ name: [row, ...] }`. */
function hasRows(value: Json): boolean {
  return isJsonObject(value) && Object.entries(value).some(([key, item]) => isRows(key, item));
}

function isRows(key: string, value: Json): boolean {
  const isName = key === "values" || key.includes("."); // of a table, as no key of Vega-Lite is
  return isName && Array.isArray(value) && value.length > 0 && value.every(isJsonObject);
}

function lineOf(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(lineOf).join(", ")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, item]) => `${lineOf(key)}: ${lineOf(item)}`);
  return `{${members.join(", ")}}`;
}
