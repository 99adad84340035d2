import type { Diagnostic } from "../core/diagnostic.ts";
import { stageOf } from "../core/instance_name.ts";
import type { JsonObject } from "../core/json.ts";
import type { Labels, StageKind } from "../core/stage_kind.ts";
import { quote, suggestion } from "../core/describe.ts";
import { checkLimitAxes, limitsAt } from "./limits.ts";
import type { LimitSettings } from "./limits_schema.ts";
import { type LocatedEntry, valueSpan } from "./located.ts";
import { type Coordinates, keyOf, MAX_INSTANCES, project, restrict, tooManyInstances } from "./matrix.ts";
import {
  definition,
  instanceName,
  localName,
  type Reference,
  referenceProblem,
  subject,
} from "./references.ts";
import type { Checked, SpecStage, Variant } from "./validate.ts";

/** A stage of a pipeline, once for each combination of its axes. */
export interface Stage {
  readonly name: string;
  readonly kind: StageKind;
  /** The axes that its settings name and those of its inputs, less those that it gathers; in alphabetical order. */
  readonly axes: readonly string[];
  readonly gather: readonly string[];
  readonly instances: readonly StageInstance[];
}

export interface StageInstance {
  /** Unique in the pipeline: `figure2`, or `figure2/data=mnist`. */
  readonly name: string;
  readonly coordinates: Coordinates;
  /** The settings with defaults filled in, as the kind normalizes them; as they stand in the file where they are malformed. */
  readonly config: JsonObject;
  readonly state: ConfigState;
  /** What it reads, by the kind's inputs that the file gives. */
  readonly inputs: Readonly<Record<string, StageInput>>;
  /** How it may run. */
  readonly limits: LimitSettings;
  /** The stage's name and its settings with their places. */
  readonly source: LocatedEntry;
}

/**
 * right: nothing is wrong with the settings by themselves. wrong: they, or their sound part, can be read, and something is
 * wrong with them. malformed: they cannot be read. Instances that are not right are there so that those that read them can
 * be checked.
 */
export type ConfigState = "right" | "wrong" | "malformed";

/** A variant's settings as its kind normalizes them. */
export interface Settled {
  readonly config: JsonObject;
  readonly state: ConfigState;
}

export interface StageInput {
  /** Whether the kind gets a list rather than one value. */
  readonly list: boolean;
  readonly entries: readonly { readonly instance: string; readonly labels: Labels }[];
}

/** What is known of a stage whose instances are made. */
export interface PlacedStage {
  readonly spec: SpecStage;
  readonly stage: Stage;
  /** Whether its instances are other ones than its file's matrix gives for its axes. */
  readonly isJoined: boolean;
}

/** What may still be made for a pipeline. */
export interface InstanceBudget {
  /** Of stages that have axes. */
  instances: number;
  /** Combinations of the axes of all stages, those included that they gather. */
  rows: number;
}

export function instanceBudget(): InstanceBudget {
  return { instances: MAX_INSTANCES, rows: MAX_ROWS };
}
const MAX_ROWS = 10 * MAX_INSTANCES;

/**
 * Makes a stage's instances. Its axes are those that it names and those of its inputs; its instances are the combinations
 * of the matrix, projected on them. Where an input has others (it is of another file, or one instance is named), the two join.
 * @param settled settings of each variant
 */
export function placeStage(
  spec: SpecStage,
  settled: ReadonlyMap<Variant, Settled>,
  placed: ReadonlyMap<string, PlacedStage>,
  budget: InstanceBudget,
): Checked<PlacedStage | undefined> {
  const reads = new Map(spec.variants.map((variant) => [variant, inputsRead(variant, placed)]));
  const problems = checkReads(spec, reads);
  if (problems.length > 0) return { value: undefined, problems };
  const all = [...new Set([...spec.axes, ...axesInherited(reads)])].sort();
  if (all.length > 0 && isSpent(budget)) return { value: undefined, problems: [] };
  const axes = all.filter((axis) => !spec.gather.includes(axis));
  const { rows, lost, isJoined } = rowsOf(spec, all, reads);
  const groups = Map.groupBy(rows, ({ combination }) => keyOf(restrict(combination, axes)));
  const refused = rows.length === 0
    ? [nothingLeft(spec)]
    : spend(spec, axes, groups.size, rows.length, budget);
  if (refused !== undefined) return { value: undefined, problems: refused };
  const instances = [...groups.values()].map((group) => instanceOf(spec, axes, group, reads, settled));
  const uneven = instances.flatMap((instance) => checkLengths(spec, instance) ?? []);
  if (uneven.length > 0) return { value: undefined, problems: uneven.slice(0, 1) };
  const stage: Stage = { name: spec.name, kind: spec.kind!, axes, gather: spec.gather, instances };
  const others = [
    ...checkLimitAxes(localName(spec), spec.limits, axes, spec.gather),
    ...lost.size > 0 ? [partlyLost(spec, [...lost])] : [],
    ...partlyRead(spec, reads, instances),
  ];
  return { value: { spec, stage, isJoined }, problems: others };
}

