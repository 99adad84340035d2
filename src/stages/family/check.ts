import { isSettingsMap } from "../../artifacts/domain.ts";
import { CONDITIONAL_SETTINGS } from "../../artifacts/settings.ts";
import type { Problem } from "../../core/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { checkTree, misfit, type Place, quote } from "./check_tree.ts";
import type { FamilyConfig } from "./schema.ts";
import { resolveSetting, SETTINGS } from "./setting_names.ts";
import { settingsSchema } from "./settings_schema.ts";
import { completeSpace, lastName, overlay, overlayOf, possibleValues } from "./space.ts";

/** Every mistake in a family's settings that its schema leaves open; at most those of the first step that finds any. */
export function checkFamily(config: FamilyConfig): readonly Problem[] {
  const trees = [...checkOwnTree(overlayOf(config), [], false), ...checkCases(config)];
  const rest = [...checkExclusions(config.exclude ?? []), ...checkNames(config.cases ?? [])];
  return trees.length > 0 ? [...trees, ...rest] : [...checkConditions(config), ...rest];
}

function checkOwnTree(value: JsonObject, at: Place, partial: boolean): Problem[] {
  return checkTree({ value, schema: settingsSchema, setting: "", at }, partial);
}

function checkCases({ cases = [] }: FamilyConfig): Problem[] {
  return cases.flatMap((own, i) => checkOwnTree(overlayOf(own), ["cases", i], true));
}

function checkNames(cases: readonly { readonly name: string }[]): Problem[] {
  const names = cases.map(({ name }) => name);
  return names.flatMap((name, i) =>
    names.indexOf(name) === i ? [] : [{
      code: "duplicate-name",
      message: `Cannot name a case "${name}": another case has this name`,
      at: ["cases", i, "name"],
    }]
  );
}

/** Settings that do not go with the others, in the family and in each case laid over it. */
function checkConditions(config: FamilyConfig): Problem[] {
  const space = completeSpace(config);
  const cases = (config.cases ?? []).flatMap((own, i) => {
    const over = overlayOf(own);
    const merged = completeSpace(overlay(space, over) as JsonObject);
    // What the family sets without need in a case is left out there; only what the case itself says can be wrong.
    return misplaced(merged, ["cases", i]).filter(({ setting, isMissing }) =>
      hasSetting(over, isMissing ? setting.slice(0, setting.lastIndexOf(".")) : setting)
    );
  });
  return [...misplaced(space, []), ...cases].map(({ problem }) => problem);
}

interface Misplaced {
  readonly problem: Problem;
  readonly setting: string;
  readonly isMissing: boolean;
}

/** Settings without effect, and settings that are needed and missing, in all maps of a tree. */
function misplaced(tree: JsonObject, at: Place): Misplaced[] {
  return settingsMaps(tree, "", at).flatMap(({ map, setting, at }) =>
    Object.entries(CONDITIONAL_SETTINGS).flatMap(([path, { of, values, ...rest }]): Misplaced[] => {
      if (path !== `${setting}.${lastName(path)}`) return [];
      const name = lastName(path);
      const possible = possibleValues(map[lastName(of)]);
      const isMeant = possible.some((value) => values.includes(String(value)));
      const isGiven = Object.hasOwn(map, name);
      if (isMeant === isGiven || (isMeant && rest.default !== undefined)) return [];
      const found = possible.map(quote).join(" or ");
      if (isGiven) {
        const message = `Cannot set "${path}" where "${of}" is ${found}: it belongs to ${
          values.join(" and ")
        }`;
        const problem: Problem = {
          code: "unused-setting",
          message,
          at: [...at, name],
          on: "key",
          help: "leave it out",
        };
        return [{ problem, setting: path, isMissing: false }];
      }
      const message = `Cannot set "${of}" to ${found}: "${path}" is missing`;
      const problem = { code: "missing-key", message, at: [...at, lastName(of)], help: describe(path) };
      return [{ problem, setting: path, isMissing: true }];
    })
  );
}

/** Every map of settings in a tree, also those in choices. */
function settingsMaps(
  node: Json,
  setting: string,
  at: Place,
): { map: JsonObject; setting: string; at: Place }[] {
  if (!isJsonObject(node)) return [];
  if (!isSettingsMap(node)) {
    const values = Array.isArray(node["choice"]) ? node["choice"] as readonly Json[] : [];
    return values.flatMap((value, i) => settingsMaps(value, setting, [...at, "choice", i]));
  }
  const inner = Object.entries(node).flatMap(([name, value]) =>
    settingsMaps(value, setting === "" ? name : `${setting}.${name}`, [...at, name])
  );
  return [{ map: node, setting, at }, ...inner];
}

/** Whether a tree says something about a setting, by itself or in a domain that holds it. */
function hasSetting(tree: JsonObject, setting: string): boolean {
  let node: Json | undefined = tree;
  for (const name of setting.split(".")) {
    if (!isSettingsMap(node)) return node !== undefined;
    node = node[name];
  }
  return node !== undefined;
}

function checkExclusions(exclude: readonly JsonObject[]): Problem[] {
  return exclude.flatMap((conditions, i) =>
    Object.entries(conditions).flatMap(([name, condition]) => {
      const at = ["exclude", i, name];
      const setting = resolveSetting(name);
      if (setting.ok) return checkCondition(setting.value, condition, at);
      const { why, help } = setting.error;
      const message = `Cannot exclude by "${name}": ${why}`;
      return [{ code: "unknown-setting", message, at, on: "key" as const, help }];
    })
  );
}

function checkCondition(setting: string, condition: Json, at: Place): Problem[] {
  const schema = SETTINGS.get(setting)!;
  const wrong = (why: string, place = at): Problem => ({
    code: "bad-value",
    message: `Cannot exclude by "${setting}": ${why}`,
    at: place,
    help: describe(setting),
  });
  if (isJsonObject(condition)) {
    const { min = -Infinity, max = Infinity } = condition as { min?: number; max?: number };
    if (schema["enum"] !== undefined) return [wrong("it has no order for min and max")];
    return min > max ? [wrong(`min ${min} is above max ${max}`)] : [];
  }
  const values: readonly Json[] = Array.isArray(condition) ? condition : [condition];
  return values.flatMap((value, i) => {
    const why = misfit(schema, value);
    return why === null
      ? []
      : [wrong(`${quote(value)} is never drawn, ${why}`, Array.isArray(condition) ? [...at, i] : at)];
  });
}

function describe(setting: string): string {
  return String(SETTINGS.get(setting)!["description"]);
}
