import { domainOf, isSettingsMap, lastName, pathBelow } from "../../artifacts/domain.ts";
import { type ArchitectureKind, CONDITIONAL_SETTINGS } from "../../artifacts/settings.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { ARCHITECTURES } from "./architecture_settings.ts";
import type { FamilyConfig, SettingsTree } from "./schema.ts";
import { type KnownSettings, settingsOf } from "./setting_names.ts";
import { formsIn, isList, isMap, type MapSchema, requiredOf, type SettingSchema } from "./settings_schema.ts";
import { OTHER_SETTINGS } from "./training_settings.ts";

/** The settings of a family or of a case, with defaults filled in wherever a map of settings stands, also in a choice. */
export function completeSpace({ architecture, init = {}, training = {} }: SettingsTree): JsonObject {
  return {
    ...(architecture !== undefined &&
      { architecture: fill(architecture, architectureSchema, "architecture") }),
    init: fill(init, () => OTHER_SETTINGS.init, "init"),
    training: fill(training, () => OTHER_SETTINGS.training, "training"),
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

/** The kinds that maps of an `architecture` have. */
export function kindsIn(maps: readonly JsonObject[]): ArchitectureKind[] {
  const kinds = new Set(maps.map(({ kind }) => kind));
  return [...kinds].filter((kind) =>
    typeof kind === "string" && Object.hasOwn(ARCHITECTURES, kind)
  ) as ArchitectureKind[];
}

/** Every map that an `architecture` has or may have. */
export function mapsIn(architecture: Json | undefined): JsonObject[] {
  return possibleValues(architecture).filter(isJsonObject);
}

/** The settings that members of a family can have. */
export function familySettings(config: FamilyConfig): KnownSettings {
  const maps = architecturesIn(config);
  return settingsOf(familyKinds(config), (kind, name) => {
    const form = ARCHITECTURES[kind].forms?.find((form) => Object.hasOwn(form, name));
    if (form === undefined) return true;
    const ofKind = maps.filter((map) => (map["kind"] ?? kind) === kind);
    return ofKind.some((map) => formsIn(ARCHITECTURES[kind], map).includes(form));
  });
}

/** The kinds of architecture that members of a family can have. */
export function familyKinds(config: FamilyConfig): ArchitectureKind[] {
  return kindsIn(architecturesIn(config));
}

/** Every map that a family or a case says of the architecture. */
function architecturesIn({ architecture, cases = [] }: FamilyConfig): JsonObject[] {
  return [architecture, ...cases.map((own) => own.architecture)].flatMap(mapsIn);
}

/**
 * A map of settings with others laid over it. What they say in another form than the map takes the place of what it says, if
 * they say all of that form.
 * @returns undefined if they are not about such a map: it has not all of them
 */
export function laidOver(map: JsonObject, over: JsonObject): JsonObject | undefined {
  const kind = map["kind"] as ArchitectureKind;
  if (!fitsKind(over, kind)) return undefined;
  const [form] = formsIn(ARCHITECTURES[kind], over);
  const isOther = form !== undefined && !formsIn(ARCHITECTURES[kind], map).includes(form);
  if (!isOther) return overlay(map, over) as JsonObject;
  if (!requiredOf(form).every((name) => Object.hasOwn(over, name))) return undefined;
  return overlay(withoutForms(map, ARCHITECTURES[kind]), over) as JsonObject;
}

/** Whether a kind of architecture has all of the settings. */
export function fitsKind(settings: JsonObject, kind: ArchitectureKind): boolean {
  return Object.keys(settings).every((name) =>
    name === "kind" || Object.hasOwn(ARCHITECTURES[kind].properties, name)
  );
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
    return laidOver(map, over) ?? map;
  });
  return changed ?? over;
}

function withoutForms(map: JsonObject, schema: MapSchema): JsonObject {
  const gone = formsIn(schema, map).flatMap((form) => Object.keys(form));
  return Object.fromEntries(Object.entries(map).filter(([name]) => !gone.includes(name)));
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

/** @param schemaOf what a map is */
function fill(node: Json, schemaOf: (map: JsonObject) => SettingSchema | undefined, path: string): Json {
  const domain = domainOf(node);
  if (domain?.type === "choice") {
    return { ...node as JsonObject, choice: domain.values.map((value) => fill(value, schemaOf, path)) };
  }
  if (Array.isArray(node)) return node.map((item: Json) => fill(item, schemaOf, path));
  const schema = isSettingsMap(node) ? schemaOf(node) : undefined;
  return schema !== undefined && isMap(schema) ? fillMap(node as JsonObject, schema, path) : node;
}

function fillMap(map: JsonObject, schema: MapSchema, path: string): JsonObject {
  const filled: Record<string, Json> = { ...map };
  const forms = formsIn(schema, map);
  const form = forms.length === 1 ? forms[0]! : {}; // both is a mistake, which is told elsewhere
  for (const [name, inner] of Object.entries(schema.properties)) {
    const value = filled[name] ?? usualOf(inner) ?? form[name] ??
      conditionalDefault(pathBelow(path, name), filled);
    if (value === undefined || value === null) continue;
    filled[name] = fill(value, () => isList(inner) ? inner.items : inner, pathBelow(path, name));
  }
  return filled;
}

function usualOf(schema: SettingSchema): Json | undefined {
  return isMap(schema) ? {} : schema["default"];
}

function architectureSchema({ kind }: JsonObject): MapSchema | undefined {
  return ARCHITECTURES[kind as ArchitectureKind];
}

/**
 * The default of a setting that belongs to some values of a sibling, if the sibling can have one of them. Where it hangs on
 * the value there is none yet: the sibling may still be drawn, or a case may change it.
 */
function conditionalDefault(path: string, siblings: JsonObject): Json | undefined {
  const condition = CONDITIONAL_SETTINGS[path];
  if (condition === undefined) return undefined;
  const { of, where } = condition;
  const defaults = new Set(Object.values(where));
  const isMeant = possibleValues(siblings[lastName(of)]).some((value) => Object.hasOwn(where, String(value)));
  return isMeant && defaults.size === 1 ? [...defaults][0] : undefined;
}
