import type { Diagnostic, Span } from "../core/diagnostic.ts";
import { quote, suggestion } from "../core/describe.ts";
import type { Located, LocatedEntry, LocatedMap } from "./located.ts";
import type { Checked } from "./validate.ts";

/** A value of an axis as tables and instance names show it. */
export type AxisLabel = string | number | boolean;

/** One value for each of some axes. */
export type Coordinates = Readonly<Record<string, AxisLabel>>;

/** The combinations of a file's axes. */
export interface Matrix {
  /** By name, in alphabetical order. */
  readonly axes: ReadonlyMap<string, Axis>;
  /** Every combination: the product of the axes less what is excluded, plus what is included. */
  readonly combinations: readonly Coordinates[];
}

export interface Axis {
  readonly name: string;
  readonly at: Span;
  /** By label as text. */
  readonly values: ReadonlyMap<string, AxisValue>;
  /** Whether a value of it is wrong, which is told, so that more may have been meant than those that are there. */
  readonly lacksValues: boolean;
}

export interface AxisValue {
  readonly label: AxisLabel;
  /** A scalar, or a map with a name. */
  readonly node: Located;
}

const NO_MATRIX: Matrix = { axes: new Map(), combinations: [{}] };

/** Instances of stages that have axes. */
export const MAX_INSTANCES = 10_000;
/** A stage that names all axes has as many instances. */
const MAX_COMBINATIONS = MAX_INSTANCES;
const MAX_AXES = 50;
/** Entries of `exclude`, and of `include`. */
const MAX_ENTRIES = 1000;
/** Characters of a value's name. */
const MAX_LABEL = 100;
/** Keys of `matrix` that are no axes. */
const EXCLUDE = "exclude";
const INCLUDE = "include";
/** Columns of tables that no axis may be named after. */
const RESERVED_AXES: readonly string[] = ["stage", "instance"];

/** Reads the matrix of a file, whose shape the schema of pipelines has found right. */
export function readMatrix(entry: LocatedEntry | undefined): Checked<Matrix> {
  if (entry?.value.type !== "map") return { value: NO_MATRIX, problems: [] };
  const { key, value: map } = entry;
  const problems: Diagnostic[] = [];
  const axes = readAxes(map, problems);
  const unreadable = tooLarge(map, axes, key);
  if (unreadable !== undefined) {
    return { value: { axes, combinations: [] }, problems: [...problems, unreadable] };
  }
  const own = productOf([...axes.values()]);
  const included = listAt(map, INCLUDE).flatMap((item) => includedCombination(item, axes, problems));
  const kept = withoutExcluded(own, exclusionsOf(map, axes, problems), problems);
  const combinations = withIncluded(kept, included, problems);
  if (combinations.length > MAX_COMBINATIONS) problems.push(tooMany(combinations.length, key));
  else if (combinations.length === 0 && problems.every(({ severity }) => severity === "warning")) {
    const help = '"exclude" takes all combinations away';
    problems.push(problem("nothing-left", "Cannot expand the matrix: nothing is left of it", key, { help }));
  } else return { value: { axes, combinations }, problems };
  return { value: { axes, combinations: [] }, problems };
}

/** `data=mnist,model=cnn`: what stands behind the slash in an instance's name; axes in alphabetical order. */
export function keyOf(coordinates: Coordinates): string {
  return Object.keys(coordinates).sort().map((axis) => `${axis}=${coordinates[axis]}`).join();
}

/** @param at the name of the first stage for which there is no room */
export function tooManyInstances(stage: string, at: Span): Diagnostic {
  const message = `Cannot expand stage ${
    quote(stage)
  }: the pipeline has more than ${MAX_INSTANCES} instances`;
  return problem("too-many-instances", message, at, { help: "take fewer values or axes, or gather some" });
}

