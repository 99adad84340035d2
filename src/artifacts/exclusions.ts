import { canonicalJson, type Json, type JsonObject } from "../core/json.ts";
import { type Conditions, isMet } from "./conditions.ts";
import { partsOf, pathBelow, settingAt } from "./domain.ts";

/** Settings that cannot be built, and which of them clash: whatever agrees in these is as impossible. */
export interface Impossible {
  readonly settings: JsonObject;
  readonly clash: readonly string[];
}

/** Why settings cannot be built: the first reason, and how many more there are. */
export function whyImpossible(impossible: readonly { readonly why: string }[]): string {
  const [first, ...others] = new Set(impossible.map(({ why }) => why));
  if (others.length === 0) return first!;
  return `${first!}, and ${others.length} more such ${others.length === 1 ? "reason" : "reasons"}`;
}

/** What {@link exclusionsFor} is to tell apart. */
export interface Known {
  readonly impossible: readonly Impossible[];
  /** Settings that can be built. */
  readonly possible: readonly JsonObject[];
  /**
   * Whether these are all there are, rather than some that were drawn: only then can a condition leave out a setting because
   * what is left meets nothing that is possible.
   */
  readonly knowsAll: boolean;
}

/**
 * Few and short conditions that hold for all that is impossible and for nothing that is possible.
 * @returns undefined if these would be too many
 */
export function exclusionsFor({ impossible, possible, knowsAll }: Known): Conditions[] | undefined {
  const paths = [KIND, ...new Set(impossible.flatMap(({ clash }) => clash))];
  const buildable = distinct(possible.map((settings) => flattened(settings, paths)));
  const all = distinct([...impossible.map(({ settings }) => flattened(settings, paths)), ...buildable]);
  const canGo = knowsAll
    ? (rest: Conditions) => !buildable.some((settings) => meetsFlat(settings, rest))
    : (rest: Conditions, path: string, value: Json) => isConstant(path, value, rest, all);
  const found: Conditions[] = [];
  for (const { settings, clash } of impossible) {
    const flat = flattened(settings, [KIND, ...clash]);
    if (found.some((conditions) => meetsFlat(flat, conditions))) continue;
    found.push(shortened(flat, canGo));
    if (found.length > MAX_FOUND) return undefined;
  }
  return merged(found).map((conditions) => knowsAll ? withRanges(conditions, all) : conditions);
}
const MAX_FOUND = 500;

/**
 * What to write under `exclude` so that nothing impossible is left, as text for people.
 * @param where "", or where the family is found
 */
export function exclusionHelp(known: Known, where: string): string {
  const all = [...known.impossible.map(({ settings }) => settings), ...known.possible];
  const paths = [...new Set(all.flatMap((settings) => scalarPaths(settings)))];
  const lines = exclusionsFor(known)?.map((conditions) => exclusionLine(conditions, paths));
  if (lines === undefined || lines.length > MAX_LINES) {
    return 'too many combinations clash to exclude each: draw others instead with "impossible: skip"';
  }
  const head =
    `leave them out with these lines under "exclude"${where}, or draw others instead with "impossible: skip"`;
  return [head, ...lines].join("\n");
}
const MAX_LINES = 20;

/**
 * Conditions as a line of YAML with the shortest names that tell their settings apart: `- { dim: 16, heads: [3, 5] }`.
 * @param paths of all settings that the names must be told apart from
 */
export function exclusionLine(conditions: Conditions, paths: readonly string[]): string {
  const entries = Object.entries(conditions).map(([path, value]) =>
    `${shortName(path, paths)}: ${flow(value)}`
  );
  return `- { ${entries.join(", ")} }`;
}

/** The full paths of all scalars in settings. */
function scalarPaths(settings: Json, path = ""): string[] {
  if (typeof settings !== "object" || settings === null) return [path];
  return partsOf(settings).flatMap(([name, part]) => scalarPaths(part, pathBelow(path, name)));
}

const KIND = "architecture.kind";

/** From full paths to values; a path that settings lack is left out. */
type Flat = Conditions;

function flattened(settings: JsonObject, paths: readonly string[]): Flat {
  const flat: Record<string, Json> = {};
  for (const path of paths) {
    const value = settingAt(settings, path);
    if (value !== undefined) flat[path] = value;
  }
  return flat;
}

