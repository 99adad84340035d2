import { domainOf, isSettingsMap } from "../../artifacts/domain.ts";
import { CONDITIONAL_SETTINGS } from "../../artifacts/settings.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { SettingsTree } from "./schema.ts";
import { settingsSchema } from "./settings_schema.ts";

/** The settings of a family or of a case, with defaults filled in wherever a map of settings stands, also in a choice. */
export function completeSpace({ architecture, init, training }: SettingsTree): JsonObject {
  const given = { architecture, init, training };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return fill(Object.fromEntries(entries) as JsonObject, settingsSchema, "") as JsonObject;
}

/**
 * Lays partial settings over others. Maps are merged, and a map is laid over each map of a choice; anything else, a scalar or
 * a domain, replaces what is there.
 */
export function overlay(base: Json | undefined, over: Json): Json {
  if (base === undefined || !isSettingsMap(over)) return over;
  const domain = domainOf(base);
  if (domain?.type === "choice" && domain.values.every(isSettingsMap)) {
    return { ...base as JsonObject, choice: domain.values.map((value) => overlay(value, over)) };
  }
  if (!isSettingsMap(base)) return over;
  const merged: Record<string, Json> = { ...base };
  for (const [name, value] of Object.entries(over)) merged[name] = overlay(base[name], value);
  return merged;
}

/** The settings of a case that are laid over the family's. */
export function overlayOf({ architecture, init, training }: SettingsTree): JsonObject {
  const entries = Object.entries({ architecture, init, training }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as JsonObject;
}

/** All values that a setting can have, if it is a plain value or a choice of plain values. */
export function possibleValues(node: Json | undefined): readonly Json[] {
  if (node === undefined) return [];
  const domain = domainOf(node);
  return domain?.type === "choice" ? domain.values.flatMap(possibleValues) : [node];
}

function fill(node: Json, schema: JsonObject, path: string): Json {
  if (!isJsonObject(schema["properties"])) return node;
  const domain = domainOf(node);
  if (domain?.type === "choice") {
    return { ...node as JsonObject, choice: domain.values.map((value) => fill(value, schema, path)) };
  }
  if (!isSettingsMap(node)) return node;
  const filled: Record<string, Json> = { ...node };
  for (const [name, property] of Object.entries(schema["properties"]) as [string, JsonObject][]) {
    const inner = path === "" ? name : `${path}.${name}`;
    const value = filled[name] ?? property["default"] ?? conditionalDefault(inner, filled);
    if (value !== undefined) filled[name] = fill(value, property, inner);
  }
  return filled;
}

/** The default of a setting that belongs to some values of a sibling, if the sibling can have one of them. */
function conditionalDefault(path: string, siblings: JsonObject): Json | undefined {
  const condition = CONDITIONAL_SETTINGS[path];
  if (condition === undefined) return undefined;
  const possible = possibleValues(siblings[lastName(condition.of)]);
  return possible.some((value) => condition.values.includes(value as string)) ? condition.default : undefined;
}

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
