import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";

/**
 * What a schema inside another is about. part: a value inside the value. same: the value itself. test: a question about
 * either, whose answer alone counts. definition: nothing, until a `$ref` names it.
 */
export type SchemaRole = "part" | "same" | "test" | "definition";

const ROLES: ReadonlyMap<string, SchemaRole> = new Map([
  ["properties", "part"],
  ["patternProperties", "part"],
  ["additionalProperties", "part"],
  ["items", "part"],
  ["additionalItems", "part"],
  ["anyOf", "same"],
  ["oneOf", "same"],
  ["allOf", "same"],
  ["then", "same"],
  ["else", "same"],
  ["if", "test"],
  ["not", "test"],
  ["contains", "test"],
  ["propertyNames", "test"],
  ["definitions", "definition"],
]);
/** Their values are maps from names to schemas. */
const MAPS: ReadonlySet<string> = new Set(["properties", "patternProperties", "definitions"]);

/**
 * A schema whose direct subschemas are replaced by what `change` gives for them. Draft-07.
 * @param change is told the way to the subschema, such as `["properties", "epochs"]`
 */
export function mapSubschemas(
  schema: JsonObject,
  change: (subschema: JsonObject, role: SchemaRole, way: readonly string[]) => JsonObject,
): JsonObject {
  const entries = Object.entries(schema).map(([keyword, value]): [string, Json] => {
    const role = ROLES.get(keyword);
    if (role === undefined) return [keyword, value];
    const changed = (inner: Json, ...way: string[]) =>
      isJsonObject(inner) ? change(inner, role, [keyword, ...way]) : inner;
    if (Array.isArray(value)) return [keyword, value.map((inner, i) => changed(inner, String(i)))];
    if (!MAPS.has(keyword) || !isJsonObject(value)) return [keyword, changed(value)];
    const inner = Object.entries(value).map(([name, inner]) => [name, changed(inner, name)]);
    return [keyword, Object.fromEntries(inner)];
  });
  return Object.fromEntries(entries);
}
