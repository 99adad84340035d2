import type { Problem } from "../../core/diagnostic.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import { checkCases } from "./check_cases.ts";
import { checkConditions } from "./check_conditions.ts";
import { checkDomains, helpFor, misfit, type Place, quote } from "./check_tree.ts";
import type { FamilyConfig } from "./schema.ts";
import { kindsWith, resolveSetting, SETTINGS, settingsOf } from "./setting_names.ts";
import { familyKinds, lastName, overlayOf } from "./space.ts";

/** Every mistake in a family's settings that its schema leaves open; at most those of the first step that finds any. */
export function checkFamily(config: FamilyConfig): readonly Problem[] {
  const { cases = [] } = config;
  const domains = [
    ...checkDomains(overlayOf(config), []),
    ...cases.flatMap((own, i) => checkDomains(overlayOf(own), ["cases", i])),
  ];
  const first = [...domains, ...checkCases(config)];
  return [...(first.length > 0 ? first : checkConditions(config)), ...checkExclusions(config)];
}

function checkExclusions(config: FamilyConfig): Problem[] {
  const known = settingsOf(familyKinds(config));
  return (config.exclude ?? []).flatMap((conditions, i) =>
    Object.entries(conditions).flatMap(([name, condition]) => {
      const at = ["exclude", i, name];
      const setting = resolveSetting(name, known.keys());
      if (setting.ok) return checkCondition(setting.value, condition, at);
      const { why, help } = setting.error;
      const elsewhere = resolveSetting(name);
      const kinds = elsewhere.ok ? kindsWith(lastName(elsewhere.value)).map((kind) => `"${kind}"`) : [];
      return [{
        code: "unknown-setting",
        message: `Cannot exclude by "${name}": ${why}`,
        at,
        on: "key" as const,
        help: kinds.length === 0
          ? help
          : `it belongs to kind ${kinds.join(" and ")}, which the family does not have`,
      }];
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