/** The combinations restricted to some axes, each once. */
export function project(
  combinations: Matrix["combinations"],
  axes: readonly string[],
): readonly Coordinates[] {
  if (axes.length === 0) return [{}];
  const known = projections.get(combinations) ?? new Map<string, readonly Coordinates[]>();
  projections.set(combinations, known);
  const key = axes.join();
  const projected = known.get(key) ??
    [...new Map(combinations.map((one) => restrict(one, axes)).map((one) => [keyOf(one), one])).values()];
  known.set(key, projected);
  return projected;
}
/** Thousands of stages may have the same axes. */
const projections = new WeakMap<Matrix["combinations"], Map<string, readonly Coordinates[]>>();

/** Those of the coordinates that belong to some axes. */
export function restrict(coordinates: Coordinates, axes: readonly string[]): Coordinates {
  return Object.fromEntries(
    axes.filter((axis) => Object.hasOwn(coordinates, axis)).map((axis) => [axis, coordinates[axis]!]),
  );
}

function readAxes(map: LocatedMap, problems: Diagnostic[]): Map<string, Axis> {
  const own = [...map.entries].filter(([name]) => name !== EXCLUDE && name !== INCLUDE).sort(byName);
  const axes = own.flatMap(([name, { key, value }]): [string, Axis][] => {
    if (!RESERVED_AXES.includes(name)) {
      const before = problems.length;
      const values = axisValues(name, value, problems);
      return [[name, { name, at: key, values, lacksValues: problems.length > before }]];
    }
    const message = `Cannot name an axis ${quote(name)}: tables have a column of that name`;
    problems.push(problem("bad-name", message, key, { help: "give the axis another name" }));
    return [];
  });
  return new Map(axes);
}

function axisValues(axis: string, list: Located, problems: Diagnostic[]): Map<string, AxisValue> {
  const values = new Map<string, AxisValue>();
  const byFileName = new Map<string, AxisValue>();
  for (const node of list.type === "list" ? list.items : []) {
    const value = axisValue(axis, node, problems);
    if (value === undefined) continue;
    const fileName = fileNameOf(value);
    const first = byFileName.get(fileName);
    if (first !== undefined) problems.push(valueTwice(axis, value, first));
    else {
      values.set(String(value.label), value);
      byFileName.set(fileName, value);
    }
  }
  return values;
}

/** What a file system that takes upper case for lower case tells values apart by. */
function fileNameOf({ label }: AxisValue): string {
  return String(label).toLowerCase();
}

function valueTwice(axis: string, { label, node }: AxisValue, first: AxisValue): Diagnostic {
  const isSame = String(label) === String(first.label);
  const message = isSame
    ? `Cannot use ${quote(label)} twice as a value of axis ${quote(axis)}`
    : `Cannot use ${quote(label)} as a value of axis ${quote(axis)}: ` +
      `some file systems take it for ${quote(first.label)}, and it is part of file names`;
  const related = [{ message: `${quote(first.label)} stands here already`, at: first.node.at }];
  return problem("duplicate-name", message, node.at, { help: "give each value another name", related });
}

function axisValue(axis: string, node: Located, problems: Diagnostic[]): AxisValue | undefined {
  if (node.broken === true) return undefined;
  const name = node.type === "map" ? node.entries.get("name")?.value : node;
  if (name?.type !== "scalar" || name.value === null || name.broken === true) return undefined; // told by the schema
  const label = String(name.value);
  if (label.length <= MAX_LABEL && /^[A-Za-z0-9_+-][A-Za-z0-9_.+-]*$/.test(label)) {
    const isName = node.type === "map" && node.entries.size === 1; // the same as the scalar
    return { label: name.value, node: isName ? { ...name, at: node.at } : node };
  }
  const message = `Cannot use ${quote(name.value)} as a value of axis ${
    quote(axis)
  }: it is part of file names`;
  const help =
    `a name has letters, digits, ".", "_", "+" and "-", does not start with ".", and has at most ${MAX_LABEL} characters; ` +
    "write { name: ..., other: fields } for other texts";
  problems.push(problem("bad-name", message, name.at, { help }));
  return undefined;
}

