/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/**
 * JSON text with sorted keys and no white space: equal values have equal text. Members that are undefined are left out.
 * Numbers and strings are written as ECMAScript writes them (as RFC 8785 asks).
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(canonicalJson({ b: [1, 1e21], a: undefined, A: null }), '{"A":null,"b":[1,1e+21]}');
 * ```
 * @throws {TypeError} If a number is not finite: JSON has no text for it
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new TypeError(`Cannot write ${value} as JSON: it is not a finite number`);
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  const map = value as Record<string, unknown>;
  const members: string[] = [];
  for (const key of Object.keys(map).sort()) { // by UTF-16 units
    const item = map[key];
    if (item !== undefined) members.push(`${quoted(key)}:${canonicalJson(item)}`);
  }
  return `{${members.join(",")}}`; // texts that are added up stay in pieces: five times the memory
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Keys as they stand in JSON, of the first thousand: those of records come again and again. */
const knownKeys = new Map<string, string>();

function quoted(key: string): string {
  const known = knownKeys.get(key);
  if (known !== undefined) return known;
  const text = JSON.stringify(key);
  if (knownKeys.size < 1000) knownKeys.set(key, text);
  return text;
}
