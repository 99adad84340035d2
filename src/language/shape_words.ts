import type { ErrorObject } from "ajv";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { anyOfWords, found, quote, suggestion, TYPE_WORDS } from "../core/describe.ts";
import { NAME_PATTERN, NAME_RULE } from "./name_rule.ts";
import { descriptionBelow, descriptionFor, schemasAlong } from "./schema_places.ts";
import { resolved } from "./schema_walk.ts";

/** An error of ajv for people. */
export interface ShapeWords {
  readonly code: string;
  /** What is wrong, to follow `Cannot read SUBJECT: `. */
  readonly what: string;
  readonly help?: string | undefined;
  /** The key below the error's value that is at fault; empty: the key of the value itself; undefined: the value. */
  readonly key?: string;
}

/** @param root the schema that was compiled, in whose definitions other maps are that a key may belong to */
export function inWords(error: ErrorObject, root: JsonObject): ShapeWords {
  const { keyword, params, data, parentSchema } = error;
  const help = descriptionFor(error, root);
  const limit = LIMITS[keyword];
  if (limit !== undefined) return { code: "bad-value", what: expected(limit(params["limit"]), data), help };
  switch (keyword) {
    case "additionalProperties":
      return unknownKey(params["additionalProperty"], data, parentSchema?.["properties"] ?? {}, root);
    case "required":
      return missingKey(error, root);
    case "type": {
      const hint = spellingHint(params["type"], data) ?? mapHint(error, root) ?? help;
      return { code: "wrong-type", what: expected(typeWords(params["type"]), data), help: hint };
    }
    case "enum":
    case "const":
    case "anyOf":
      return notAmong(data, formsOf(parentSchema as JsonObject, root), help);
    case "oneOf":
      if (params["passingSchemas"] === null) {
        return notAmong(data, formsOf(parentSchema as JsonObject, root), help);
      }
      return { code: "bad-value", what: "it can be read in more than one way", help };
    case "multipleOf":
      return { code: "bad-value", what: expected(`a multiple of ${params["multipleOf"]}`, data), help };
    case "pattern":
      if (params["pattern"] === NAME_PATTERN) {
        return { code: "bad-name", what: `${quote(data)} is not a name that it can have`, help: NAME_RULE };
      }
      return { code: "bad-value", what: expected(`a text that matches ${params["pattern"]}`, data), help };
    case "uniqueItems":
      return {
        code: "bad-value",
        what: `${quote((data as Json[])[params["j"]])} is in the list twice`,
        help,
      };
    case "propertyNames": {
      const key: string = params["propertyName"];
      const rule = isExpression(key) ? NO_EXPRESSION_KEY : descriptionOf(error.schema);
      return { code: "bad-name", what: `${quote(key)} is not a name that it can have`, help: rule, key };
    }
    default:
      return { code: "bad-value", what: `it ${error.message ?? "is not allowed"}`, help };
  }
}

/** Keywords of JSON Schema whose parameter is one number: what they want. */
const LIMITS: Readonly<Record<string, (limit: number) => string>> = {
  minimum: (limit) => `at least ${limit}`,
  maximum: (limit) => `at most ${limit}`,
  exclusiveMinimum: (limit) => `more than ${limit}`,
  exclusiveMaximum: (limit) => `less than ${limit}`,
  minItems: (limit) => `at least ${count(limit, "item", "items")}`,
  maxItems: (limit) => `at most ${count(limit, "item", "items")}`,
  minLength: (limit) => `at least ${count(limit, "character", "characters")}`,
  maxLength: (limit) => `at most ${count(limit, "character", "characters")}`,
  minProperties: (limit) => `at least ${count(limit, "entry", "entries")}`,
  maxProperties: (limit) => `at most ${count(limit, "entry", "entries")}`,
};

function count(limit: number, one: string, many: string): string {
  return `${limit} ${limit === 1 ? one : many}`;
}

function expected(what: string, data: unknown): string {
  return `expected ${what}, found ${found(data)}`;
}

function unknownKey(key: string, data: unknown, known: JsonObject, root: JsonObject): ShapeWords {
  const elsewhere = relatives(known, root).filter(({ properties }) => Object.hasOwn(properties, key));
  const help = strayHelp(key, data) ??
    (elsewhere.length === 0
      ? suggestion(key, Object.keys(known), "known")
      : `it belongs to ${anyOfWords(elsewhere.map(({ tag }) => tag))}`);
  return { code: "unknown-key", what: `${quote(key)} is not known here`, help, key };
}

/** Help for a key that was meant as something else. */
function strayHelp(key: string, data: unknown): string | undefined {
  if (isExpression(key)) return NO_EXPRESSION_KEY;
  if (!key.includes("=") || !isJsonObject(data)) return undefined;
  const keys = Object.keys(data);
  const before = data[keys[keys.indexOf(key) - 1] ?? ""];
  if (typeof before !== "string" || !before.includes("=")) return undefined;
  return `a comma ends a value within { }: write ${quote(`${before},${key}`)} in quotes`;
}

