import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../core/json.ts";

/**
 * A value with the defaults of its schema filled in where properties are missing, at every depth. In `anyOf` and `oneOf`
 * the first branch that the value fits decides.
 */
export function withDefaults(schema: JsonObject, value: Json): Json {
  return mapParts(schema, value, withDefaults, (properties, config) => {
    const filled: Record<string, Json> = { ...config };
    for (const [name, property] of Object.entries(properties)) {
      if (Object.hasOwn(config, name) || !isJsonObject(property) || property["default"] === undefined) {
        continue;
      }
      filled[name] = withDefaults(property, property["default"]);
    }
    return filled;
  });
}

/**
 * A value without the properties that equal the `neutral` value of their schema, at every depth. What is left decides
 * identity, so a property that a new version adds changes no identity as long as it is neutral.
 */
export function withoutNeutral(schema: JsonObject, value: Json): Json {
  return mapParts(schema, value, withoutNeutral, (properties, config) => {
    const telling = Object.entries(config).filter(([name, inner]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (!isJsonObject(property) || property["neutral"] === undefined) return true;
      return canonicalJson(withoutNeutral(property, property["neutral"])) !== canonicalJson(inner);
    });
    return Object.fromEntries(telling);
  });
}

/** Applies `part` to the properties and items of a value under their schemas, then `whole` to a map of properties. */
function mapParts(
  schema: JsonObject,
  value: Json,
  part: (schema: JsonObject, value: Json) => Json,
  whole: (properties: JsonObject, config: JsonObject) => JsonObject,
): Json {
  let result = value;
  for (const { properties, items } of applicable(schema, value)) {
    if (Array.isArray(result) && isJsonObject(items)) result = result.map((item: Json) => part(items, item));
    if (!isJsonObject(result) || !isJsonObject(properties)) continue;
    const entries = Object.entries(result).map(([name, inner]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, isJsonObject(property) ? part(property, inner) : inner] as const;
    });
    result = whole(properties, Object.fromEntries(entries));
  }
  return result;
}

/** The schema itself and the branches under it that hold for a value. `if` is not followed, nor `$ref`. */
function applicable(schema: JsonObject, value: Json): JsonObject[] {
  const branches = [...subschemas(schema["allOf"])];
  for (const union of [schema["anyOf"], schema["oneOf"]]) {
    const branch = subschemas(union).find((candidate) => fits(candidate, value));
    if (branch !== undefined) branches.push(branch);
  }
  return [schema, ...branches.flatMap((branch) => applicable(branch, value))];
}

/** Whether a value that fits one branch of a union fits this one, judged by types, constants and names of properties. */
function fits(schema: JsonObject, value: Json): boolean {
  const { type, required, properties, items } = schema;
  if (type !== undefined && ![type].flat().some((name) => hasType(name, value))) return false;
  if (schema["const"] !== undefined && !equal(schema["const"], value)) return false;
  if (Array.isArray(schema["enum"]) && !schema["enum"].some((allowed: Json) => equal(allowed, value))) {
    return false;
  }
  for (const union of [schema["anyOf"], schema["oneOf"]]) {
    if (union !== undefined && !subschemas(union).some((branch) => fits(branch, value))) return false;
  }
  if (Array.isArray(value)) return !isJsonObject(items) || value.every((item: Json) => fits(items, item));
  if (!isJsonObject(value)) return true;
  if (Array.isArray(required) && !required.every((name) => Object.hasOwn(value, String(name)))) return false;
  const known = isJsonObject(properties) ? properties : {};
  return Object.entries(value).every(([name, inner]) => {
    const property = Object.hasOwn(known, name) ? known[name] : schema["additionalProperties"];
    return property !== false && (!isJsonObject(property) || fits(property, inner));
  });
}

/** Whether a value has a type as JSON Schema names it. */
function hasType(type: Json, value: Json): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isJsonObject(value);
    case "integer":
      return Number.isInteger(value);
    default: {
      const basic: string = typeof value; // string, number or boolean
      return basic === type;
    }
  }
}

function equal(a: Json, b: Json): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function subschemas(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
