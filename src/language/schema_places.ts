import type { ErrorObject } from "ajv";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import { target } from "./schema_walk.ts";

/**
 * The schemas inside a schema that are about a value, about the value in it under the first of the keys, and so on: one set
 * more than there are keys. Of conditions and unions all branches count.
 * @param root the schema that `$ref` refers into
 */
export function schemasAlong(
  schema: JsonObject,
  keys: readonly string[],
  root: JsonObject,
): ReadonlySet<JsonObject>[] {
  const sets = [inPlace([schema], root)];
  for (const key of keys) sets.push(inPlace([...sets.at(-1)!].flatMap((above) => below(above, key)), root));
  return sets;
}

/**
 * What a schema says of the value that an error is about: the description beside the keyword that gave the error, or beside
 * the outermost reference to it.
 */
export function descriptionFor(
  { parentSchema, instancePath }: ErrorObject,
  root: JsonObject,
): string | undefined {
  const own = (parentSchema as JsonObject | undefined)?.["description"];
  if (typeof own === "string") return own;
  for (const schemas of schemasAlong(root, instancePath.split("/").slice(1), root)) {
    if (!schemas.has(parentSchema as JsonObject)) continue;
    for (const schema of schemas) {
      const { description } = schema;
      const isAbout = typeof description === "string" &&
        inPlace([schema], root).has(parentSchema as JsonObject);
      if (isAbout) return description;
    }
  }
  return undefined;
}

/** What a schema says of the value under a key of the value that an error is about; of several, the first that say anything. */
export function descriptionBelow(
  { instancePath }: ErrorObject,
  key: string,
  root: JsonObject,
): string | undefined {
  const schemas = schemasAlong(root, [...instancePath.split("/").slice(1), key], root).at(-1)!;
  return [...schemas].map(({ description }) => description).find((text) => typeof text === "string");
}

/** Schemas and all others that are about the same value. */
function inPlace(schemas: readonly JsonObject[], root: JsonObject): Set<JsonObject> {
  const found = new Set(schemas);
  for (const schema of found) { // grows meanwhile
    const { $ref, allOf, anyOf, oneOf, then, else: otherwise, propertyNames } = schema;
    const named = typeof $ref === "string" ? [target($ref, root)] : [];
    for (const inner of [...named, allOf, anyOf, oneOf, then, otherwise, propertyNames].flat()) {
      if (isJsonObject(inner)) found.add(inner);
    }
  }
  return found;
}

/** The schemas in a schema that are about the value under a key or an index, and perhaps some that are about others. */
function below(schema: JsonObject, key: string): JsonObject[] {
  const { properties, patternProperties, additionalProperties, items, additionalItems } = schema;
  const own = isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
  const byPattern = isJsonObject(patternProperties) ? Object.values(patternProperties) : [];
  return [own, byPattern, additionalProperties, items, additionalItems].flat().filter(isJsonObject);
}
