import type { Diagnostic } from "../core/diagnostic.ts";
import { quote, suggestion } from "../core/describe.ts";
import { type Expression, partsOf } from "./expressions.ts";
import type { Located, LocatedEntry, LocatedScalar } from "./located.ts";

/** What expressions may name: for each root its values by name, or why it has none here. */
export interface Scope {
  readonly params: Values | Unavailable;
  readonly matrix: Values | Unavailable;
}

export interface Values {
  /** What one name stands for: "param", "axis". */
  readonly noun: string;
  readonly get: (name: string) => Located | undefined;
  readonly names: () => Iterable<string>;
  /** Whether a field that this value lacks is known elsewhere, so that its absence means "not given". */
  readonly mayLack?: (names: readonly string[]) => boolean;
  /** Names that stand below `above` in some value: what may have been meant. */
  readonly namesBelow?: (above: readonly string[]) => Iterable<string>;
}

interface Unavailable {
  readonly why: string;
  readonly help: string;
}

export interface Substituted {
  readonly value: Located;
  readonly problems: readonly Diagnostic[];
}

/**
 * A value with its expressions replaced by what they name. A text that is only an expression takes the value as it is, of
 * whatever type. A map's entry or a list's item is left out where the value is "not given": null, or a field that only
 * other values of the axis have.
 */
export function substitute(value: Located, scope: Scope): Substituted {
  const problems: Diagnostic[] = [];
  const replaced = replaceIn(value, scope, problems);
  return { value: replaced ?? { type: "scalar", value: null, at: value.at }, problems };
}

/** Undefined: not given. The very same object where nothing is replaced. */
function replaceIn(node: Located, scope: Scope, problems: Diagnostic[]): Located | undefined {
  switch (node.type) {
    case "scalar":
      return typeof node.value === "string" && node.value.includes("${{")
        ? replaceText(node, node.value, scope, problems)
        : node;
    case "list": {
      const items = node.items.map((item) => replaceIn(item, scope, problems));
      if (items.every((item, i) => item === node.items[i])) return node;
      return { ...node, items: items.filter((item) => item !== undefined) };
    }
    case "map": {
      let changed = false;
      const entries = new Map<string, LocatedEntry>();
      for (const [name, entry] of node.entries) {
        const value = replaceIn(entry.value, scope, problems);
        changed ||= value !== entry.value;
        if (value !== undefined) entries.set(name, value === entry.value ? entry : { key: entry.key, value });
      }
      return changed ? { ...node, entries } : node;
    }
  }
}

function replaceText(
  node: LocatedScalar,
  text: string,
  scope: Scope,
  problems: Diagnostic[],
): Located | undefined {
  const parts = partsOf(text);
  if (parts.length === 1) {
    const only = valueOf(parts[0] as Expression, node, scope);
    if (only === undefined) return undefined;
    if ("code" in only) return broken(node, only, problems);
    if (only.type === "scalar" && only.value === null && only.broken !== true) return undefined;
    return { ...only, at: node.at, origin: only.origin ?? only.at };
  }
  let whole = "";
  for (const part of parts) {
    if (typeof part === "string") {
      whole += part;
      continue;
    }
    const value = valueOf(part, node, scope);
    if (value !== undefined && "code" in value) return broken(node, value, problems);
    if (value?.broken === true) return { ...value, at: node.at };
    if (value === undefined || value.type !== "scalar" || value.value === null) {
      const what = value === undefined || value.type === "scalar"
        ? "it is not given here"
        : `it is a ${value.type}`;
      return broken(
        node,
        problem(node, `Cannot put ${quote((part as Expression).text)} into a text: ${what}`, {
          help: "within a text an expression stands for a text, a number, true or false",
          related: value === undefined ? [] : [{ message: "its value comes from here", at: value.at }],
        }),
        problems,
      );
    }
    whole += String(value.value);
  }
  return { ...node, value: whole };
}

/** Undefined: not given. */
function valueOf(
  part: Expression | { readonly wrong: string; readonly help: string },
  node: LocatedScalar,
  scope: Scope,
): Located | Diagnostic | undefined {
  if ("wrong" in part) {
    return problem(node, `Cannot read the expression in ${quote(node.value)}: ${part.wrong}`, part);
  }
  const { root, names, text } = part;
  const values = scope[root];
  if ("why" in values) return problem(node, `Cannot use ${quote(text)} here: ${values.why}`, values);
  let value = values.get(names[0]!);
  if (value === undefined) {
    const known = [...values.names()];
    const message = `Cannot read ${quote(text)}: no ${values.noun} is named ${quote(names[0])}`;
    const help = suggestion(names[0]!, known, "known") ?? `the file has no "${root}"`;
    return problem(node, message, { help, code: `unknown-${values.noun}` });
  }
  for (let i = 1; i < names.length; i++) {
    const name = names[i]!;
    if (root === "matrix" && value.type === "scalar" && name === "name") continue; // a scalar is its own name
    const next: Located | undefined = value.type === "map" ? value.entries.get(name)?.value : undefined;
    if (next === undefined) {
      if (values.mayLack?.(names) === true) return undefined;
      const above = names.slice(0, i).join(".");
      const known = values.namesBelow?.(names.slice(0, i)) ??
        (value.type === "map" ? value.entries.keys() : []);
      return problem(node, `Cannot read ${quote(text)}: "${root}.${above}" has no ${quote(name)}`, {
        help: suggestion(name, known, "known") ?? `"${root}.${above}" is no map`,
        code: "unknown-field",
        related: [{ message: `"${root}.${above}" is defined here`, at: value.at }],
      });
    }
    value = next;
  }
  return value;
}

function broken(node: LocatedScalar, why: Diagnostic, problems: Diagnostic[]): Located {
  problems.push(why);
  return { type: "scalar", value: null, at: node.at, broken: true };
}

function problem(
  { at }: LocatedScalar,
  message: string,
  { code = "bad-expression", help, related = [] }: {
    readonly code?: string;
    readonly help?: string;
    readonly related?: Diagnostic["related"];
  },
): Diagnostic {
  const more = related.length > 0 ? { related } : {};
  return { severity: "error", code, message, at, help, ...more };
}