function checkReads(spec: SpecStage, reads: Reads): Diagnostic[] {
  const problems = [...checkFixed(spec, reads), ...checkEqualAxes(spec, reads)];
  return problems.length > 0 ? problems : checkGather(spec, reads, axesInherited(reads));
}

function axesInherited(reads: Reads): Set<string> {
  return new Set([...reads.values()].flat().flatMap(({ free }) => free));
}

/** Takes a stage's instances from the budget; undefined: there is room. */
function spend(
  spec: SpecStage,
  axes: readonly string[],
  instances: number,
  rows: number,
  budget: InstanceBudget,
): Diagnostic[] | undefined {
  if (axes.length === 0 && spec.gather.length === 0) return undefined;
  if (axes.length > 0) budget.instances -= instances;
  budget.rows -= rows;
  return isSpent(budget) ? [tooManyInstances(localName(spec), spec.source.key)] : undefined;
}

function isSpent({ instances, rows }: InstanceBudget): boolean {
  return instances < 0 || rows < 0;
}

/** @param group the rows that are one instance: several if the stage gathers */
function instanceOf(
  spec: SpecStage,
  axes: readonly string[],
  group: readonly Row[],
  reads: Reads,
  settled: ReadonlyMap<Variant, Settled>,
): StageInstance {
  const { variant, combination } = group[0]!;
  const coordinates = restrict(combination, axes);
  return {
    name: instanceName(spec.name, coordinates),
    coordinates,
    ...settled.get(variant)!,
    inputs: inputsOf(spec, group, reads.get(variant)!),
    limits: limitsAt(spec.limits, coordinates),
    source: variant.source,
  };
}

/** A stage that a variant reads. */
interface Read {
  readonly reference: Reference;
  readonly target: PlacedStage;
  /** The axes of the target that the reference does not fix. */
  readonly free: readonly string[];
}

type Reads = ReadonlyMap<Variant, readonly Read[]>;

function inputsRead(variant: Variant, placed: ReadonlyMap<string, PlacedStage>): Read[] {
  return variant.references.map((reference) => {
    const target = placed.get(reference.target)!;
    const free = target.stage.axes.filter((axis) => !Object.hasOwn(reference.fixed, axis));
    return { reference, target, free };
  });
}

/** One combination of all axes of a stage, those that it gathers included. */
interface Row {
  readonly variant: Variant;
  readonly combination: Coordinates;
}

/** No more than a few rows over the limit, which is then told. */
function rowsOf(spec: SpecStage, axes: readonly string[], reads: Reads) {
  const { axes: own, combinations } = spec.file.matrix;
  const variants = new Map(spec.variants.map((variant) => [keyOf(variant.coordinates), variant]));
  const rows: Row[] = [];
  const lost = new Set<string>();
  let isJoined = false;
  for (const combination of project(combinations, axes.filter((axis) => own.has(axis)))) {
    const variant = variants.get(keyOf(restrict(combination, spec.axes)));
    if (variant === undefined) continue; // the matrix has a mistake, which is told
    let joined = [combination];
    for (const read of reads.get(variant)!.filter((read) => mustJoin(spec, read))) {
      isJoined = true;
      joined = join(joined, read, lost);
    }
    for (const combination of joined) rows.push({ variant, combination });
    if (rows.length > MAX_ROWS) break;
  }
  return { rows, lost, isJoined };
}

/** Each combination with each instance of the stage that is read that goes with it. */
function join(combinations: readonly Coordinates[], read: Read, lost: Set<string>): Coordinates[] {
  const joined: Coordinates[] = [];
  for (const combination of combinations) {
    const matches = matchesOf(read, combination);
    if (matches.length === 0) lost.add(`${keyOf(combination)}\0${read.target.spec.name}`);
    for (const coordinates of matches) joined.push({ ...combination, ...coordinates });
    if (joined.length > MAX_ROWS) break;
  }
  return joined;
}

