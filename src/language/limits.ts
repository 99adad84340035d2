import type { Diagnostic } from "../core/diagnostic.ts";
import { quote, suggestion } from "../core/describe.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { spend, tooManyValues } from "./expansion.ts";
import { axesNamedIn, textsWithExpressions } from "./expressions.ts";
import { paramsScope } from "./imports.ts";
import { type LimitSettings, limitsSchema } from "./limits_schema.ts";
import { holdsBroken, type Located, type LocatedEntry, type LocatedMap, sizeOf, toJson } from "./located.ts";
import { type Coordinates, keyOf, project, restrict, tooManyInstances } from "./matrix.ts";
import { oncePerStage } from "./once_per_stage.ts";
import { canLimit } from "./pipeline_schema.ts";
import { checkTaken } from "./resources.ts";
import { checkShape } from "./shape.ts";
import { stageScope } from "./stage_scope.ts";
import { substitute } from "./substitute.ts";
import type { FileContext } from "./validate.ts";

/** How a stage may run. Unlike its other settings these give it no axes: it must have those that they name. */
export interface StageLimits {
  /** The axes that they name, in alphabetical order. */
  readonly axes: readonly string[];
  /** By the key of the coordinates on these axes; those with a mistake are left out. */
  readonly byKey: ReadonlyMap<string, LimitSettings>;
  /** The settings as in the file. */
  readonly source: Located;
}

interface ReadLimits {
  readonly value: StageLimits;
  /** The stage without its limits. */
  readonly rest: Located;
  readonly problems: readonly Diagnostic[];
}

/** Takes a stage's limits out of its settings, and checks them for each combination of the axes that they name. */
export function readLimits(
  name: string,
  kind: StageKind | undefined,
  { key, value }: LocatedEntry,
  context: FileContext,
): ReadLimits {
  const given = value.type === "map" ? [...value.entries.keys()].filter(isLimit) : [];
  if (value.type !== "map" || given.length === 0) {
    return { value: noLimits(value), rest: value, problems: [] };
  }
  const rest = withEntries(value, (setting) => !isLimit(setting));
  if (kind !== undefined && !canLimit(kind)) {
    const problems = given.map((setting) => cannotLimit(name, kind, setting, value.entries.get(setting)!));
    return { value: noLimits(value), rest, problems };
  }
  const shared = withSharedConcurrency(withEntries(value, isLimit), context);
  const read = expanded(name, { key, value: shared.value }, context);
  return { value: read.value, rest, problems: [...shared.problems, ...read.problems] };
}

/** The limits of one instance of a stage. */
export function limitsAt({ axes, byKey }: StageLimits, coordinates: Coordinates): LimitSettings {
  return byKey.get(keyOf(restrict(coordinates, axes))) ?? {};
}

/**
 * A diagnostic for each axis that limits name and their stage has not.
 * @param axes of the stage, less those that it gathers
 */
export function checkLimitAxes(
  name: string,
  limits: StageLimits,
  axes: readonly string[],
  gather: readonly string[],
): Diagnostic[] {
  return limits.axes.filter((axis) => !axes.includes(axis)).map((axis) => {
    const text = textsWithExpressions(limits.source).find((text) => axesNamedIn(text).has(axis))!;
    const why = gather.includes(axis) ? "it gathers this axis" : "it has no such axis";
    return {
      severity: "error",
      code: "unknown-axis",
      message: `Cannot limit stage ${quote(name)} by ${quote(axis)}: ${why}`,
      at: text.at,
      help: suggestion(axis, axes, "its axes") ?? "it has no axes: use params here",
    };
  });
}

function noLimits(source: Located): StageLimits {
  return { axes: [], byKey: NONE, source };
}
const NONE: StageLimits["byKey"] = new Map();

function isLimit(setting: string): boolean {
  return Object.hasOwn(limitsSchema.properties, setting);
}

function withEntries(map: LocatedMap, isKept: (name: string) => boolean): LocatedMap {
  return { ...map, entries: new Map([...map.entries].filter(([name]) => isKept(name))) };
}

function cannotLimit(
  name: string,
  { name: kind }: StageKind,
  setting: string,
  { key }: LocatedEntry,
): Diagnostic {
  return {
    severity: "error",
    code: "cannot-limit",
    message: `Cannot set ${quote(setting)} of stage ${quote(name)}: a stage of kind ${
      quote(kind)
    } is evaluated while planning, so that there is nothing to limit`,
    at: key,
    help: "leave it out, or set it where the work is done, such as in a stage that trains",
  };
}

/** The limits with the expressions in `concurrency` replaced, which is one number for all instances. */
function withSharedConcurrency(limits: LocatedMap, { file }: FileContext) {
  const matrix = {
    why: "all instances of a stage share its concurrency",
    help: "use params here; resources can differ between instances",
  };
  const concurrency = withEntries(limits, (setting) => setting === "concurrency");
  const { value, problems } = substitute(concurrency, { params: paramsScope(file), matrix });
  const others = withEntries(limits, (setting) => setting !== "concurrency");
  const shared = value.type === "map" ? value.entries : [];
  return { value: { ...others, entries: new Map([...others.entries, ...shared]) }, problems };
}

function expanded(name: string, source: LocatedEntry, context: FileContext): Omit<ReadLimits, "rest"> {
  const { spec: { matrix }, budget, usedAxes } = context;
  const axes = [...axesNamedIn(source.value)].filter((axis) => matrix.axes.has(axis)).sort();
  for (const axis of axes) usedAxes.add(axis);
  const combinations = project(matrix.combinations, axes);
  const tooMany = axes.length > 0 ? spend(budget, "limits", combinations.length) : "enough";
  const read = tooMany === "enough"
    ? combinations.map((coordinates) => ({ coordinates, ...limitsFor(name, source, coordinates, context) }))
    : [];
  const byKey = new Map(
    read.flatMap(({ coordinates, value }) => value === undefined ? [] : [[keyOf(coordinates), value]]),
  );
  const problems = [
    ...(tooMany === "exceeded" ? [tooManyInstances(name, source.key)] : []),
    ...oncePerStage(read),
  ];
  return { value: { axes, byKey, source: source.value }, problems };
}

interface LimitsFor {
  /** Undefined: with a mistake. */
  readonly value: LimitSettings | undefined;
  readonly problems: readonly Diagnostic[];
}

function limitsFor(
  name: string,
  source: LocatedEntry,
  coordinates: Coordinates,
  context: FileContext,
): LimitsFor {
  const { value, problems: unread } = substitute(source.value, stageScope(context, coordinates));
  const entry = { key: source.key, value };
  const tooMuch = spend(context.budget, "values", sizeOf(value));
  if (tooMuch !== "enough") {
    return { value: undefined, problems: tooMuch === "exceeded" ? [tooManyValues(entry)] : [] };
  }
  const shape = checkShape(entry, ["stages", name], limitsSchema);
  const problems = [...unread, ...shape, ...checkTaken(name, entry, context.resources)];
  const isRight = problems.length === 0 && !holdsBroken(value);
  return { value: isRight ? toJson(value) as LimitSettings : undefined, problems };
}
