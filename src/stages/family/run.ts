import type { Dataset } from "../../artifacts/dataset.ts";
import type { Family } from "../../artifacts/family.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { checkFamily } from "./check.ts";
import { checkImpossible } from "./check_impossible.ts";
import type { FamilyConfig } from "./schema.ts";
import { resolveSetting, schemaOf } from "./setting_names.ts";
import { isList, type ListSchema, type ScalarSchema } from "./settings_schema.ts";
import { completeSpace, familySettings, overlaySpace } from "./space.ts";

/** The family that settings declare: spaces with all defaults filled in, and exclusions by full paths. */
export function declareFamily(config: FamilyConfig, dataset: Dataset): Result<Family, readonly Problem[]> {
  const problems = checkFamily(config);
  if (problems.length > 0) return fail(problems);
  const family = { dataset, ...outlineFamily(config) };
  const impossible = checkImpossible(config, family);
  return impossible.length > 0 ? fail(impossible) : ok(family);
}

/** What settings without mistakes declare, whatever the data. */
export function outlineFamily(config: FamilyConfig): Omit<Family, "dataset"> {
  const space = completeSpace(config);
  return {
    space,
    cases: (config.cases ?? []).map(({ name, weight = 1, ...own }) => ({
      name,
      weight,
      space: overlaySpace(space, own),
    })),
    exclude: exclusionsByPath(config),
    ...(config.impossible === "skip" && { impossible: "skip" }),
  };
}

/** The settings as in the file with defaults filled in; cases stay as they are, since they are partial. */
export function normalizeFamily(config: FamilyConfig): FamilyConfig {
  return { ...config, ...completeSpace(config) } as FamilyConfig;
}

function exclusionsByPath(config: FamilyConfig): JsonObject[] {
  const known = [...familySettings(config).keys()];
  return (config.exclude ?? []).map((conditions) => {
    const entries = Object.entries(conditions).map(([name, condition]) => {
      const path = resolveSetting(name, known);
      if (!path.ok) throw new Error(`Cannot resolve "${name}": checkFamily lets it pass`);
      return [path.value, withPlainValues(condition, schemaOf(path.value)!)] as const;
    });
    return Object.fromEntries(entries);
  });
}

/** Where a list of one item and the item say the same, members have the item. */
function withPlainValues(condition: Json, schema: ScalarSchema | ListSchema): Json {
  if (!isList(schema) || schema.instead === undefined || !Array.isArray(condition)) return condition;
  return condition.map((value: Json) =>
    Array.isArray(value) && value.length === 1 ? value[0] as Json : value
  );
}
