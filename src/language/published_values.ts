import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { mapSubschemas } from "./subschemas.ts";

const EXPRESSION = "\\$\\{\\{\\s*(params|matrix)(\\.[A-Za-z0-9_-]+)+\\s*\\}\\}";

/** What the schemas of {@link withExpressions} refer to: a text that is one expression, and a text that holds some. */
export const expressionDefinitions: JsonObject = {
  expression: { title: "expression", type: "string", pattern: `^\\s*${EXPRESSION}\\s*$` },
  template: { title: "text with expressions", type: "string", pattern: EXPRESSION },
};

/** Keywords that tell of a value and do not restrict it. */
const ANNOTATIONS: ReadonlySet<string> = new Set(["title", "description", "default", "examples"]);
/** Keywords that may refuse a text. */
const TEXT_RULES = ["enum", "const", "pattern", "maxLength", "format", "oneOf", "allOf", "not", "if", "$ref"];

/**
 * A schema that accepts expressions wherever a value stands below its root. The form is the one that npm
 * yaml-language-server serves best: it takes hover text from the first schema that fits a value and has a description,
 * branches of a union before the union, and the message for a wrong value from the first of the branches that fit it
 * equally badly. So the expression is the last branch and describes nothing, and descriptions stay outside.
 */
export function withExpressions(schema: JsonObject): JsonObject {
  const changed = mapSubschemas(schema, (inner, role, way) => {
    if (role === "test") return inner;
    const deep = withExpressions(inner);
    return role === "same" || (way.join() === "items" && isPlain(inner)) ? deep : orExpression(deep);
  });
  return withExpressionsAmongItems(changed);
}

/** A schema, or an expression in place of the value. */
function orExpression(schema: JsonObject): JsonObject {
  const { annotations, rules } = splitAnnotations(schema);
  const isUnion = Object.keys(rules).join() === "anyOf";
  const branches = isUnion ? branchesOf(rules, "anyOf") : [described(schema, rules)];
  if (branches.length === 1 && isReference(branches[0]!)) return schema;
  if (!acceptsAnyText(schema)) {
    const name = acceptsSomeText(schema) ? "template" : "expression";
    return { ...annotations, ...unionOf(branches, [{ $ref: `#/definitions/${name}` }]) };
  }
  return isUnion ? { ...annotations, ...unionOf(branches, []) } : schema;
}

/**
 * A union in which a map is compared with the branches for maps alone: in a plain union editors tell of a wrong key in a
 * map that the value must be what the first branch says. What is not there yet counts as a map, so that keys are suggested.
 */
function unionOf(branches: readonly JsonObject[], expression: readonly JsonObject[]): JsonObject {
  const maps = branches.filter(({ type }) => type === "object");
  const others = branches.filter((branch) => !maps.includes(branch));
  if (maps.length === 0 || others.length === 0 || others.some(mayBeMapOrNull)) {
    return { anyOf: [...branches, ...expression] };
  }
  return {
    anyOf: [...others, { type: "object" }, ...expression],
    if: { not: { type: ["string", "number", "boolean", "array"] } },
    then: maps.length === 1 ? maps[0]! : { anyOf: maps },
  };
}

/** As far as can be told from the schema alone. */
function mayBeMapOrNull(schema: JsonObject): boolean {
  const allowed = schema["const"] === undefined ? schema["enum"] : [schema["const"]];
  if (Array.isArray(allowed)) return allowed.some((value: Json) => value === null || isJsonObject(value));
  const types = [schema["type"] ?? ["object"]].flat();
  return types.includes("object") || types.includes("null");
}

/** Whether a schema only refers to a definition, which itself accepts expressions. */
function isReference(schema: JsonObject): boolean {
  return Object.keys(schema).join() === "$ref";
}

/** The rules of a schema, with its description if they list the allowed values: editors suggest each with that text. */
function described({ description }: JsonObject, rules: JsonObject): JsonObject {
  return Array.isArray(rules["enum"]) && description !== undefined ? { ...rules, description } : rules;
}

/**
 * The schema of a list of plain values, made to accept expressions among them. Editors suggest nonsense in a list whose
 * items are a union, so there is one only where the list has an expression already.
 */
function withExpressionsAmongItems(schema: JsonObject): JsonObject {
  const { items, ...list } = schema;
  if (!isJsonObject(items) || !isPlain(items) || acceptsAnyText(items)) return schema;
  if (schema["if"] !== undefined) return { ...schema, items: orExpression(items) };
  return {
    ...list,
    if: { contains: { $ref: "#/definitions/template" } },
    then: { items: orExpression(items) },
    else: { items },
  };
}

/** Whether a schema is of values without parts, and no union. */
function isPlain(schema: JsonObject): boolean {
  return ["properties", "items", "anyOf", "oneOf", "allOf", "if", "$ref"].every((key) =>
    schema[key] === undefined
  );
}

function splitAnnotations(schema: JsonObject): { annotations: JsonObject; rules: JsonObject } {
  const entries = Object.entries(schema);
  return {
    annotations: Object.fromEntries(entries.filter(([key]) => ANNOTATIONS.has(key))),
    rules: Object.fromEntries(entries.filter(([key]) => !ANNOTATIONS.has(key))),
  };
}

function acceptsAnyText(schema: JsonObject): boolean {
  if (!hasTextType(schema) || TEXT_RULES.some((key) => schema[key] !== undefined)) return false;
  return schema["anyOf"] === undefined || branchesOf(schema, "anyOf").some(acceptsAnyText);
}

/** Whether some text may fit; true where only what a `$ref` names can tell. */
function acceptsSomeText(schema: JsonObject): boolean {
  if (!hasTextType(schema)) return false;
  const allowed = schema["const"] === undefined ? schema["enum"] : [schema["const"]];
  if (Array.isArray(allowed)) return allowed.some((value: Json) => typeof value === "string");
  return ["anyOf", "oneOf"].every((key) =>
    schema[key] === undefined || branchesOf(schema, key).some(acceptsSomeText)
  );
}

function hasTextType({ type }: JsonObject): boolean {
  return type === undefined || [type].flat().includes("string");
}

function branchesOf(schema: JsonObject, keyword: string): JsonObject[] {
  const branches = schema[keyword];
  return Array.isArray(branches) ? branches.filter(isJsonObject) : [];
}
