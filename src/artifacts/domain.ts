import { DOMAIN_FORMS, RANGE_TYPES } from "../core/domain_forms.ts";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { exp, log } from "../core/random/elementary.ts";
import { roundTo6Digits } from "../core/random/keyed.ts";

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

export { RANGE_TYPES };
export type RangeType = typeof RANGE_TYPES[number];

/** Keys of a domain's map; no setting has one of these names. */
export const DOMAIN_KEYS = [...DOMAIN_FORMS, "weights", "steps"] as const;

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

/** Whether a node is a map of settings: neither a domain, right or wrong, nor a scalar or a list. */
export function isSettingsMap(node: Json | undefined): node is JsonObject {
  return isJsonObject(node) && !DOMAIN_KEYS.some((key) => Object.hasOwn(node, key));
}

/** What a map or a list of settings holds, by the names that paths have for it: items are counted from 1. */
export function partsOf(node: Json): [name: string, part: Json][] {
  if (Array.isArray(node)) return node.map((item: Json, i) => [String(i + 1), item]);
  return isJsonObject(node) ? Object.entries(node) : [];
}

/** A map or a list with each of its parts changed; anything else as it is. */
export function withParts(node: Json, change: (part: Json, name: string) => Json): Json {
  if (Array.isArray(node)) return node.map((item: Json, i) => change(item, String(i + 1)));
  if (!isJsonObject(node)) return node;
  return Object.fromEntries(Object.entries(node).map(([name, part]) => [name, change(part, name)]));
}

/** The full path of a part of a node with this path. */
export function pathBelow(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** `training.optimizer.name` → `name` */
export function lastName(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

/** The value at the end of a full path in a tree without domains, or undefined. */
export function settingAt(settings: JsonObject, path: string): Json | undefined {
  let node: Json | undefined = settings;
  for (const name of path.split(".")) {
    node = Array.isArray(node) ? node[Number(name) - 1] : isJsonObject(node) ? node[name] : undefined;
  }
  return node;
}

/** How many combinations of values a space has, those of a grid; infinitely many where a continuous domain has no steps. */
export function spaceSize(node: Json): number {
  const domain = domainOf(node);
  if (domain?.type === "choice") {
    return domain.values.reduce<number>((sum, value) => sum + spaceSize(value), 0);
  }
  if (domain !== null) return domain.steps ?? countOf(domain);
  return partsOf(node).reduce((product, [, part]) => product * spaceSize(part), 1);
}

/** Every combination of values that a space has, in an order that depends on the values alone. Check its size before. */
export function spaceValues(node: Json): readonly Json[] {
  const domain = domainOf(node);
  if (domain?.type === "choice") return domain.values.toSorted(byValue).flatMap(spaceValues);
  if (domain !== null) return numbersOf(domain);
  if (Array.isArray(node)) return listValues(node);
  return isJsonObject(node) ? mapValues(node) : [node];
}

function mapValues(map: JsonObject): readonly JsonObject[] {
  let combinations: readonly JsonObject[] = [{}];
  for (const name of Object.keys(map).sort()) {
    const values = spaceValues(map[name]!);
    combinations = combinations.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  }
  return combinations;
}

function listValues(list: readonly Json[]): readonly (readonly Json[])[] {
  let combinations: readonly (readonly Json[])[] = [[]];
  for (const item of list) {
    const values = spaceValues(item);
    combinations = combinations.flatMap((one) => values.map((value) => [...one, value]));
  }
  return combinations;
}

function countOf({ type, low, high }: Range): number {
  return type === "int_uniform" ? high - low + 1 : Infinity;
}

function numbersOf({ type, low, high, steps = high - low + 1 }: Range): readonly number[] {
  return Array.from({ length: steps }, (_, i) => {
    if (i === 0) return low;
    if (i === steps - 1) return high;
    const share = i / (steps - 1);
    if (type === "log_uniform") return roundTo6Digits(exp(log(low) + (log(high) - log(low)) * share));
    const value = low + (high - low) * share;
    return type === "int_uniform" ? Math.round(value) : roundTo6Digits(value);
  });
}

function byValue(a: Json, b: Json): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return canonicalJson(a) < canonicalJson(b) ? -1 : 1;
}