/** What would take too long to read. */
function tooLarge(map: LocatedMap, axes: ReadonlyMap<string, Axis>, key: Span): Diagnostic | undefined {
  const size = [...axes.values()].reduce((product, { values }) => product * values.size, 1);
  if (size > MAX_COMBINATIONS) return tooMany(size, key);
  if (axes.size > MAX_AXES) {
    const message = `Cannot expand the matrix: it has ${axes.size} axes, and ${MAX_AXES} are the limit`;
    return problem("too-many-axes", message, key, {
      help: "let a value of an axis be a map with several fields",
    });
  }
  const list = [EXCLUDE, INCLUDE].find((name) => listAt(map, name).length > MAX_ENTRIES);
  if (list === undefined) return undefined;
  const { length } = listAt(map, list);
  const message = `Cannot expand the matrix: ${
    quote(list)
  } has ${length} entries, and ${MAX_ENTRIES} are the limit`;
  return problem("too-large", message, map.entries.get(list)!.key, {
    help: "leave values out of the axes themselves",
  });
}

function tooMany(size: number, key: Span): Diagnostic {
  const count = size > 1e9 ? "more than 10^9" : String(size);
  const message =
    `Cannot expand the matrix: it has ${count} combinations, and ${MAX_COMBINATIONS} are the limit`;
  return problem("too-many-instances", message, key, { help: "take fewer values or axes" });
}

function productOf(axes: readonly Axis[]): Coordinates[] {
  return axes.reduce<Coordinates[]>(
    (combinations, { name, values }) =>
      combinations.flatMap((combination) =>
        [...values.values()].map(({ label }) => ({ ...combination, [name]: label }))
      ),
    [{}],
  );
}

/** What an entry of `exclude` takes away. */
interface Exclusion {
  readonly item: Located;
  /** Labels as texts for each axis that it names. */
  readonly conditions: readonly (readonly [axis: string, labels: ReadonlySet<string>])[];
}

function exclusionsOf(map: LocatedMap, axes: ReadonlyMap<string, Axis>, problems: Diagnostic[]): Exclusion[] {
  return listAt(map, EXCLUDE).flatMap((item) => {
    const before = problems.length;
    const conditions = item.type === "map"
      ? [...item.entries].map(([name, entry]) => [name, labelsNamed(name, entry, axes, problems)] as const)
      : [];
    return problems.length > before || conditions.length === 0 ? [] : [{ item, conditions }];
  });
}

function labelsNamed(
  name: string,
  { key, value }: LocatedEntry,
  axes: ReadonlyMap<string, Axis>,
  problems: Diagnostic[],
): Set<string> {
  const axis = axisNamed(name, key, axes, problems);
  if (axis === undefined) return new Set();
  const labels = (value.type === "list" ? value.items : [value]).flatMap((node) => {
    const found = existing(axis, node);
    if (found === undefined) problems.push(...unknownValue(axis, node));
    return found === undefined ? [] : [String(found.label)];
  });
  return new Set(labels);
}

/** The combinations that no exclusion meets, and a warning for each exclusion that meets none. */
function withoutExcluded(
  combinations: readonly Coordinates[],
  exclusions: readonly Exclusion[],
  problems: Diagnostic[],
): Coordinates[] {
  const used = new Set<Exclusion>();
  const kept = combinations.filter((combination) => {
    const met = exclusions.filter(({ conditions }) =>
      conditions.every(([axis, labels]) => labels.has(String(combination[axis])))
    );
    for (const exclusion of met) used.add(exclusion);
    return met.length === 0;
  });
  if (problems.some(({ severity }) => severity === "error")) return kept; // what was meant may be wrong elsewhere
  const idle = exclusions.filter((exclusion) => !used.has(exclusion));
  problems.push(...idle.map(({ item }): Diagnostic => ({
    severity: "warning",
    code: "unused-exclude",
    message: "This entry of exclude takes no combination away",
    at: item.at,
    help: "exclude is about the product of the axes: what include adds stays",
  })));
  return kept;
}

/** A combination that an entry of `include` adds. */
interface Inclusion {
  readonly combination: Coordinates;
  readonly at: Span;
}

