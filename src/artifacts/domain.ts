import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";

/** A set of values to draw a setting from, as a family's settings hold it. */
export type Domain = Choice | Range;

/** One of the values, each with its weight (1 without weights); a value may hold further domains. */
export interface Choice {
  readonly type: "choice";
  readonly values: readonly Json[];
  readonly weights?: readonly number[];
}

/** All numbers from `low` to `high`, both included; `steps` of them, evenly spaced, in a grid. */
export interface Range {
  readonly type: RangeType;
  readonly low: number;
  readonly high: number;
  readonly steps?: number;
}

export const RANGE_TYPES = ["uniform", "log_uniform", "int_uniform"] as const;
export type RangeType = typeof RANGE_TYPES[number];

/** Keys of a domain's map; no setting has one of these names. */
export const DOMAIN_KEYS = ["choice", "weights", ...RANGE_TYPES, "steps"] as const;

/** The domain that a node of a settings tree is, or null if it is a plain value. */
export function domainOf(node: Json): Domain | null {
  if (!isJsonObject(node)) return null;
  const { choice, weights, steps } = node;
  if (Array.isArray(choice)) {
    return {
      type: "choice",
      values: choice as readonly Json[],
      ...(weights === undefined ? {} : { weights: weights as readonly number[] }),
    };
  }
  const type = RANGE_TYPES.find((name) => Array.isArray(node[name]));
  if (type === undefined) return null;
  const [low, high] = node[type] as readonly [number, number];
  return { type, low, high, ...(steps === undefined ? {} : { steps: steps as number }) };
}

/** Whether a node is a map of settings: neither a domain, right or wrong, nor a scalar. */
export function isSettingsMap(node: Json | undefined): node is JsonObject {
  return isJsonObject(node) && !DOMAIN_KEYS.some((key) => Object.hasOwn(node, key));
}

/** The value at the end of a full path in a tree without domains, or undefined. */
export function settingAt(settings: JsonObject, path: string): Json | undefined {
  let node: Json | undefined = settings;
  for (const name of path.split(".")) node = isJsonObject(node) ? node[name] : undefined;
  return node;
}
