import type { Diagnostic } from "../core/diagnostic.ts";
import { quote, suggestion } from "../core/describe.ts";
import {
  type Expression,
  isTextWithExpressions,
  type LocatedText,
  type NoExpression,
  type Part,
  partsOf,
} from "./expressions.ts";
import { withLateHelp } from "./late_help.ts";
import type { Located, LocatedEntry, LocatedMap, Omitted } from "./located.ts";

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

/** Of a text after its expressions are replaced, in UTF-16 units. */
const MAX_TEXT = 100_000;

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
  return {
    value: replaced.type === "absent" ? { type: "scalar", value: null, at: value.at } : replaced,
    problems,
  };
}

/** What an expression gives that gives nothing. */
interface Absent extends Omitted {
  readonly type: "absent";
}

/** The very same object where nothing is replaced. */
function replaceIn(node: Located, scope: Scope, problems: Diagnostic[]): Located | Absent {
  switch (node.type) {
    case "scalar":
      return isTextWithExpressions(node) ? replaceText(node, scope, problems) : node;
    case "list": {
      const items = node.items.map((item) => replaceIn(item, scope, problems));
      if (items.every((item, i) => item === node.items[i])) return node;
      return { ...node, items: items.filter((item) => item.type !== "absent") };
    }
    case "map":
      return replaceInMap(node, scope, problems);
  }
}

function replaceInMap(node: LocatedMap, scope: Scope, problems: Diagnostic[]): LocatedMap {
  let changed = false;
  const entries = new Map<string, LocatedEntry>();
  const omitted = new Map<string, Omitted>();
  for (const [name, entry] of node.entries) {
    const value = replaceIn(entry.value, scope, problems);
    changed ||= value !== entry.value;
    if (value.type === "absent") omitted.set(name, value);
    else entries.set(name, value === entry.value ? entry : { key: entry.key, value });
  }
  if (!changed) return node;
  return { ...node, entries, ...(omitted.size > 0 && { omitted }) };
}

function replaceText(node: LocatedText, scope: Scope, problems: Diagnostic[]): Located | Absent {
  const parts = partsOf(node.value);
  const isWhole = parts.length === 1 && typeof parts[0] === "object";
  const replaced = isWhole ? valueOf(parts[0] as Expression, node, scope) : joined(parts, node, scope);
  if ("code" in replaced) problems.push(replaced);
  if ("code" in replaced || isBroken(replaced)) {
    return { type: "scalar", value: null, at: node.at, broken: true };
  }
  if (!isWhole || replaced.type === "absent") return replaced;
  if (isNothing(replaced)) return { type: "absent", at: node.at, origin: replaced.at };
  return { ...replaced, at: node.at, origin: replaced.origin ?? replaced.at };
}

/** A text with expressions among other words. */
function joined(parts: readonly Part[], node: LocatedText, scope: Scope): Located | Diagnostic {
  let text = "";
  for (const part of parts) {
    const value = typeof part === "string" ? part : wordOf(part as Expression, node, scope);
    if (typeof value === "object") return value;
    text += value;
    if (text.length > MAX_TEXT) {
      const message = `Cannot replace the expressions in ${
        quote(node.value)
      }: the text has more than ${MAX_TEXT} characters`;
      return problem(node, message, { help: "use an expression for the whole text" });
    }
  }
  return { ...node, value: text };
}

/** What an expression gives for a text; else the problem, or the value that could not be read. */
function wordOf(part: Expression, node: LocatedText, scope: Scope): string | Located | Diagnostic {
  const value = valueOf(part, node, scope);
  if ("code" in value) return value;
  if (value.type !== "absent" && value.broken === true) return value;
  if (value.type === "scalar" && value.value !== null) return String(value.value);
  const isGiven = value.type === "map" || value.type === "list";
  const state = isGiven ? `it is a ${value.type}` : "it is not given here";
  return problem(node, `Cannot put ${quote(part.text)} into a text: ${state}`, {
    help: "within a text an expression stands for a text, a number, true or false",
    related: [{
      message: "its value comes from here",
      at: value.type === "absent" ? value.origin : value.at,
    }],
  });
}

function isBroken(value: Located | Absent): boolean {
  return value.type !== "absent" && value.broken === true;
}

function isNothing(value: Located): boolean {
  return value.type === "scalar" && value.value === null;
}

function valueOf(
  part: Expression | NoExpression,
  node: LocatedText,
  scope: Scope,
): Located | Absent | Diagnostic {
  if ("wrong" in part) {
    return problem(node, `Cannot read the expression in ${quote(node.value)}: ${part.wrong}`, part);
  }
  const { root, names, text } = part;
  const values = scope[root];
  if ("why" in values) return problem(node, `Cannot use ${quote(text)} here: ${values.why}`, values);
  let value = values.get(names[0]!);
  if (value === undefined) return unknownName(part, values, node);
  for (let i = 1; i < names.length; i++) {
    if (value.broken === true) return value;
    if (root === "matrix" && value.type === "scalar" && names[i] === "name") continue; // a scalar is its own name
    const next: Located | undefined = value.type === "map" ? value.entries.get(names[i]!)?.value : undefined;
    if (next === undefined) {
      if (values.mayLack?.(names) === true) return { type: "absent", at: node.at, origin: value.at };
      return unknownField(part, i, value, values, node);
    }
    value = next;
  }
  return value;
}

function unknownName(
  { root, names: [name], text }: Expression,
  values: Values,
  node: LocatedText,
): Diagnostic {
  const message = `Cannot read ${quote(text)}: no ${values.noun} is named ${quote(name)}`;
  return withLateHelp(
    problem(node, message, { code: `unknown-${values.noun}` }),
    () => suggestion(name!, values.names(), "known") ?? `the file has no "${root}"`,
  );
}

/** @param i which of the names there is not below `value` */
function unknownField(
  { root, names, text }: Expression,
  i: number,
  value: Located,
  values: Values,
  node: LocatedText,
): Diagnostic {
  const above = quote([root, ...names.slice(0, i)].join("."));
  const message = `Cannot read ${quote(text)}: ${above} has no ${quote(names[i])}`;
  const related = [{ message: `${above} is defined here`, at: value.at }];
  return withLateHelp(problem(node, message, { code: "unknown-field", related }), () => {
    const known = values.namesBelow?.(names.slice(0, i)) ??
      (value.type === "map" ? value.entries.keys() : []);
    return suggestion(names[i]!, known, "known") ?? `${above} is no map`;
  });
}

function problem(
  { at }: LocatedText,
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
