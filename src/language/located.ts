import type { Span } from "../core/diagnostic.ts";
import type { Json } from "../core/json.ts";

/** A value of a YAML file that keeps its place. An alias has its own place; what is inside it, that of its anchor. */
export type Located = LocatedScalar | LocatedList | LocatedMap;

interface Placed {
  readonly at: Span;
  /** Of a value that stands for an expression: where it is defined; `at` is then the expression. */
  readonly origin?: Span;
  /** Set if what stands here could not be read, which is told already: what follows from it is not. */
  readonly broken?: true;
}

export interface LocatedScalar extends Placed {
  readonly type: "scalar";
  readonly value: null | boolean | number | string;
}

export interface LocatedList extends Placed {
  readonly type: "list";
  readonly items: readonly Located[];
}

export interface LocatedMap extends Placed {
  readonly type: "map";
  readonly entries: ReadonlyMap<string, LocatedEntry>;
  /** Entries that are not there since the expressions that are their values give nothing. */
  readonly omitted?: ReadonlyMap<string, Omitted>;
}

export interface Omitted {
  /** The expression. */
  readonly at: Span;
  /** What it names: nothing, or a map without the field. */
  readonly origin: Span;
}

/** What expressions name that could not be read. */
export const BROKEN: Located = {
  type: "scalar",
  value: null,
  at: { path: "", line: 1, column: 1, endLine: 1, endColumn: 1 },
  broken: true,
};

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

/** The other end of a value that an expression brought in: where it is defined, or where the expression stands. */
export function relatedTo(entry: LocatedEntry, path: Path): { message: string; at: Span }[] {
  const { steps, complete } = follow(entry, path);
  const brought = steps.findLastIndex(({ value }) => value.origin !== undefined);
  if (brought < 0) return [];
  const { at, origin } = steps[brought]!.value;
  const isItself = brought === steps.length - 1 && complete;
  return [
    isItself ? { message: "its value comes from here", at: origin! } : { message: "it is used here", at },
  ];
}

/** Whether the value at `path`, or one around it, could not be read. */
export function isBroken(entry: LocatedEntry, path: Path): boolean {
  return follow(entry, path).steps.some(({ value }) => value.broken === true);
}

/** Whether a value, or one inside it, could not be read. */
export function holdsBroken(node: Located): boolean {
  if (node.broken === true) return true;
  if (node.type === "list") return node.items.some(holdsBroken);
  return node.type === "map" && [...node.entries.values()].some(({ value }) => holdsBroken(value));
}

/** How much there is in a value: one for itself, for each value inside it, and for each hundred characters of a text. */
export function sizeOf(node: Located): number {
  if (node.type === "scalar") {
    return typeof node.value === "string" ? 1 + Math.floor(node.value.length / 100) : 1;
  }
  const parts = node.type === "list" ? node.items : node.entries;
  const known = sizes.get(parts);
  if (known !== undefined) return known;
  let size = 1;
  if (node.type === "list") { for (const item of node.items) size += sizeOf(item); }
  else for (const { value } of node.entries.values()) size += sizeOf(value);
  sizes.set(parts, size);
  return size;
}
/** By what is inside: a value that many expressions bring in has many places, and its inside once. */
const sizes = new WeakMap<LocatedList["items"] | LocatedMap["entries"], number>();

interface Step {
  /** Undefined for an item of a list. */
  readonly key: Span | undefined;
  readonly value: Located;
}

function follow(entry: LocatedEntry, path: Path): { steps: Step[]; last: Step; complete: boolean } {
  let last: Step = entry;
  const steps = [last];
  for (const part of path) {
    const next = child(last.value, part);
    if (next === undefined) return { steps, last, complete: false };
    steps.push(last = next);
  }
  return { steps, last, complete: true };
}

function child(node: Located, part: string | number): Step | undefined {
  if (node.type === "map") return node.entries.get(String(part));
  const item = node.type === "list" ? node.items[Number(part)] : undefined;
  return item && { key: undefined, value: item };
}

function fitsOneLine({ line, column, endLine, endColumn }: Span): boolean {
  return line === endLine && column < endColumn;
}
