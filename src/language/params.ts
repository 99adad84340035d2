import { type Diagnostic, nearestName, type Span } from "../core/diagnostic.ts";
import { quote, suggestion } from "../core/describe.ts";
import { textsWithExpressions } from "./expressions.ts";
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
  return { value: entry.value, problems: expressionsIn(entry.value) };
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
    const { value } = document.value.root;
    problems.push(...expressionsIn(value));
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

/** Params with a map laid over them: maps merge, anything else replaces what is there. */
export function mergeParams(
  params: LocatedMap | undefined,
  over: LocatedMap,
  problems: Diagnostic[],
  path: readonly string[] = [],
): LocatedMap | undefined {
  const entries = new Map(params?.entries);
  for (const [name, { key, value }] of over.entries) {
    const before = entries.get(name);
    const inner = [...path, name];
    if (before === undefined) problems.push(unknownParam(inner, params, key));
    else if (before.value.type === "map" && value.type === "map" && sharesKeys(before.value, value)) {
      const merged = mergeParams(before.value, value, problems, inner);
      entries.set(name, { key, value: merged! });
    } else if (fits(before.value, value, inner, problems)) entries.set(name, { key, value });
  }
  return params && { ...params, entries };
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
    problems.push(unknownParam(above, params, value.at));
    return params;
  }
  const replace = (inner: Located): LocatedMap => ({
    ...params,
    entries: new Map([...params.entries, [name, { key: before.key, value: inner }]]),
  });
  if (depth === path.length - 1) return fits(before.value, value, path, problems) ? replace(value) : params;
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
  return replace(setAt(before.value, path, value, problems, depth + 1)!);
}

/** Whether a value has the type that the file's own has. A scalar and a map may take each other's place: a map may be a domain. */
function fits(before: Located, value: Located, path: readonly string[], problems: Diagnostic[]): boolean {
  const [wanted, given] = [typeOf(before), typeOf(value)];
  const isDomain = wanted !== "list" && given !== "list" && (wanted === "map" || given === "map");
  if (wanted === "nothing" || given === "nothing" || wanted === given || isDomain) return true;
  const message = `Cannot set param ${quote(path.join("."))}: expected ${a(wanted)}, found ${found(value)}`;
  const help = wanted === "text" && value.type === "scalar"
    ? `write it in quotes: "${value.value}"`
    : undefined;
  problems.push({ severity: "error", code: "bad-param", message, at: value.at, help, ...declared(before) });
  return false;
}

/** Maps without a common key are two things, such as two kinds of domain: one takes the place of the other. */
function sharesKeys(before: LocatedMap, over: LocatedMap): boolean {
  const known = [...before.entries.keys()];
  const given = [...over.entries.keys()];
  if (given.some((key) => before.entries.has(key))) return true;
  return known.length <= MAX_MISSPELT && given.some((key) => nearestName(key, known) !== undefined);
}

/** Of more keys than this it is not asked whether one may be misspelt. */
const MAX_MISSPELT = 100;

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
  return withLateHelp(
    { severity: "error", code: "unknown-param", message, at },
    () =>
      suggestion(name, params?.entries.keys() ?? [], "known") ??
        'a pipeline declares its params under "params"',
  );
}