function withIncluded(
  combinations: readonly Coordinates[],
  included: readonly Inclusion[],
  problems: Diagnostic[],
): Coordinates[] {
  const all = new Map(combinations.map((combination) => [keyOf(combination), combination]));
  for (const { combination, at } of included) {
    const key = keyOf(combination);
    if (all.has(key)) {
      const message = `Cannot include ${key}: the matrix has this combination already`;
      problems.push(problem("duplicate-instance", message, at, { help: "remove the entry" }));
    }
    all.set(key, combination);
  }
  return [...all.values()];
}

/** An entry of `include`: existing values by name, or new ones as maps, which are added to their axes. */
function includedCombination(item: Located, axes: Map<string, Axis>, problems: Diagnostic[]): Inclusion[] {
  if (item.type !== "map") return [];
  const before = problems.length;
  for (const name of axes.keys()) {
    if (item.entries.has(name)) continue;
    const message = `Cannot include a combination without axis ${quote(name)}`;
    problems.push(problem("missing-key", message, item.at, { help: "an entry of include names every axis" }));
  }
  const coordinates = [...item.entries].flatMap(([name, { key, value }]): [string, AxisLabel][] => {
    const axis = axisNamed(name, key, axes, problems);
    const found = axis && (existing(axis, value) ?? addedValue(axis, value, axes, problems));
    return found === undefined ? [] : [[name, found.label]];
  });
  const isComplete = problems.length === before && coordinates.length === axes.size;
  return isComplete ? [{ combination: Object.fromEntries(coordinates), at: item.at }] : [];
}

/** A value that `include` adds to an axis: it stands in no other combination. */
function addedValue(
  axis: Axis,
  node: Located,
  axes: Map<string, Axis>,
  problems: Diagnostic[],
): AxisValue | undefined {
  if (node.type !== "map") {
    problems.push(...unknownValue(axis, node));
    return undefined;
  }
  const value = axisValue(axis.name, node, problems);
  if (value === undefined) return undefined;
  const label = String(value.label);
  const first = [...axis.values.values()].find((other) => fileNameOf(other) === fileNameOf(value));
  if (first !== undefined) {
    const help = `write ${first.label} alone for the value that is there, or give this one another name`;
    problems.push({ ...valueTwice(axis.name, value, first), help });
  } else axes.set(axis.name, { ...axis, values: new Map([...axis.values, [label, value]]) });
  return value;
}

function axisNamed(
  name: string,
  at: Span,
  axes: ReadonlyMap<string, Axis>,
  problems: Diagnostic[],
): Axis | undefined {
  const axis = axes.get(name);
  if (axis === undefined) {
    const message = `Cannot read the matrix: no axis is named ${quote(name)}`;
    problems.push(problem("unknown-axis", message, at, { help: suggestion(name, axes.keys(), "axes") }));
  }
  return axis;
}

/** The value that a scalar names, or a map with nothing but a name. */
function existing({ values }: Axis, node: Located): AxisValue | undefined {
  const name = node.type === "map" && node.entries.size === 1 ? node.entries.get("name")?.value : node;
  return name?.type === "scalar" && name.value !== null ? values.get(String(name.value)) : undefined;
}

/** Nothing where the value, or one of its axis, is told already. */
function unknownValue({ name, values, at, lacksValues }: Axis, node: Located): Diagnostic[] {
  if (lacksValues || node.broken === true) return [];
  const text = node.type === "scalar" ? String(node.value) : "";
  const found = node.type === "scalar" ? quote(node.value) : `a ${node.type}`;
  const message = `Cannot read the matrix: axis ${quote(name)} has no value named ${found}`;
  const related = [{ message: `axis ${quote(name)} is defined here`, at }];
  const help = suggestion(text, values.keys(), "its values");
  return [problem("unknown-axis-value", message, node.at, { help, related })];
}

function listAt(map: LocatedMap, key: string): readonly Located[] {
  const node = map.entries.get(key)?.value;
  return node?.type === "list" ? node.items : [];
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function problem(
  code: string,
  message: string,
  at: Span,
  more: Pick<Diagnostic, "help" | "related"> = {},
): Diagnostic {
  return { severity: "error", code, message, at, ...more };
}
