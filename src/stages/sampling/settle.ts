import { settingAt } from "../../artifacts/domain.ts";
import type { Family } from "../../artifacts/family.ts";
import { CONDITIONAL_SETTINGS } from "../../artifacts/settings.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";

/** Drawn settings without those that have no meaning beside the others, such as Adam's beside sgd. */
export function settle(settings: JsonObject): JsonObject {
  return prune(settings, "", settings);
}

/** Whether one of a family's exclusions holds for settings: all of its conditions do. */
export function isExcluded(settings: JsonObject, exclude: Family["exclude"]): boolean {
  return exclude.some((conditions) =>
    Object.entries(conditions).every(([path, condition]) => isMet(condition, settingAt(settings, path)))
  );
}

function prune(node: JsonObject, path: string, settings: JsonObject): JsonObject {
  const kept = Object.entries(node).flatMap(([name, value]) => {
    const inner = path === "" ? name : `${path}.${name}`;
    const condition = CONDITIONAL_SETTINGS[inner];
    if (condition && !condition.values.includes(settingAt(settings, condition.of) as string)) return [];
    return [[name, isJsonObject(value) ? prune(value, inner, settings) : value] as const];
  });
  return Object.fromEntries(kept);
}

function isMet(condition: Json, value: Json | undefined): boolean {
  if (value === undefined) return false;
  if (Array.isArray(condition)) return condition.includes(value);
  if (!isJsonObject(condition)) return condition === value;
  const { min = -Infinity, max = Infinity } = condition as { min?: number; max?: number };
  return typeof value === "number" && min <= value && value <= max;
}
