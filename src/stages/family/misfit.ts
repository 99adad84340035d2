import { nearestName } from "../../core/diagnostic.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isList, type ListSchema, type ScalarSchema } from "./settings_schema.ts";

/** Why a value is not one that a setting can have, or null. */
export function misfit(schema: ScalarSchema | ListSchema, value: Json): string | null {
  const [subject, rule] = isList(schema) ? listMisfit(schema, value) : ["it", brokenRule(schema, value)];
  return rule === null ? null : `${subject} must be ${rule}`;
}

function listMisfit({ items, instead }: ListSchema, value: Json): [subject: string, rule: string | null] {
  if (!Array.isArray(value)) return ["it", instead === undefined ? "a list" : brokenRule(instead, value)];
  const rules = value.map((item: Json) => brokenRule(items as ScalarSchema, item));
  const wrong = rules.findIndex((rule) => rule !== null);
  return [`item ${wrong + 1}`, rules[wrong] ?? null];
}

/** What a value without parts would have to be, or null if it is. */
function brokenRule(schema: JsonObject, value: Json): string | null {
  const { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const allowed = allowedBy(schema);
  if (allowed.length > 0) return allowed.includes(value as string) ? null : `one of ${allowed.join(", ")}`;
  if (type === "boolean") return typeof value === "boolean" ? null : "true or false";
  if (typeof value !== "number") return type === "integer" ? "an integer" : "a number";
  if (type === "integer" && !Number.isInteger(value)) return "an integer";
  if (typeof minimum === "number" && value < minimum) return `at least ${minimum}`;
  if (typeof maximum === "number" && value > maximum) return `at most ${maximum}`;
  if (typeof exclusiveMinimum === "number" && value <= exclusiveMinimum) {
    return `more than ${exclusiveMinimum}`;
  }
  if (typeof exclusiveMaximum === "number" && value >= exclusiveMaximum) {
    return `less than ${exclusiveMaximum}`;
  }
  return null;
}

function allowedBy(schema: JsonObject): readonly string[] {
  return Array.isArray(schema["enum"]) ? schema["enum"] : [];
}

/** The allowed value that was probably meant, or what the setting is. */
export function helpFor(schema: ScalarSchema | ListSchema, value: Json): string {
  const near = typeof value === "string"
    ? nearestName(value, isList(schema) ? [] : allowedBy(schema))
    : undefined;
  return near === undefined ? schema.description : `did you mean "${near}"?`;
}
