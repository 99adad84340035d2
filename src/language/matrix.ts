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
  readonly values: readonly AxisValue[];
}

export interface AxisValue {
  readonly label: AxisLabel;
  /** A scalar, or a map with a name. */
  readonly node: Located;
}

export const NO_MATRIX: Matrix = { axes: new Map(), combinations: [{}] };

export const MAX_COMBINATIONS = 10_000;
/** Keys of `matrix` that are no axes, and a column of tables that no axis may be named after. */
export const EXCLUDE = "exclude";
export const INCLUDE = "include";
export const RESERVED_AXES = ["stage", "instance"] as const;

/** Reads the matrix of a file, whose shape the schema of pipelines has found right. */
export function readMatrix(entry: LocatedEntry | undefined): Checked<Matrix> {
  if (entry?.value.type !== "map") return { value: NO_MATRIX, problems: [] };
  const problems: Diagnostic[] = [];
  const own = [...entry.value.entries].filter(([name]) => name !== EXCLUDE && name !== INCLUDE);
  const axes = new Map<string, Axis>();
  for (const [name, { key, value }] of own.sort(byName)) {
    if ((RESERVED_AXES as readonly string[]).includes(name)) {
      const help = "give the axis another name";
      problems.push(
        problem("bad-name", `Cannot name an axis ${quote(name)}: tables have a column of that name`, key, {
          help,
        }),
      );
    } else axes.set(name, { name, at: key, values: axisValues(name, value, problems) });
  }
  const included = listAt(entry.value, INCLUDE).flatMap((item) => includedCombination(item, axes, problems));
  const size = [...axes.values()].reduce((product, { values }) => product * values.length, 1);
  if (size > MAX_COMBINATIONS) {
    const help = "take fewer values or axes";
    const message =
      `Cannot expand the matrix: it has ${size} combinations, and ${MAX_COMBINATIONS} are the limit`;
    problems.push(problem("too-many-instances", message, entry.key, { help }));
    return { value: { axes, combinations: [] }, problems };
  }
  const conditions = listAt(entry.value, EXCLUDE).map((item) => exclusion(item, axes, problems));
  const combinations = productOf(withoutIncludedValues(axes, included))
    .filter((combination) => !conditions.some((isMet) => isMet(combination)));
  const seen = new Set(combinations.map(keyOf));
  for (const { combination, at } of included) {
    if (seen.has(keyOf(combination))) {
      const message = `Cannot include ${keyOf(combination)}: the matrix has this combination already`;
      problems.push(problem("duplicate-instance", message, at, { help: "remove the entry" }));
    } else combinations.push(combination);
    seen.add(keyOf(combination));
  }
  if (combinations.length === 0 && problems.length === 0) {
    const message = "Cannot expand the matrix: nothing is left of it";
    problems.push(
      problem("nothing-left", message, entry.key, { help: '"exclude" takes all combinations away' }),
    );
  }
  return { value: { axes, combinations }, problems };
}

/** `data=mnist,model=cnn`: what stands behind the slash in an instance's name; axes in alphabetical order. */
export function keyOf(coordinates: Coordinates): string {
  return Object.keys(coordinates).sort().map((axis) => `${axis}=${coordinates[axis]}`).join();
}

/** The combinations restricted to some axes, each once. */
export function project(combinations: readonly Coordinates[], axes: readonly string[]): Coordinates[] {
  const projected = new Map<string, Coordinates>();
  for (const combination of combinations) {
    const restricted = restrict(combination, axes);
    const key = keyOf(restricted);
    if (!projected.has(key)) projected.set(key, restricted);
  }
  return [...projected.values()];
}

/** Those of the coordinates that belong to some axes. */
export function restrict(coordinates: Coordinates, axes: readonly string[]): Coordinates {
  return Object.fromEntries(
    axes.filter((axis) => Object.hasOwn(coordinates, axis)).map((axis) => [axis, coordinates[axis]!]),
  );
}

function axisValues(axis: string, list: Located, problems: Diagnostic[]): AxisValue[] {
  const values = new Map<string, AxisValue>();
  for (const node of list.type === "list" ? list.items : []) {
    const value = axisValue(axis, node, problems);
    if (value === undefined) continue;
    const first = values.get(String(value.label));
    if (first === undefined) values.set(String(value.label), value);
    else {
      const related = [{ message: `${quote(value.label)} stands here already`, at: first.node.at }];
      const message = `Cannot use ${quote(value.label)} twice as a value of axis ${quote(axis)}`;
      problems.push(
        problem("duplicate-name", message, node.at, { help: "give each value another name", related }),
      );
    }
  }
  return [...values.values()];
}

