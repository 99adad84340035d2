import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../core/json.ts";

/**
 * A value with the defaults of its schema filled in where properties are missing, at every depth. In `anyOf` and `oneOf`
 * the first branch that the value fits decides; `$ref` is followed within the schema.
 */
export function withDefaults(schema: JsonObject, value: Json): Json {
  return fillIn(schema, value, schema, "default");
}

/** A value with what {@link withoutNeutral} left out. */
export function withNeutral(schema: JsonObject, value: Json): Json {
  return fillIn(schema, value, schema, "neutral");
}

/**
 * A value without the properties that equal the `neutral` value of their schema, at every depth. What is left decides
 * identity, so a property that a new version adds changes no identity as long as it is neutral.
 */
export function withoutNeutral(schema: JsonObject, value: Json): Json {
  return leaveOut(schema, value, schema);
}

/**
 * A schema, or what it refers to if it is a reference into `root` (`#/definitions/name`); what stands beside `$ref` adds to
 * that.
 */
export function resolved(schema: JsonObject, root: JsonObject): JsonObject {
  const { $ref, ...beside } = schema;
  if (typeof $ref !== "string") return schema;
  return { ...resolved(target($ref, root), root), ...beside };
}

/** The very schema that a reference into `root` names. @throws If there is none: a mistake in the schema */
export function target(ref: string, root: JsonObject): JsonObject {
  let node: Json | undefined = root;
  for (const part of ref.split("/").slice(1)) {
    node = isJsonObject(node) && Object.hasOwn(node, part) ? node[part] : undefined;
  }
  if (!isJsonObject(node)) throw new Error(`Cannot follow "${ref}": the schema has no such definition`);
  return node;
}

function fillIn(schema: JsonObject, value: Json, root: JsonObject, keyword: "default" | "neutral"): Json {
  const inner = (schema: JsonObject, value: Json) => fillIn(schema, value, root, keyword);
  return mapParts(schema, value, root, inner, (properties, config) => {
    const filled: Record<string, Json> = { ...config };
    for (const [name, property] of Object.entries(properties)) {
      if (Object.hasOwn(config, name) || !isJsonObject(property)) continue;
      const usual = resolved(property, root)[keyword];
      if (usual !== undefined) filled[name] = inner(property, usual);
    }
    return filled;
  });
}

function leaveOut(schema: JsonObject, value: Json, root: JsonObject): Json {
  return mapParts(schema, value, root, leaveOut, (properties, config) => {
    const telling = Object.entries(config).filter(([name, inner]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (!isJsonObject(property)) return true;
      const { neutral } = resolved(property, root);
      return neutral === undefined || !equal(leaveOut(property, neutral, root), inner);
    });
    return Object.fromEntries(telling);
  });
}

/** Applies `part` to the properties and items of a value under their schemas, then `whole` to a map of properties. */
function mapParts(
  schema: JsonObject,
  value: Json,
  root: JsonObject,
  part: (schema: JsonObject, value: Json, root: JsonObject) => Json,
  whole: (properties: JsonObject, config: JsonObject) => JsonObject,
): Json {
  let result = value;
  for (const { properties, items } of applicable(schema, value, root)) {
    if (Array.isArray(result) && isJsonObject(items)) {
      result = result.map((item: Json) => part(items, item, root));
    }
    if (!isJsonObject(result) || !isJsonObject(properties)) continue;
    const entries = Object.entries(result).map(([name, inner]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      return [name, isJsonObject(property) ? part(property, inner, root) : inner] as const;
    });
    result = whole(properties, Object.fromEntries(entries));
  }
  return result;
}

/** The schema itself and the branches under it that hold for a value. */
function applicable(reference: JsonObject, value: Json, root: JsonObject): JsonObject[] {
  const schema = resolved(reference, root);
  const branches = [...subschemas(schema["allOf"])];
  for (const union of [schema["anyOf"], schema["oneOf"]]) {
    const branch = subschemas(union).find((candidate) => fits(candidate, value, root));
    if (branch !== undefined) branches.push(branch);
  }
  if (isJsonObject(schema["if"])) {
    const branch = fits(schema["if"], value, root) ? schema["then"] : schema["else"];
    if (isJsonObject(branch)) branches.push(branch);
  }
  return [schema, ...branches.flatMap((branch) => applicable(branch, value, root))];
}

/**
 * Whether a value that fits one branch of a union fits this one, judged by types, constants and names of properties; for
 * an `if` that asks for no more than these it is exact.
 */
function fits(reference: JsonObject, value: Json, root: JsonObject): boolean {
  const schema = resolved(reference, root);
  const { type, required, properties, items } = schema;
  if (type !== undefined && ![type].flat().some((name) => hasType(name, value))) return false;
  if (schema["const"] !== undefined && !equal(schema["const"], value)) return false;
  if (Array.isArray(schema["enum"]) && !schema["enum"].some((allowed: Json) => equal(allowed, value))) {
    return false;
  }
  for (const union of [schema["anyOf"], schema["oneOf"]]) {
    if (union !== undefined && !subschemas(union).some((branch) => fits(branch, value, root))) return false;
  }
  if (Array.isArray(value)) {
    return !isJsonObject(items) || value.every((item: Json) => fits(items, item, root));
  }
  if (!isJsonObject(value)) return true;
  if (Array.isArray(required) && !required.every((name) => Object.hasOwn(value, String(name)))) return false;
  const known = isJsonObject(properties) ? properties : {};
  return Object.entries(value).every(([name, inner]) => {
    const property = Object.hasOwn(known, name) ? known[name] : schema["additionalProperties"];
    return property !== false && (!isJsonObject(property) || fits(property, inner, root));
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
