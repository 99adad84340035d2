import type { Span } from "../core/diagnostic.ts";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { keySpan, type Path, relatedTo, valueAt, valueSpan } from "../language/located.ts";
import { withNeutral } from "../language/schema_walk.ts";
import type { PlanNode } from "./plan.ts";

/** A setting that is another one than before. */
export interface SettingChange extends ChangedPlace {
  /** Its full path: `training.batch_size`, `cases[1].weight`. */
  readonly setting: string;
  /** Absent where the setting was not given and has no value then. */
  readonly before?: Json;
  readonly after?: Json;
}

export interface ChangedPlace {
  /** Where the stage gives it; where it does not any more, the nearest thing around it that is there. */
  readonly at: Span;
  /** Where the value itself stands, if `at` is an expression. */
  readonly from?: Span;
}

/** What differs in a stage's settings, in the order of the settings now, then what is gone. @param before as `identityConfig` was */
export function settingChanges(
  { kind, identityConfig, source }: PlanNode,
  before: JsonObject,
): SettingChange[] {
  const [old, now] = [before, identityConfig].map((settings) => withNeutral(kind.schema, settings));
  return differences(old, now, []).map(({ path, before, after }) => ({
    setting: pathText(path),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    ...placeOf(source, path),
  }));
}

/** Where a setting of a stage stands in the file. */
export function placeOf(source: PlanNode["source"], path: Path): ChangedPlace {
  if (valueAt(source, path) === undefined && path.length > 0) {
    const above = valueAt(source, path.slice(0, -1));
    const omitted = above?.type === "map" ? above.omitted?.get(String(path.at(-1))) : undefined;
    if (omitted !== undefined) return { at: omitted.at, from: omitted.origin }; // an expression that gives nothing
    return { at: around(source, path.slice(0, -1)) };
  }
  const at = valueSpan(source, path);
  const [other] = relatedTo(source, path);
  if (other === undefined) return { at };
  const isUse = valueAt(source, path)?.origin !== undefined; // else it is a part of what an expression brought in
  return isUse ? { at, from: other.at } : { at: other.at, from: at };
}

/** The name of the nearest thing that is there, from the end of a path upward. */
function around(source: PlanNode["source"], path: Path): Span {
  return valueAt(source, path) === undefined ? around(source, path.slice(0, -1)) : keySpan(source, path);
}

interface Difference {
  readonly path: Path;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

function differences(before: Json | undefined, after: Json | undefined, path: Path): Difference[] {
  if (before !== undefined && after !== undefined) {
    if (canonicalJson(before) === canonicalJson(after)) return [];
    if (isJsonObject(before) && isJsonObject(after) && (path.length === 0 || areAlike(before, after))) {
      const names = new Set([...Object.keys(after), ...Object.keys(before)]);
      return [...names].flatMap((name) => differences(own(before, name), own(after, name), [...path, name]));
    }
    if (isListOfMaps(before) && isListOfMaps(after)) return entryDifferences(before, after, path);
  }
  return [{ path, before, after }];
}

/** Entries that stand unchanged in front or behind are left aside, so that a new one in between is one difference. */
function entryDifferences(before: readonly Json[], after: readonly Json[], path: Path): Difference[] {
  const same = (a: Json | undefined, b: Json | undefined) => canonicalJson(a) === canonicalJson(b);
  const least = Math.min(before.length, after.length);
  let front = 0;
  while (front < least && same(before[front], after[front])) front++;
  let behind = 0;
  while (behind < least - front && same(before.at(-1 - behind), after.at(-1 - behind))) behind++;
  const [old, now] = [before, after].map((list) => list.slice(front, list.length - behind)) as [
    Json[],
    Json[],
  ];
  return Array.from({ length: Math.max(old.length, now.length) })
    .flatMap((_, i) => differences(old[i], now[i], [...path, front + i]));
}

function isListOfMaps(value: Json): value is readonly JsonObject[] {
  return Array.isArray(value) && value.every(isJsonObject);
}

/** Maps without a common key are two things, such as two kinds of domain. */
function areAlike(before: JsonObject, after: JsonObject): boolean {
  const keys = Object.keys(before);
  return keys.length === 0 || Object.keys(after).length === 0 ||
    keys.some((key) => Object.hasOwn(after, key));
}

function own(map: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function pathText(path: Path): string {
  return path.map((part, i) => typeof part === "number" ? `[${part}]` : `${i === 0 ? "" : "."}${part}`).join(
    "",
  );
}