function mustJoin(spec: SpecStage, { reference, target }: Read): boolean {
  return target.isJoined || target.spec.file !== spec.file || Object.keys(reference.fixed).length > 0;
}

/** Free coordinates of the target's instances that go with a combination. */
function matchesOf({ reference, target, free }: Read, combination: Coordinates): Coordinates[] {
  const shared = free.filter((axis) => Object.hasOwn(combination, axis));
  const wanted = { ...reference.fixed, ...restrict(combination, shared) };
  return instancesBy(target, Object.keys(wanted).sort()).get(keyOf(wanted))?.map(({ coordinates }) =>
    restrict(coordinates, free)
  ) ?? [];
}

/** A stage's instances by their key on some of its axes. */
function instancesBy(
  target: PlacedStage,
  axes: readonly string[],
): ReadonlyMap<string, readonly StageInstance[]> {
  const indices = instanceIndices.get(target) ?? new Map<string, Map<string, StageInstance[]>>();
  instanceIndices.set(target, indices);
  const index = indices.get(axes.join()) ??
    Map.groupBy(target.stage.instances, ({ coordinates }) => keyOf(restrict(coordinates, axes)));
  indices.set(axes.join(), index);
  return index;
}
const instanceIndices = new WeakMap<PlacedStage, Map<string, Map<string, StageInstance[]>>>();

function inputsOf(spec: SpecStage, group: readonly Row[], reads: readonly Read[]): StageInstance["inputs"] {
  const byRole = Map.groupBy(reads, ({ reference }) => reference.role);
  return Object.fromEntries([...byRole].map(([role, own]) => {
    const entries = own.flatMap(({ reference, target, free }) => {
      const gathers = free.some((axis) => spec.gather.includes(axis));
      return (gathers ? group : group.slice(0, 1)).map(({ combination }) => ({
        instance: instanceName(
          target.stage.name,
          restrict({ ...combination, ...reference.fixed }, target.stage.axes),
        ),
        labels: {
          ...(own.length > 1 ? { stage: reference.text } : {}),
          ...(gathers ? restrict(combination, spec.gather) : {}),
        },
      }));
    });
    return [role, { list: spec.kind!.inputs[role]!.list === true, entries }];
  }));
}

/** Axes and values that references to single instances name. */
function checkFixed(spec: SpecStage, reads: Reads): Diagnostic[] {
  return [...reads].flatMap(([variant, own]) =>
    own.flatMap(({ reference, target }) =>
      Object.entries(reference.fixed).flatMap(([axis, value]) => {
        const { axes, instances, name } = target.stage;
        const problem = (code: string, why: string, help: string | undefined) => {
          const message = `Cannot read ${subject(spec, reference)}: ${why}`;
          return [referenceProblem(code, message, variant, reference, help, [definition(target.spec)])];
        };
        if (!axes.includes(axis)) {
          const help = suggestion(axis, axes, "its axes") ?? `write ${quote(stageOf(reference.text))}`;
          return problem("unknown-axis", `stage ${quote(name)} has no axis ${quote(axis)}`, help);
        }
        const values = [...new Set(instances.map(({ coordinates }) => String(coordinates[axis])))];
        if (values.includes(value)) return [];
        const why = `stage ${quote(name)} has no instance with ${axis}=${value}`;
        return problem("unknown-axis-value", why, suggestion(value, values, `values of ${axis}`));
      })
    )
  );
}

/** An expression may stand for several stages only if all have the same axes: else a stage would have axes only at times. */
function checkEqualAxes(spec: SpecStage, reads: Reads): Diagnostic[] {
  const byPlace = Map.groupBy(
    [...reads].flatMap(([variant, own]) => own.map((read) => ({ variant, read }))),
    ({ read }) => read.reference.path.join("/"),
  );
  return [...byPlace.values()].flatMap(([first, ...others]) => {
    const { variant, read: { reference, free, target } } = first!;
    const other = others.find(({ read }) => read.free.join() !== free.join());
    if (other === undefined) return [];
    const axesOf = ({ target, free }: Read) =>
      `${quote(localName(target.spec, spec.file))} has ${free.length === 0 ? "no axes" : free.join(", ")}`;
    const message = `Cannot read ${
      subject(spec, reference)
    }: the stages that it may name differ in their axes, ${axesOf(first!.read)} and ${axesOf(other.read)}`;
    const ends = [definition(target.spec), definition(other.read.target.spec)];
    const help = "let it name stages that use the same axes of the matrix";
    return [referenceProblem("unequal-axes", message, variant, reference, help, ends)];
  });
}

