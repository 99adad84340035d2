import { isJsonObject, type JsonObject } from "../../../core/json.ts";

/**
 * A value with a part laid over it: maps merge key by key, other values replace, and null removes.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(merged({ a: { b: 1, c: 2 }, d: [1] }, { a: { b: 3, c: null }, d: [] }), { a: { b: 3 }, d: [] });
 * ```
 */
export function merged(value: JsonObject, part: JsonObject): JsonObject {
  const result = new Map(Object.entries(value));
  for (const [key, over] of Object.entries(part)) {
    const under = result.get(key);
    if (over === null) result.delete(key);
    else result.set(key, isJsonObject(over) ? merged(isJsonObject(under) ? under : {}, over) : over);
  }
  return Object.fromEntries(result);
}
