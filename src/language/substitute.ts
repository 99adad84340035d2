import type { Diagnostic, Span } from "../core/diagnostic.ts";
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
/** More than are told of a pipeline. */
const MAX_PROBLEMS = 110;

export interface Substituted {
  readonly value: Located;
  readonly problems: readonly Diagnostic[];
}

/**
 * A value with its expressions replaced by what they name. A text that is only an expression takes the value as it is, of
 * whatever type. A map's entry is left out where the value is "not given": null, or a field that only other values of the
 * axis have.
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
      const items = node.items.map((item) => {
        const value = replaceIn(item, scope, problems);
        return value.type === "absent" ? missingItem(item, value, problems) : value;
      });
      return items.every((item, i) => item === node.items[i]) ? node : { ...node, items };
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

/** Without its item a list would silently be another one. */
function missingItem(item: Located, { origin }: Absent, problems: Diagnostic[]): Located {
  const text = item.type === "scalar" ? item.value : "";
  const message = `Cannot put ${quote(text)} into a list: it is not given here`;
  const related = [{ message: "its value comes from here", at: origin }];
  tell(problem(item.at, message, { help: "an item of a list must be given", related }), problems);
  return broken(item.at);
}

function replaceText(node: LocatedText, scope: Scope, problems: Diagnostic[]): Located | Absent {
  const parts = partsOf(node.value);
  const [first] = parts;
  if (parts.length > 1 || typeof first !== "object") return joined(parts, node, scope, problems);
  const replaced = valueOf(first, node.at, scope);
  if ("code" in replaced) tell(replaced, problems);
  if ("code" in replaced || isBroken(replaced)) return broken(node.at);
  if (replaced.type === "absent") return replaced;
  if (isNothing(replaced)) return { type: "absent", at: node.at, origin: replaced.at };
  return { ...replaced, at: node.at, origin: replaced.origin ?? replaced.at };
}

/** A text with expressions among other words; each that cannot be replaced is told. */
function joined(parts: readonly Part[], node: LocatedText, scope: Scope, problems: Diagnostic[]): Located {
  let text = "";
  let offset = 0;
  let isRight = true;
  for (const part of parts) {
    const value = typeof part === "string" ? part : wordOf(part, placeIn(node, offset, part.text), scope);
    offset += typeof part === "string" ? part.length : part.text.length;
    if (typeof value === "string") text += value;
    else isRight = false;
    if (typeof value === "object" && "code" in value) tell(value, problems);
    if (text.length > MAX_TEXT) {
      const message = `Cannot replace the expressions in ${
        quote(node.value)
      }: the text has more than ${MAX_TEXT} characters`;
      tell(problem(node.at, message, { help: "use an expression for the whole text" }), problems);
      return broken(node.at);
    }
  }
  return isRight ? { ...node, value: text } : broken(node.at);
}

/** Where a part of a text stands, if the text is in one line as it is, with quotes or without; else the text. */
function placeIn({ at, value }: LocatedText, offset: number, part: string): Span {
  const around = at.endColumn - at.column - value.length; // an escape is longer than what it stands for
  if (at.line !== at.endLine || (around !== 0 && around !== 2)) return at;
  const column = at.column + around / 2 + offset;
  return { ...at, column, endColumn: column + part.length };
}

/** What an expression gives for a text; else the problem, or the value that could not be read. */
function wordOf(part: Expression | NoExpression, at: Span, scope: Scope): string | Located | Diagnostic {
  const value = valueOf(part, at, scope);
  if ("code" in value) return value;
  if (value.type !== "absent" && value.broken === true) return value;
  if (value.type === "scalar" && value.value !== null) return String(value.value);
  const isGiven = value.type === "map" || value.type === "list";
  const state = isGiven ? `it is a ${value.type}` : "it is not given here";
  const isAxis = value.type === "map" && "root" in part && part.root === "matrix" && part.names.length === 1;
  return problem(at, `Cannot put ${quote(part.text)} into a text: ${state}`, {
    help: isAxis && "names" in part
      ? `write "\${{ matrix.${part.names[0]}.name }}"`
      : "within a text an expression stands for a text, a number, true or false",
    related: [{
      message: "its value comes from here",
      at: value.type === "absent" ? value.origin : value.at,
    }],
  });
}

function broken(at: Span): Located {
  return { type: "scalar", value: null, at, broken: true };
}

function tell(problem: Diagnostic, problems: Diagnostic[]): void {
  if (problems.length < MAX_PROBLEMS) problems.push(problem);
}

function isBroken(value: Located | Absent): boolean {
  return value.type !== "absent" && value.broken === true;
}

function isNothing(value: Located): boolean {
  return value.type === "scalar" && value.value === null;
}

function valueOf(part: Expression | NoExpression, at: Span, scope: Scope): Located | Absent | Diagnostic {
  if ("wrong" in part) {
    return problem(at, `Cannot read the expression in ${quote(part.text)}: ${part.wrong}`, part);
  }
  const { root, names, text } = part;
  const values = scope[root];
  if ("why" in values) return problem(at, `Cannot use ${quote(text)} here: ${values.why}`, values);
  let value = values.get(names[0]!);
  if (value === undefined) return unknownName(part, values, at);
  for (let i = 1; i < names.length; i++) {
    if (value.broken === true) return value;
    if (root === "matrix" && value.type === "scalar" && names[i] === "name") continue; // a scalar is its own name
    const next: Located | undefined = value.type === "map" ? value.entries.get(names[i]!)?.value : undefined;
    if (next === undefined) {
      if (values.mayLack?.(names) === true) return { type: "absent", at, origin: value.at };
      return unknownField(part, i, value, values, at);
    }
    value = next;
  }
  return value;
}

function unknownName(
  { root, names: [name], text }: Expression,
  values: Values,
  at: Span,
): Diagnostic {
  const message = `Cannot read ${quote(text)}: no ${values.noun} is named ${quote(name)}`;
  return withLateHelp(
    problem(at, message, { code: `unknown-${values.noun}` }),
    () => suggestion(name!, values.names(), "known") ?? `the file has no "${root}"`,
  );
}

/** @param i which of the names there is not below `value` */
function unknownField(
  { root, names, text }: Expression,
  i: number,
  value: Located,
  values: Values,
  at: Span,
): Diagnostic {
  const above = quote([root, ...names.slice(0, i)].join("."));
  const message = `Cannot read ${quote(text)}: ${above} has no ${quote(names[i])}`;
  const related = [{ message: `${above} is defined here`, at: value.at }];
  return withLateHelp(problem(at, message, { code: "unknown-field", related }), () => {
    const known = values.namesBelow?.(names.slice(0, i)) ??
      (value.type === "map" ? value.entries.keys() : []);
    return suggestion(names[i]!, known, "known") ?? `${above} is no map`;
  });
}

function problem(
  at: Span,
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
