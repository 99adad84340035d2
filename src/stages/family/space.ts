import { domainOf, isSettingsMap } from "../../artifacts/domain.ts";
import { type ArchitectureKind, CONDITIONAL_SETTINGS } from "../../artifacts/settings.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { isMap } from "./domain_schema.ts";
import type { FamilyConfig, SettingsTree } from "./schema.ts";
import { ARCHITECTURES, type MapSchema, OTHER_SETTINGS } from "./settings_schema.ts";

/** The settings of a family or of a case, with defaults filled in wherever a map of settings stands, also in a choice. */
export function completeSpace({ architecture, init = {}, training = {} }: SettingsTree): JsonObject {
  return {
    ...(architecture !== undefined &&
      { architecture: fill(architecture, architectureSettings, "architecture") }),
    init: fill(init, () => OTHER_SETTINGS.init.properties, "init"),
    training: fill(training, () => OTHER_SETTINGS.training.properties, "training"),
  };
}

/**
 * The space of a case: its partial settings laid over the family's. Maps are merged, and a map is laid over each map of a
 * choice; anything else, a scalar or a domain, replaces what is there. Of the maps of `architecture` only those that have
 * all of the settings are changed; if the case says a kind, those of this kind alone remain.
 */
export function overlaySpace(space: JsonObject, { architecture, init, training }: SettingsTree): JsonObject {
  const over = Object.entries({ init, training }).filter(([, value]) => value !== undefined);
  return completeSpace({
    ...overlay(space, Object.fromEntries(over) as JsonObject) as SettingsTree,
    ...(architecture !== undefined &&
      { architecture: overlayArchitecture(space["architecture"]!, architecture) as JsonObject }),
  });
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

/** The kinds of architecture that the maps of an `architecture` have. */
export function kindsIn(architecture: Json | undefined): ArchitectureKind[] {
  const kinds = possibleValues(architecture).map((map) => isJsonObject(map) ? map["kind"] : undefined);
  return [...new Set(kinds)].filter((kind) =>
    typeof kind === "string" && Object.hasOwn(ARCHITECTURES, kind)
  ) as ArchitectureKind[];
}

/** The kinds of architecture that members of a family can have. */
export function familyKinds({ architecture, cases = [] }: FamilyConfig): ArchitectureKind[] {
  return [...new Set([architecture, ...cases.map((own) => own.architecture)].flatMap(kindsIn))];
}

/** Whether a kind of architecture has all of the settings. */
export function fitsKind(settings: JsonObject, kind: ArchitectureKind): boolean {
  return Object.keys(settings).every((name) =>
    name === "kind" || Object.hasOwn(ARCHITECTURES[kind].properties, name)
  );
}

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function overlay(base: Json | undefined, over: Json): Json {
  if (base === undefined || !isSettingsMap(over)) return over;
  if (!isSettingsMap(base)) return changeMaps(base, (map) => overlay(map, over)) ?? over;
  const merged: Record<string, Json> = { ...base };
  for (const [name, value] of Object.entries(over)) merged[name] = overlay(base[name], value);
  return merged;
}

function overlayArchitecture(base: Json, over: JsonObject): Json {
  if (!isSettingsMap(over)) return over;
  const { kind } = over;
  const changed = changeMaps(base, (map) => {
    if (kind !== undefined && map["kind"] !== kind) return undefined;
    return fitsKind(over, map["kind"] as ArchitectureKind) ? overlay(map, over) : map;
  });
  return changed ?? over;
}

/** A map, or all maps of a choice, changed; without those for which there is undefined. Undefined if none is left. */
function changeMaps(node: Json, change: (map: JsonObject) => Json | undefined): Json | undefined {
  if (isSettingsMap(node)) return change(node);
  const domain = domainOf(node);
  if (domain?.type !== "choice") return undefined;
  const kept = domain.values.flatMap((value, i) => {
    const changed = changeMaps(value, change);
    return changed === undefined ? [] : [{ value: changed, weight: domain.weights?.[i] ?? 1 }];
  });
  if (kept.length === 0) return undefined;
  const weights = kept.map(({ weight }) => weight);
  const isWeighted = domain.weights !== undefined && weights.some((weight) => weight > 0);
  return { choice: kept.map(({ value }) => value), ...(isWeighted && { weights }) };
}

type Properties = MapSchema["properties"];

/** @param propertiesOf the settings that a map can have */
function fill(node: Json, propertiesOf: (map: JsonObject) => Properties, path: string): Json {
  const domain = domainOf(node);
  if (domain?.type === "choice") {
    return { ...node as JsonObject, choice: domain.values.map((value) => fill(value, propertiesOf, path)) };
  }
  if (!isSettingsMap(node)) return node;
  const filled: Record<string, Json> = { ...node };
  for (const [name, property] of Object.entries(propertiesOf(node))) {
    const inner = `${path}.${name}`;
    if (isMap(property)) filled[name] = fill(filled[name] ?? {}, () => property.properties, inner);
    else {
      const value = filled[name] ?? property["default"] ?? conditionalDefault(inner, filled);
      if (value !== undefined) filled[name] = value;
    }
  }
  return filled;
}

function architectureSettings({ kind }: JsonObject): Properties {
  return ARCHITECTURES[kind as ArchitectureKind]?.properties ?? {};
}

/** The default of a setting that belongs to some values of a sibling, if the sibling can have one of them. */
function conditionalDefault(path: string, siblings: JsonObject): Json | undefined {
  const condition = CONDITIONAL_SETTINGS[path];
  if (condition === undefined) return undefined;
  const possible = possibleValues(siblings[lastName(condition.of)]);
  return possible.some((value) => condition.values.includes(value as string)) ? condition.default : undefined;
}