function checkGather(spec: SpecStage, reads: Reads, inherited: ReadonlySet<string>): Diagnostic[] {
  const { source } = spec;
  const own = spec.gather.flatMap((axis, i): Diagnostic[] => {
    const problem = (code: string, why: string, help: string | undefined): Diagnostic[] => {
      const message = `Cannot gather ${quote(axis)} in stage ${quote(localName(spec))}: ${why}`;
      return [{ severity: "error", code, message, at: valueSpan(source, ["gather", i]), help }];
    };
    if (spec.axes.includes(axis)) {
      return problem("cannot-gather", "its own settings name this axis", "remove the expression or the axis");
    }
    if (inherited.has(axis)) return [];
    const help = suggestion(axis, inherited, "axes of its inputs") ?? "none of its inputs has axes";
    return problem("unknown-axis", "no input has this axis", help);
  });
  const single = [...reads].flatMap(([variant, reads]) =>
    reads.flatMap(({ reference, free }) => {
      const axis = free.find((axis) => spec.gather.includes(axis));
      if (axis === undefined || spec.kind!.inputs[reference.role]!.list === true) return [];
      const message = `Cannot gather ${quote(axis)} over ${
        subject(spec, reference)
      }: this input takes no list`;
      return [referenceProblem("cannot-gather", message, variant, reference, "do not gather this axis")];
    })
  );
  return [...own, ...single.slice(0, 1)];
}

/** Lists go entry by entry: the groups that stand second belong to the population that stands second. */
function checkLengths(spec: SpecStage, { source, inputs }: StageInstance): Diagnostic | undefined {
  const lists = Object.entries(inputs).filter(([, { entries }]) => entries.length > 1);
  const [first, ...others] = lists;
  const other = others.find(([, { entries }]) => entries.length !== first![1].entries.length);
  if (first === undefined || other === undefined) return undefined;
  const lengths = [first, other].map(([role, { entries }]) => `${quote(role)} has ${entries.length}`);
  return {
    severity: "error",
    code: "unequal-lists",
    message: `Cannot put the inputs of stage ${quote(localName(spec))} side by side: ${lengths.join(", ")}`,
    at: valueSpan(source, [other[0]]),
    help: "lists go entry by entry: give them equal lengths, or one entry for all",
    related: [{ message: `${quote(first[0])} is here`, at: valueSpan(source, [first[0]]) }],
  };
}

function nothingLeft(spec: SpecStage): Diagnostic {
  return {
    severity: "error",
    code: "nothing-left",
    message: `Cannot make stage ${
      quote(localName(spec))
    }: its inputs have no combination of the matrix in common`,
    at: spec.source.key,
    help: "let their axes share values",
  };
}

/** A warning for each stage of another file that has instances which none of these reads: the axes have joined. */
function partlyRead(spec: SpecStage, reads: Reads, instances: readonly StageInstance[]): Diagnostic[] {
  const foreign = new Map(
    [...reads.values()].flat()
      .filter(({ reference, target }) =>
        target.spec.file !== spec.file && Object.keys(reference.fixed).length === 0
      )
      .map(({ target }) => [target.stage.name, target]),
  );
  if (foreign.size === 0) return [];
  const read = new Set(
    instances.flatMap(({ inputs }) =>
      Object.values(inputs).flatMap(({ entries }) => entries.map(({ instance }) => instance))
    ),
  );
  return [...foreign.values()].flatMap(({ stage }): Diagnostic[] => {
    const unread = stage.instances.filter(({ name }) => !read.has(name));
    if (unread.length === 0 || unread.length === stage.instances.length) return [];
    const more = unread.length > 1 ? ` (and ${unread.length - 1} more)` : "";
    return [{
      severity: "warning",
      code: "lost-instances",
      message: `Stage ${quote(localName(spec))} does not read ${
        quote(unread[0]!.name)
      }: its axes have no such value${more}`,
      at: spec.source.key,
      help: "axes of equal name join: only values that both have are left",
    }];
  });
}

function partlyLost(spec: SpecStage, lost: readonly string[]): Diagnostic {
  const [key, target] = lost[0]!.split("\0");
  const more = lost.length > 1 ? ` (and ${lost.length - 1} more)` : "";
  return {
    severity: "warning",
    code: "lost-instances",
    message: `Stage ${quote(localName(spec))} is not there for ${key}: ${
      quote(target)
    } has no such instance${more}`,
    at: spec.source.key,
    help: "axes of equal name join: only values that both have are left",
  };
}
