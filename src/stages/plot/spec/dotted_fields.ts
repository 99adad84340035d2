import { isJsonObject, type JsonObject } from "../../../core/json.ts";
import { escapedField } from "../label_fields.ts";
import type { FieldUse } from "./fields.ts";
import { childrenOf, transformsOf, withValues } from "./views.ts";

/** A copy in which names with dots are as Vega-Lite wants them, to which a dot is a way into a value: `init.std` → `init\.std`. */
export function withDottedFields(spec: JsonObject, uses: readonly FieldUse[]): JsonObject {
  return withEscapedFields(withLookupNames(spec), uses);
}

/** A lookup's dotted fields under their own names, where it does not say others: Vega-Lite would take the escaped ones. */
function withLookupNames(spec: JsonObject): JsonObject {
  const changes = viewsIn(spec).flatMap(transformsOf).flatMap(({ transform, at }) => {
    const fields = isJsonObject(transform["from"]) ? transform["from"]["fields"] : undefined;
    const isNameless = transform["lookup"] !== undefined && transform["as"] === undefined;
    if (!isNameless || !Array.isArray(fields) || !fields.some((field) => String(field).includes("."))) {
      return [];
    }
    return [{ at, value: { ...transform, as: fields } }];
  });
  return withValues(spec, changes) as JsonObject;
}

function viewsIn(spec: JsonObject) {
  const all = [{ view: spec, at: [] as readonly (string | number)[] }];
  for (const place of all) all.push(...childrenOf(place));
  return all;
}

function withEscapedFields(spec: JsonObject, uses: readonly FieldUse[]): JsonObject {
  const dotted = uses.filter(isDotted);
  return withValues(spec, dotted.map(({ at, way }) => ({ at, value: escapedField(way[0]!) }))) as JsonObject;
}

function isDotted({ in: where, way, scopes }: FieldUse): boolean {
  const [name] = way;
  return where === "field" && name!.includes(".") &&
    scopes.some(({ columns, made }) => columns.has(name!) || made.has(name!));
}
