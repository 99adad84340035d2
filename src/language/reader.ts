import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, Scalar } from "yaml";
import type { Diagnostic, Span } from "../core/diagnostic.ts";
import { quote, suggestion } from "../core/describe.ts";
import { withLateHelp } from "./late_help.ts";
import type { Located, LocatedEntry, LocatedMap } from "./located.ts";

const MAX_DEPTH = 100;
/** Values after aliases are expanded. */
const MAX_VALUES = 1_000_000;
/** Far more than are told: what is behind them is not read. */
const MAX_PROBLEMS = 1000;

/** Turns the nodes of the yaml package into located values: aliases resolved, maps merged, keys unique. */
export class Reader {
  readonly problems: Diagnostic[] = [];
  readonly #span: (start: number, end: number) => Span;
  readonly #anchors = new Map<string, Anchor>();
  #values = 0;
  #deepest = 0;
  #overLimit = false;

  constructor(span: (start: number, end: number) => Span) {
    this.#span = span;
  }

  /**
   * Nodes must come in the order of the file, since an alias means the last anchor before it.
   * @param depth Of maps and lists around the node
   * @param end Where an empty value stands, as an offset
   */
  read(node: Node | null, depth = 0, end = 0): Located {
    const at = node?.range ? this.#span(node.range[0], node.range[1]) : this.#span(end, end);
    if (this.#exceeds(1, depth, at) || node === null) return nothing(at);
    if (isAlias(node)) return this.#readAlias(node.source, depth, at);
    if (node.anchor !== undefined) return this.#readAnchored(node, node.anchor, depth, at);
    return this.#readPlain(node, depth, at);
  }

  #readAnchored(node: Node, name: string, depth: number, at: Span): Located {
    const anchor: Anchor = { values: 0, height: 0 };
    this.#anchors.set(name, anchor);
    const [valuesBefore, deepestBefore] = [this.#values, this.#deepest];
    this.#deepest = depth;
    anchor.value = this.#readPlain(node, depth, at);
    anchor.values = 1 + this.#values - valuesBefore;
    anchor.height = this.#deepest - depth;
    this.#deepest = Math.max(this.#deepest, deepestBefore);
    return anchor.value;
  }

  #readAlias(name: string, depth: number, at: Span): Located {
    const anchor = this.#anchors.get(name);
    if (anchor === undefined) {
      const before = this.#anchors.size;
      return this.#refuse("unknown-anchor", `*${name}`, "no anchor before it has this name", at, {
        help: () => suggestion(name, [...this.#anchors.keys()].slice(0, before), "anchors"),
      });
    }
    if (anchor.value === undefined) {
      return this.#refuse("unknown-anchor", `*${name}`, "it stands inside the value that it names", at);
    }
    if (this.#exceeds(anchor.values, depth + anchor.height, at)) return nothing(at);
    return { ...anchor.value, at };
  }

  #readPlain(node: Node, depth: number, at: Span): Located {
    if (isScalar(node)) return this.#readScalar(node, at);
    if (isSeq<Node>(node)) {
      return {
        type: "list",
        items: node.items.map((item) => this.read(item, depth + 1)),
        at,
      };
    }
    if (isMap<Node, Node | null>(node)) return this.#readMap(node.items, depth, at);
    throw new Error(`The yaml package gave a node of an unknown type at line ${at.line}`);
  }

  #readScalar({ value, source }: Scalar, at: Span): Located {
    switch (typeof value) {
      case "bigint":
        if (Number.isSafeInteger(Number(value))) return { type: "scalar", value: Number(value), at };
        return this.#refuse(
          "not-exact",
          source,
          `integers are exact only up to ${Number.MAX_SAFE_INTEGER}`,
          at,
        );
      case "number":
        if (!Number.isFinite(value)) {
          return this.#refuse("not-finite", source, "it is not a finite number", at);
        }
        return { type: "scalar", value: value === 0 ? 0 : value, at }; // not -0
      case "string":
      case "boolean":
        return { type: "scalar", value, at };
      default:
        return nothing(at);
    }
  }

  #readMap(pairs: readonly Pair<Node, Node | null>[], depth: number, at: Span): LocatedMap {
    const entries = new Map<string, LocatedEntry>();
    const merged: LocatedMap[] = [];
    for (const pair of pairs) {
      const end = pair.key.range![1];
      const key = this.read(pair.key, depth + 1, end);
      const value = this.read(pair.value, depth + 1, end);
      const name = key.type === "scalar" ? String(key.value ?? "") : "";
      if (isMergeKey(pair.key)) merged.push(...this.#mergeSources(value));
      else if (this.#accepts(name, key.at, entries)) entries.set(name, { key: key.at, value });
    }
    for (const source of merged) {
      for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
    }
    return { type: "map", entries, at };
  }

  #accepts(name: string, at: Span, entries: ReadonlyMap<string, LocatedEntry>): boolean {
    const first = entries.get(name);
    if (first !== undefined) {
      const related = [{ message: `${quote(name)} stands here already`, at: first.key }];
      this.#refuse("duplicate-key", name, "the key stands twice in one map", at, { related });
    } else if (name === "__proto__") {
      this.#refuse("bad-key", name, "a key must not have this name", at);
    }
    return first === undefined && name !== "__proto__";
  }

  #mergeSources(value: Located): readonly LocatedMap[] {
    const sources = value.type === "list" ? value.items : [value];
    return sources.filter((source): source is LocatedMap => {
      if (source.type !== "map" && source.broken !== true) {
        this.#refuse("bad-merge", "<<", "it takes a map or a list of maps", source.at);
      }
      return source.type === "map";
    });
  }

  /** Counts values that are about to be read; true once there are too many, or one is too deep. */
  #exceeds(values: number, depth: number, at: Span): boolean {
    this.#values += values;
    this.#deepest = Math.max(this.#deepest, depth);
    if (this.#overLimit) return true;
    if (this.#values > MAX_VALUES) {
      this.#refuse("too-large", undefined, `it has more than ${MAX_VALUES} values, aliases expanded`, at);
    } else if (depth > MAX_DEPTH) {
      this.#refuse("too-deep", undefined, `maps and lists are nested more than ${MAX_DEPTH} deep`, at);
    } else return false;
    this.#overLimit = true;
    return true;
  }

  /** @param value Undefined: the whole file */
  #refuse(
    code: string,
    value: string | undefined,
    why: string,
    at: Span,
    { help, ...more }: Pick<Diagnostic, "related"> & { readonly help?: () => string | undefined } = {},
  ): Located {
    const message = `Cannot read ${value === undefined ? "the file" : quote(value)}: ${why}`;
    if (!this.#overLimit) { // else what is read is no longer what the file says
      const problem = { severity: "error", code, message, at, ...more } as const;
      this.problems.push(help === undefined ? problem : withLateHelp(problem, help));
      this.#overLimit = this.problems.length >= MAX_PROBLEMS;
    }
    return { type: "scalar", value: null, at, broken: true };
  }
}

/** What an anchor names; `value` is missing while it is being read: an alias to it would be part of itself. */
interface Anchor {
  value?: Located;
  /** Values in it, itself included. */
  values: number;
  /** Levels of maps and lists below it. */
  height: number;
}

function nothing(at: Span): Located {
  return { type: "scalar", value: null, at };
}

function isMergeKey(key: Node): boolean {
  return isScalar(key) && key.value === "<<" && key.type === Scalar.PLAIN;
}