function axisValue(axis: string, node: Located, problems: Diagnostic[]): AxisValue | undefined {
  if (node.broken === true) return undefined;
  const name = node.type === "map" ? node.entries.get("name")?.value : node;
  if (name?.type !== "scalar" || name.value === null || name.broken === true) return undefined; // told by the schema
  if (/^[A-Za-z0-9_+-][A-Za-z0-9_.+-]*$/.test(String(name.value))) return { label: name.value, node };
  const message = `Cannot use ${quote(name.value)} as a value of axis ${
    quote(axis)
  }: it is part of file names`;
  const help =
    'a name has letters, digits, ".", "_", "+" and "-"; write { name: ..., other: fields } for other texts';
  problems.push(problem("bad-name", message, name.at, { help }));
  return undefined;
}

/** The values on the axes themselves: what `include` adds stands in no other combination. */
function withoutIncludedValues(
  axes: ReadonlyMap<string, Axis>,
  included: readonly { readonly added: readonly AxisValue[] }[],
): Axis[] {
  const added = new Set(included.flatMap(({ added }) => added));
  return [...axes.values()].map((axis) => ({
    ...axis,
    values: axis.values.filter((value) => !added.has(value)),
  }));
}

function productOf(axes: readonly Axis[]): Coordinates[] {
  return axes.reduce<Coordinates[]>(
    (combinations, { name, values }) =>
      combinations.flatMap((combination) => values.map(({ label }) => ({ ...combination, [name]: label }))),
    [{}],
  );
}

/** Whether a combination has one of the values named for each axis that the entry names. */
function exclusion(
  item: Located,
  axes: ReadonlyMap<string, Axis>,
  problems: Diagnostic[],
): (combination: Coordinates) => boolean {
  const conditions: [string, Set<string>][] = [];
  for (const [name, { key, value }] of item.type === "map" ? item.entries : []) {
    const axis = axisNamed(name, key, axes, problems);
    if (axis === undefined) return () => false;
    const named = (value.type === "list" ? value.items : [value]).flatMap((one) => {
      const found = existing(axis, one);
      if (found === undefined) problems.push(unknownValue(axis, one));
      return found === undefined ? [] : [String(found.label)];
    });
    conditions.push([name, new Set(named)]);
  }
  return (combination) => conditions.every(([axis, values]) => values.has(String(combination[axis])));
}

/** An entry of `include`: existing values by name, or new ones as maps, which are added to their axes. */
function includedCombination(
  item: Located,
  axes: Map<string, Axis>,
  problems: Diagnostic[],
): { combination: Coordinates; added: AxisValue[]; at: Span }[] {
  if (item.type !== "map") return [];
  const combination: Record<string, AxisLabel> = {};
  const added: AxisValue[] = [];
  let complete = true;
  for (const name of axes.keys()) {
    if (item.entries.has(name)) continue;
    const message = `Cannot include a combination without axis ${quote(name)}`;
    problems.push(problem("missing-key", message, item.at, { help: "an entry of include names every axis" }));
    complete = false;
  }
  for (const [name, { key, value }] of item.entries) {
    const axis = axisNamed(name, key, axes, problems);
    const made = axis &&
      (existing(axis, value) ?? (value.type === "map" ? axisValue(name, value, problems) : undefined));
    if (axis !== undefined && made === undefined) {
      if (value.type === "scalar") problems.push(unknownValue(axis, value));
    } else if (axis !== undefined && made !== undefined) {
      combination[name] = made.label;
      if (!axis.values.includes(made)) {
        added.push(made);
        axes.set(name, { ...axis, values: [...axis.values, made] });
      }
      continue;
    }
    complete = false;
  }
  return complete ? [{ combination, added, at: item.at }] : [];
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

function existing({ values }: Axis, node: Located): AxisValue | undefined {
  const name = node.type === "map" ? node.entries.get("name")?.value : node;
  if (name?.type !== "scalar" || (node.type === "map" && node.entries.size > 1)) return undefined;
  return values.find(({ label }) => label === name.value);
}

function unknownValue({ name, values, at }: Axis, node: Located): Diagnostic {
  const text = node.type === "scalar" ? String(node.value) : "";
  const found = node.type === "scalar" ? quote(node.value) : `a ${node.type}`;
  const message = `Cannot read the matrix: axis ${quote(name)} has no value named ${found}`;
  const related = [{ message: `axis ${quote(name)} is defined here`, at }];
  return problem("unknown-axis-value", message, node.at, {
    help: suggestion(text, values.map(({ label }) => String(label)), "its values"),
    related,
  });
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
