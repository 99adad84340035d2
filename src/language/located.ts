import type { Span } from "../core/diagnostic.ts";
import type { Json } from "../core/json.ts";

/** A value of a YAML file that keeps its place. An alias has its own place; what is inside it, that of its anchor. */
export type Located = LocatedScalar | LocatedList | LocatedMap;

export interface LocatedScalar {
  readonly type: "scalar";
  readonly value: null | boolean | number | string;
  readonly at: Span;
}

export interface LocatedList {
  readonly type: "list";
  readonly items: readonly Located[];
  readonly at: Span;
}

export interface LocatedMap {
  readonly type: "map";
  readonly entries: ReadonlyMap<string, LocatedEntry>;
  readonly at: Span;
}

/** A key with its value. */
export interface LocatedEntry {
  readonly key: Span;
  readonly value: Located;
}

/** Keys and indices from some value down to another. */
export type Path = readonly (string | number)[];

/** The value without its places. */
export function toJson(node: Located): Json {
  switch (node.type) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(toJson);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, toJson(value)]));
  }
}

/** The value at the end of `path`, or undefined where the file has none. */
export function valueAt(entry: LocatedEntry, path: Path): Located | undefined {
  const { last, complete } = follow(entry, path);
  return complete ? last.value : undefined;
}

/**
 * Where a problem with the value at `path` below `entry` is shown: the value if it stands on one line, else its key.
 * A path that leaves the file (a default, say) ends at the last value that is there.
 */
export function valueSpan(entry: LocatedEntry, path: Path): Span {
  const { key, value } = follow(entry, path).last;
  return key !== undefined && !fitsOneLine(value.at) ? key : value.at;
}

/** Where a problem with the key at the end of `path` is shown; for an item of a list, or the empty path: see the code. */
export function keySpan(entry: LocatedEntry, path: Path): Span {
  const { last, complete } = follow(entry, path);
  return complete && last.key !== undefined ? last.key : valueSpan(entry, path);
}

interface Step {
  /** Undefined for an item of a list. */
  readonly key: Span | undefined;
  readonly value: Located;
}

function follow(entry: LocatedEntry, path: Path): { last: Step; complete: boolean } {
  let last: Step = entry;
  for (const part of path) {
    const next = child(last.value, part);
    if (next === undefined) return { last, complete: false };
    last = next;
  }
  return { last, complete: true };
}

function child(node: Located, part: string | number): Step | undefined {
  if (node.type === "map") return node.entries.get(String(part));
  const item = node.type === "list" ? node.items[Number(part)] : undefined;
  return item && { key: undefined, value: item };
}

function fitsOneLine({ line, column, endLine, endColumn }: Span): boolean {
  return line === endLine && column < endColumn;
}