function isExpression(text: unknown): boolean {
  return typeof text === "string" && text.includes("${{");
}
const NO_EXPRESSION_KEY = "an expression cannot be a key";

/** The maps among a schema's definitions that the same key tells from this one, such as those of other kinds. */
function relatives(known: JsonObject, root: JsonObject): { tag: string; properties: JsonObject }[] {
  const tags = Object.entries(known).filter(([, schema]) => constantOf(schema) !== undefined);
  const definitions = isJsonObject(root["definitions"]) ? Object.values(root["definitions"]) : [];
  const found = tags.flatMap(([name, own]) =>
    definitions.flatMap((schema) => {
      const properties = isJsonObject(schema) ? schema["properties"] : undefined;
      const tag = isJsonObject(properties) ? constantOf(properties[name]) : undefined;
      if (!isJsonObject(properties) || tag === undefined || tag === constantOf(own)) return [];
      return [{ tag: `${name} ${quote(tag)}`, properties }];
    })
  );
  return [...new Map(found.map((map) => [map.tag, map])).values()];
}

function constantOf(schema: Json | undefined): Json | undefined {
  return isJsonObject(schema) ? schema["const"] : undefined;
}

function missingKey(error: ErrorObject, root: JsonObject): ShapeWords {
  const name: string = error.params["missingProperty"];
  const description = descriptionBelow(error, name, root);
  const help = description === undefined ? undefined : `${name}: ${description}`;
  return { code: "missing-key", what: `${quote(name)} is missing`, help, key: "" };
}

function descriptionOf(schema: unknown): string | undefined {
  const description = isJsonObject(schema) ? schema["description"] : undefined;
  return typeof description === "string" ? description : undefined;
}

/** A form that a schema allows; `text`: it is this text and no other. */
interface Form {
  readonly words: string;
  readonly text?: string;
}

/** A value that has none of the forms allowed. */
function notAmong(data: unknown, forms: readonly Form[], description: string | undefined): ShapeWords {
  const texts = forms.flatMap(({ text }) => (text === undefined ? [] : [text]));
  const near = isExpression(data)
    ? "no expression can stand here"
    : typeof data === "string"
    ? suggestion(data, texts, "allowed")
    : undefined;
  const onlyTexts = typeof data === "string" && texts.length === forms.length;
  const what = onlyTexts
    ? `${quote(data)} is not one of its values`
    : expected(anyOfWords([...new Set(forms.map(({ words }) => words))]), data);
  return { code: "bad-value", what, help: near ?? description };
}

function formsOf(reference: JsonObject, root: JsonObject): Form[] {
  const schema = resolved(reference, root);
  const list = (name: string) => (Array.isArray(schema[name]) ? schema[name] as readonly Json[] : undefined);
  const branches = list("anyOf") ?? list("oneOf");
  if (branches !== undefined) return branches.filter(isJsonObject).flatMap((branch) => formsOf(branch, root));
  const values = schema["const"] !== undefined ? [schema["const"]] : list("enum");
  if (values !== undefined) {
    return values.map((value) => ({
      words: quote(value),
      ...(typeof value === "string" ? { text: value } : {}),
    }));
  }
  const required = list("required") ?? [];
  if (schema["type"] === "object" && required.length > 0) {
    return [{ words: `a map with ${required.map(quote).join(" and ")}` }];
  }
  return [{ words: typeWords(schema["type"] as string | string[] | undefined) }];
}

function typeWords(type: string | readonly string[] | undefined): string {
  if (type === undefined) return "another value";
  return anyOfWords([type].flat().map((name) => TYPE_WORDS[name] ?? name));
}

/** Help for a text that stands for a map, of which it is a setting: `write { name: sgd }`. */
function mapHint({ data, instancePath }: ErrorObject, root: JsonObject): string | undefined {
  for (const { properties } of schemasAlong(root, instancePath.split("/").slice(1), root).at(-1)!) {
    const name = Object.entries(isJsonObject(properties) ? properties : {}).find(([, property]) =>
      isJsonObject(property) && formsOf(property, root).some(({ text }) => text === data)
    )?.[0];
    if (typeof data === "string" && name !== undefined) return `write { ${name}: ${data} }`;
  }
  return undefined;
}

/** Help for a value that only YAML takes for another type. */
function spellingHint(type: string | readonly string[], data: unknown): string | undefined {
  const types = [type].flat();
  if (typeof data === "number" || typeof data === "boolean") {
    return types.includes("string") ? `write it in quotes: "${data}"` : undefined;
  }
  if (typeof data !== "string") return undefined;
  if (types.includes("boolean") && /^(yes|on|no|off)$/i.test(data)) {
    return /^(yes|on)$/i.test(data) ? "write true" : "write false";
  }
  const isNumber = data.trim() !== "" && Number.isFinite(Number(data));
  if (isNumber && (types.includes("number") || types.includes("integer"))) return "write it without quotes";
  return undefined;
}
