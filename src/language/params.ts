import type { Diagnostic, Span } from "../core/diagnostic.ts";
import { quote, suggestion } from "../core/describe.ts";
import { DOMAIN_FORMS } from "../core/domain_forms.ts";
import { isTextWithExpressions, textsWithExpressions } from "./expressions.ts";
import { withLateHelp } from "./late_help.ts";
import type { Located, LocatedEntry, LocatedMap } from "./located.ts";
import { parse, type SourceFile } from "./parse.ts";
import type { Checked } from "./validate.ts";

/** Values that take the place of a file's params: those of a file, or one that was given for a path. */
export type Override = FileOverride | ValueOverride;
interface FileOverride {
  readonly type: "file";
  readonly source: SourceFile;
}
interface ValueOverride {
  readonly type: "value";
  /** Names from a param down: `["optimizer", "learning_rate"]`. */
  readonly path: readonly string[];
  /** The value as YAML. */
  readonly source: SourceFile;
}

/** A file's params as it declares them; a param holds a plain value. */
export function declaredParams(entry: LocatedEntry | undefined): Checked<LocatedMap | undefined> {
  if (entry === undefined || entry.value.type !== "map") return { value: undefined, problems: [] };
  return plain(entry.value);
}

function expressionsIn(params: Located): Diagnostic[] {
  return textsWithExpressions(params).map((node) => ({
    severity: "error",
    code: "bad-expression",
    message: `Cannot use the expression ${quote(node.value)} in params: a param holds a plain value`,
    at: node.at,
    help: "use expressions in stages, in matrix and in the params of imports",
  }));
}

/** A value whose expressions are told, and broken. */
function plain<Node extends Located>(node: Node): Checked<Node> {
  const problems = expressionsIn(node);
  return { value: problems.length > 0 ? withoutExpressions(node) : node, problems };
}

/** The value with its expressions broken, so that what follows from them is not told. */
function withoutExpressions<Node extends Located>(node: Node): Node;
function withoutExpressions(node: Located): Located {
  if (isTextWithExpressions(node)) return { type: "scalar", value: null, at: node.at, broken: true };
  if (node.type === "list") return { ...node, items: node.items.map(withoutExpressions) };
  if (node.type === "scalar") return node;
  const entries = [...node.entries].map(([name, { key, value }]): [string, LocatedEntry] => [
    name,
    { key, value: withoutExpressions(value) },
  ]);
  return { ...node, entries: new Map(entries) };
}

/** The params with overrides laid over them, each of the type that the file declares. */
export function overrideParams(
  params: LocatedMap | undefined,
  overrides: readonly Override[],
): Checked<LocatedMap | undefined> {
  const problems: Diagnostic[] = [];
  let result = params;
  for (const override of overrides) {
    const document = parse(override.source);
    if (!document.ok) {
      problems.push(...document.error);
      continue;
    }
    const { value, problems: wrong } = plain(document.value.root.value);
    problems.push(...wrong);
    if (override.type === "value") {
      result = setAt(result, override.path, value, problems);
    } else if (value.type === "map") {
      result = mergeParams(result, value, problems);
    } else if (value.type !== "scalar" || value.value !== null) {
      const message = `Cannot read params from ${quote(override.source.path)}: expected a map`;
      problems.push({ severity: "error", code: "bad-value", message, at: value.at });
    }
  }
  return { value: result, problems };
}

/** Params with a map laid over them: maps merge, anything else replaces what is there, a domain too. */
export function mergeParams(
  params: LocatedMap | undefined,
  over: LocatedMap,
  problems: Diagnostic[],
  path: readonly string[] = [],
): LocatedMap | undefined {
  const entries = new Map(params?.entries);
  for (const [name, entry] of over.entries) {
    const before = entries.get(name);
    const inner = [...path, name];
    if (before === undefined) problems.push(unknownParam(inner, params, entry.key));
    else entries.set(name, laidOver(before, entry, inner, problems));
  }
  return params && { ...params, entries };
}

