import type { Problem } from "../../core/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { checkConditions } from "./check_conditions.ts";
import { checkTree, helpFor, misfit, type Place, quote } from "./check_tree.ts";
import type { FamilyConfig } from "./schema.ts";
import { resolveSetting, SETTINGS } from "./setting_names.ts";
import { settingsSchema } from "./settings_schema.ts";
import { overlayOf } from "./space.ts";

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
  const wrong = (why: string, place = at, value: Json = condition): Problem => ({
    code: "bad-value",
    message: `Cannot exclude by "${setting}": ${why}`,
    at: place,
    help: helpFor(schema, value),
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
      : [wrong(`${quote(value)} is never drawn, ${why}`, Array.isArray(condition) ? [...at, i] : at, value)];
  });
}