function distinct(all: readonly Flat[]): Flat[] {
  return [...new Map(all.map((flat) => [JSON.stringify(flat), flat])).values()];
}

function meetsFlat(settings: Flat, conditions: Conditions): boolean {
  for (const path in conditions) if (!isMet(conditions[path]!, settings[path])) return false;
  return true;
}

/** Conditions without those that can go, the last named first and the kind at last. */
function shortened(
  conditions: Conditions,
  canGo: (rest: Conditions, path: string, value: Json) => boolean,
): Conditions {
  let kept = conditions;
  for (const path of Object.keys(conditions).reverse()) {
    const { [path]: value, ...rest } = kept;
    if (Object.keys(rest).length > 0 && canGo(rest, path, value!)) kept = rest;
  }
  return kept;
}

/** Whether all settings that have those of `rest`, and its kind if it has one, have this value. */
function isConstant(path: string, value: Json, rest: Conditions, all: readonly Flat[]): boolean {
  return all.every((settings) => {
    const isAlike = Object.entries(rest).every(([path, wanted]) =>
      path === KIND ? settings[path] === wanted : settings[path] !== undefined
    );
    return !isAlike || settings[path] === value;
  });
}

/** The same in fewer conditions: those that differ in one setting become one with a list. */
function merged(all: readonly Conditions[]): Conditions[] {
  const byPaths = Map.groupBy(all, (conditions) => Object.keys(conditions).join());
  return [...byPaths.values()].flatMap((group) => {
    const paths = Object.keys(group[0]!);
    const ways = paths.map((_, i) => [...paths.slice(i), ...paths.slice(0, i)].reduce(mergedBy, group));
    return ways.reduce((best, way) => way.length < best.length ? way : best);
  });
}

function mergedBy(all: readonly Conditions[], path: string): Conditions[] {
  const alike = Map.groupBy(all, ({ [path]: _, ...rest }) => canonicalJson(rest));
  return [...alike.values()].map((group) => {
    const values = [...new Set(group.flatMap((conditions) => [conditions[path]!].flat() as Json[]))].sort(
      byValue,
    );
    return { ...group[0]!, [path]: values.length === 1 ? values[0]! : values };
  });
}

function byValue(a: Json, b: Json): number {
  return typeof a === "number" && typeof b === "number" ? a - b : String(a) < String(b) ? -1 : 1;
}

/** Lists of numbers as ranges, where these hold no other number that there is. */
function withRanges(conditions: Conditions, all: readonly Flat[]): Conditions {
  const entries = Object.entries(conditions).map(([path, condition]): [string, Json] => {
    if (!Array.isArray(condition) || condition.length < 3 || typeof condition[0] !== "number") {
      return [path, condition];
    }
    const min = condition[0];
    const max = condition.at(-1) as number;
    const values = new Set(all.map((settings) => settings[path]));
    const numbers = [...values].filter((value) => typeof value === "number");
    const isGap = (value: number) => min <= value && value <= max && !condition.includes(value);
    if (numbers.some(isGap)) return [path, condition];
    const hasLower = numbers.some((value) => value < min);
    const hasHigher = numbers.some((value) => value > max);
    return [path, {
      ...((hasLower || !hasHigher) && { min }),
      ...((hasHigher || !hasLower) && { max }),
    }];
  });
  return Object.fromEntries(entries);
}

/** The shortest end of a path that no other has, with the numbers of items and what they are items of. */
function shortName(path: string, paths: readonly string[]): string {
  const parts = path.split(".");
  const list = parts.findIndex((_, i) => /^\d+$/.test(parts[i + 1] ?? ""));
  const longest = list < 0 ? parts : parts.slice(0, list + 1);
  const ends = longest.map((_, i) => parts.slice(i).join(".")).reverse();
  return ends.find((end) => paths.every((other) => other === path || !`.${other}`.endsWith(`.${end}`))) ??
    path;
}

/** A condition in YAML's flow style. */
function flow(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{ ${Object.entries(value).map(([key, inner]) => `${key}: ${flow(inner as Json)}`).join(", ")} }`;
  }
  return typeof value === "string" && PLAIN.test(value) ? value : JSON.stringify(value);
}

/** Texts that YAML reads as texts without quotes. */
const PLAIN = /^(?!(true|false|null|yes|no|on|off|y|n)$)[a-z][a-z0-9_]*$/;