/** A param with another value: merged where both are maps, else in its place if it fits. */
function laidOver(
  before: LocatedEntry,
  { key, value }: LocatedEntry,
  path: readonly string[],
  problems: Diagnostic[],
): LocatedEntry {
  if (isPlainMap(before.value) && isPlainMap(value)) {
    return { key, value: mergeParams(before.value, value, problems, path)! };
  }
  return fits(before.value, value, path, problems) ? { key, value } : before;
}

function setAt(
  params: LocatedMap | undefined,
  path: readonly string[],
  value: Located,
  problems: Diagnostic[],
  depth = 0,
): LocatedMap | undefined {
  const name = path[depth]!;
  const before = params?.entries.get(name);
  const above = path.slice(0, depth + 1);
  if (params === undefined || before === undefined) {
    const problem = unknownParam(above, params, value.at);
    const isRoot = depth === 0 && name === "params" && path.length > 1;
    problems.push(
      isRoot ? { ...problem, help: `write ${quote(path.slice(1).join("."))}, without "params."` } : problem,
    );
    return params;
  }
  const replace = (entry: LocatedEntry): LocatedMap => ({
    ...params,
    entries: new Map([...params.entries, [name, entry]]),
  });
  if (depth === path.length - 1) {
    const key = isEmpty(value) ? value.at : before.key; // what is wrong with an empty value is shown at its key
    return replace(laidOver(before, { key, value }, path, problems));
  }
  if (before.value.type !== "map") {
    const message = `Cannot set param ${quote(path.join("."))}: ${quote(above.join("."))} is no map`;
    problems.push({
      severity: "error",
      code: "unknown-param",
      message,
      at: value.at,
      ...declared(before.value),
    });
    return params;
  }
  return replace({ key: before.key, value: setAt(before.value, path, value, problems, depth + 1)! });
}

/** Whether a value has the type that the file's own has; a domain may stand for a value of any type. */
function fits(before: Located, value: Located, path: readonly string[], problems: Diagnostic[]): boolean {
  const [wanted, given] = [typeOf(before), typeOf(value)];
  if (wanted === "nothing" || given === "nothing" || wanted === given) return true;
  if (isDomain(before) || isDomain(value)) return true;
  const message = `Cannot set param ${quote(path.join("."))}: expected ${a(wanted)}, found ${found(value)}`;
  const help = wanted === "text" && value.type === "scalar"
    ? `write it in quotes: "${value.value}"`
    : undefined;
  problems.push({ severity: "error", code: "bad-param", message, at: value.at, help, ...declared(before) });
  return false;
}

function isEmpty({ at }: Located): boolean {
  return at.line === at.endLine && at.column === at.endColumn;
}

function isPlainMap(node: Located): node is LocatedMap {
  return node.type === "map" && !isDomain(node);
}

function isDomain(node: Located): boolean {
  return node.type === "map" && DOMAIN_FORMS.some((form) => node.entries.has(form));
}

function typeOf(node: Located): string {
  if (node.type !== "scalar") return node.type;
  if (node.value === null) return "nothing";
  return typeof node.value === "string" ? "text" : typeof node.value;
}

function found(node: Located): string {
  if (node.type !== "scalar") return a(node.type);
  return typeof node.value === "string" ? `the text ${quote(node.value)}` : String(node.value);
}

function a(type: string): string {
  return type === "boolean" ? "true or false" : `a ${type}`;
}

function declared(before: Located): Pick<Diagnostic, "related"> {
  return { related: [{ message: "its default is here", at: before.at }] };
}

function unknownParam(path: readonly string[], params: LocatedMap | undefined, at: Span): Diagnostic {
  const [above, name] = [path.slice(0, -1).join("."), path.at(-1)!];
  const message = above === ""
    ? `Cannot set param ${quote(name)}: the pipeline has no such param`
    : `Cannot set param ${quote(path.join("."))}: ${quote(above)} has no ${quote(name)}`;
  const help = () =>
    suggestion(name, params?.entries.keys() ?? [], "known") ??
      'a pipeline declares its params under "params"';
  return withLateHelp({ severity: "error", code: "unknown-param", message, at }, help);
}
