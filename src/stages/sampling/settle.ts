import { meets } from "../../artifacts/conditions.ts";
import { settingAt } from "../../artifacts/domain.ts";
import type { Family } from "../../artifacts/family.ts";
import { CONDITIONAL_SETTINGS, type MemberSettings } from "../../artifacts/settings.ts";
import type { JsonObject } from "../../core/json.ts";
import { type Violation, violationOf } from "../../engine/models/model.ts";

/** Drawn settings without those that have no meaning beside the others, such as Adam's beside sgd. */
export function settle(settings: JsonObject): JsonObject {
  let settled = settings;
  for (const [path, { of, values }] of CONDITIONS) {
    if (settingAt(settings, path) === undefined) continue;
    if (!values.includes(settingAt(settings, of) as string)) settled = without(settled, path.split("."));
  }
  return settled;
}
const CONDITIONS = Object.entries(CONDITIONAL_SETTINGS);

/** Whether a family lets settings be drawn: none of its exclusions holds for them, nor are they skipped as impossible. */
export function isAdmissible(settings: JsonObject, family: Family): boolean {
  if (family.exclude.some((conditions) => meets(settings, conditions))) return false;
  return family.impossible !== "skip" || violationIn(settings, family) === undefined;
}

/** What stands against building the networks that settings describe. */
export function violationIn(settings: JsonObject, { dataset }: Family): Violation | undefined {
  return violationOf((settings as unknown as MemberSettings).architecture, dataset.shape);
}

function without(node: JsonObject, [name, ...below]: readonly string[]): JsonObject {
  const { [name!]: inner, ...others } = node;
  return below.length === 0 ? others : { ...others, [name!]: without(inner as JsonObject, below) };
}
