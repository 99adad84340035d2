import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { settingAt } from "./domain.ts";

/** From settings by full path to a value, a list of values, or {min, max}, both included. A list that is a value stands in a list of values. */
export type Conditions = { readonly [path: string]: Json };

/** Whether settings without domains meet all of the conditions; a setting that they lack meets none. */
export function meets(settings: JsonObject, conditions: Conditions): boolean {
  for (const path in conditions) if (!isMet(conditions[path]!, settingAt(settings, path))) return false;
  return true;
}

/** Whether a setting's value, if it has one, meets its condition. */
export function isMet(condition: Json, value: Json | undefined): boolean {
  if (value === undefined) return false;
  if (Array.isArray(value)) return Array.isArray(condition) && hasList(condition, value);
  if (Array.isArray(condition)) return condition.includes(value);
  if (!isJsonObject(condition)) return condition === value;
  const { min = -Infinity, max = Infinity } = condition as { min?: number; max?: number };
  return typeof value === "number" && min <= value && value <= max;
}

function hasList(values: readonly Json[], list: readonly Json[]): boolean {
  const text = canonicalJson(list);
  return values.some((value) => Array.isArray(value) && canonicalJson(value) === text);
}
