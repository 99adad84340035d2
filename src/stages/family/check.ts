import { allOfWords, quote } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import { checkCases } from "./check_cases.ts";
import { checkConditions } from "./check_conditions.ts";
import { checkForms } from "./check_forms.ts";
import { checkDomains, type Place } from "./check_tree.ts";
import { helpFor, misfit } from "./misfit.ts";
import type { FamilyConfig } from "./schema.ts";
import { kindsWith, NO_SUCH_SETTING, resolveSetting, schemaOf } from "./setting_names.ts";
import { isList, type ListSchema, type ScalarSchema } from "./settings_schema.ts";
import { familyKinds, familySettings, overlayOf } from "./space.ts";

/** Every mistake in a family's settings that its schema leaves open; at most those of the first step that finds any. */
export function checkFamily(config: FamilyConfig): readonly Problem[] {
  const { cases = [] } = config;
  const domains = [
    ...checkDomains(overlayOf(config), []),
    ...cases.flatMap((own, i) => checkDomains(overlayOf(own), ["cases", i])),
  ];
  const first = [...domains, ...checkForms(config), ...checkCases(config)];
  return [...(first.length > 0 ? first : checkConditions(config)), ...checkExclusions(config)];
}

function checkExclusions(config: FamilyConfig): Problem[] {
  const known = familySettings(config);
  return (config.exclude ?? []).flatMap((conditions, i) =>
    Object.entries(conditions).flatMap(([name, condition]) => {
      const at = ["exclude", i, name];
      const setting = resolveSetting(name, known.keys());
      if (setting.ok) return checkCondition(setting.value, condition, at);
      const { why, help } = setting.error;
      return [{
        code: "unknown-setting",
        message: `Cannot exclude by "${name}": ${why}`,
        at,
        on: "key" as const,
        help: (why === NO_SUCH_SETTING ? elsewhereHelp(name, config) : undefined) ?? help,
      }];
    })
  );
}

/** Where a setting belongs that no network of a family has, if there is such a setting. */
function elsewhereHelp(name: string, config: FamilyConfig): string | undefined {
  const setting = resolveSetting(name);
  if (!setting.ok) return undefined;
  const [, own] = setting.value.split(".");
  const kinds = kindsWith(own!);
  return kinds.some((kind) => familyKinds(config).includes(kind))
    ? `no network of the family has "${setting.value}"`
    : `it belongs to kind ${allOfWords(kinds.map(quote))}, which the family does not have`;
}

function checkCondition(setting: string, condition: Json, at: Place): Problem[] {
  const schema = schemaOf(setting)!;
  const wrong = (why: string, place = at, help = schema.description): Problem => ({
    code: "bad-value",
    message: `Cannot exclude by "${setting}": ${why}`,
    at: place,
    help,
  });
  if (isJsonObject(condition)) {
    const { min = -Infinity, max = Infinity } = condition as { min?: number; max?: number };
    if (!hasOrder(schema)) return [wrong("it has no order for min and max")];
    return min > max ? [wrong(`min ${min} is above max ${max}`)] : [];
  }
  const values: readonly Json[] = Array.isArray(condition) ? condition : [condition];
  return values.flatMap((value, i) => {
    const why = misfit(schema, value);
    if (why === null) return [];
    const isMeantAsList = Array.isArray(condition) && misfit(schema, condition) === null;
    const help = isMeantAsList
      ? `a list stands for its values; one that is a value itself stands in it: [${quote(condition)}]`
      : helpFor(schema, value);
    return [
      wrong(`${quote(value)} is never drawn, ${why}`, Array.isArray(condition) ? [...at, i] : at, help),
    ];
  });
}

function hasOrder(schema: ScalarSchema | ListSchema): boolean {
  const { type } = isList(schema) ? schema.instead ?? {} : schema;
  return type === "integer" || type === "number";
}
