import type { Diagnostic, Span } from "../core/diagnostic.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { quote } from "../core/describe.ts";
import { axesNamedIn } from "./expressions.ts";
import { paramsScope, type PipelineFile } from "./imports.ts";
import { type Located, type LocatedEntry, type LocatedMap, sizeOf, toJson, valueAt } from "./located.ts";
import { type Coordinates, type Matrix, project, readMatrix } from "./matrix.ts";
import { oncePerStage } from "./once_per_stage.ts";
import { canGather, NAME_PATTERN, NAME_RULE, pipelineSchema, stageSchema } from "./pipeline_schema.ts";
import { checkShape } from "./shape.ts";
import { type Scope, substitute } from "./substitute.ts";

/** What a phase made of the parts that are right, and the problems of the others. */
export interface Checked<Value> {
  readonly value: Value;
  readonly problems: readonly Diagnostic[];
}

/** Files whose values have the shape that the schemas ask for, stage by stage. */
export interface Spec {
  readonly path: string;
  readonly name: string;
  readonly description: string;
  /** Of all files, each file's as they stand there. */
  readonly stages: readonly SpecStage[];
}

export interface SpecFile {
  /** In front of the names of its stages. */
  readonly prefix: string;
  readonly matrix: Matrix;
  /** Imports whose stages are not known. */
  readonly brokenImports: readonly string[];
}

export interface SpecStage {
  readonly name: string;
  readonly file: SpecFile;
  /** Undefined if the file names a kind that there is not. */
  readonly kind: StageKind | undefined;
  /** The axes that its settings name, in alphabetical order. */
  readonly axes: readonly string[];
  /** The axes that it takes together. */
  readonly gather: readonly string[];
  /** One for each combination of its axes. */
  readonly variants: readonly Variant[];
  /** The stage's name and its settings as in the file. */
  readonly source: LocatedEntry;
}

/** A stage's settings for one combination of the axes that they name. */
export interface Variant {
  readonly coordinates: Coordinates;
  /** Without `kind` and `gather`. */
  readonly settings: JsonObject;
  /** Whether the settings have the shape that the kind asks for. */
  readonly wellFormed: boolean;
  /** The stage's name and its settings with their places. */
  readonly source: LocatedEntry;
}

/** Values in the settings of all variants. */
const MAX_VALUES = 5_000_000;

/** Checks the shape of files against one schema for the pipeline and one for each kind of stage. */
export function validate(files: readonly PipelineFile[], kinds: readonly StageKind[]): Checked<Spec> {
  const [{ document: { source }, root }] = files as readonly [PipelineFile];
  if (root.value.type === "scalar" && root.value.value === null && root.value.broken !== true) {
    return { value: { ...emptySpec, path: source.path }, problems: [emptyFile(root)] };
  }
  const stages: SpecStage[] = [];
  const problems: Diagnostic[] = [];
  const budget = { values: MAX_VALUES };
  for (const file of files) {
    const checked = validateFile(file, kinds, budget);
    for (const stage of checked.value) stages.push(stage);
    for (const problem of checked.problems) problems.push(problem);
  }
  const name = textAt(root, "name");
  if (name === undefined && root.value.type === "map") problems.push(...checkFileName(source.path, root));
  const description = textAt(root, "description") ?? "";
  return { value: { path: source.path, name: name ?? baseName(source.path), description, stages }, problems };
}

function validateFile(
  file: PipelineFile,
  kinds: readonly StageKind[],
  budget: { values: number },
): Checked<readonly SpecStage[]> {
  const { root, prefix, brokenImports } = file;
  const problems = checkShape(root, [], schemaFor(kinds));
  const entry = entryAt(root, "matrix");
  const matrixIsWellFormed = entry === undefined ||
    !problems.some(({ at }) => at !== undefined && isInside(at, entry));
  const matrix = readMatrix(matrixIsWellFormed ? entry : undefined);
  problems.push(...matrix.problems);
  const context: FileContext = {
    file,
    spec: { prefix, matrix: matrix.value, brokenImports },
    matrixIsBroken: !matrixIsWellFormed || matrix.problems.length > 0,
    usedAxes: new Set(),
    budget,
  };
  const stages = stageEntries(root).map(([name, entry]) => {
    const { value, problems: own } = specStage(name, entry, context, kinds);
    for (const problem of own) problems.push(problem);
    return value;
  });
  // Beside a mistake, what is not used is most likely what was meant.
  if (problems.length === 0) problems.push(...unusedParams(file), ...unusedAxes(context));
  return { value: stages, problems };
}

interface FileContext {
  readonly file: PipelineFile;
  readonly spec: SpecFile;
  readonly matrixIsBroken: boolean;
  readonly usedAxes: Set<string>;
  readonly budget: { values: number };
}

function specStage(
  name: string,
  source: LocatedEntry,
  context: FileContext,
  kinds: readonly StageKind[],
): Checked<SpecStage> {
  const { spec, usedAxes } = context;
  const kindName = source.value.type === "map" ? source.value.entries.get("kind")?.value : undefined;
  const kind = kinds.find((candidate) => kindName?.type === "scalar" && candidate.name === kindName.value);
  const gather = gathered(name, kind, source);
  const axes = [...axesNamedIn(source.value).keys()].filter((axis) => spec.matrix.axes.has(axis)).sort();
  for (const axis of axes) usedAxes.add(axis);
  const combinations = axes.length === 0 ? [{}] : project(spec.matrix.combinations, axes);
  const variants = combinations.map((coordinates) =>
    variantOf(name, source, coordinates, kind, context, gather.value.length > 0)
  );
  const problems = [
    ...gather.problems,
    ...oncePerStage(variants.map(({ value, problems }) => ({ coordinates: value.coordinates, problems }))),
  ];
  const stage: SpecStage = {
    name: spec.prefix + name,
    file: spec,
    kind,
    axes,
    gather: gather.value,
    variants: variants.map(({ value }) => value),
    source,
  };
  return { value: stage, problems };
}

function variantOf(
  name: string,
  source: LocatedEntry,
  coordinates: Coordinates,
  kind: StageKind | undefined,
  context: FileContext,
  gathers: boolean,
): Checked<Variant> {
  const { value, problems: unread } = substitute(source.value, stageScope(context, coordinates));
  const entry = { key: source.key, value };
  const budgetLeft = context.budget.values -= sizeOf(value);
  if (budgetLeft < 0) {
    const problems = budgetLeft + sizeOf(value) >= 0 ? [tooMuch(entry)] : []; // told by the first one
    return { value: { coordinates, settings: {}, wellFormed: false, source: entry }, problems };
  }
  const json = toJson(value);
  const { kind: _, gather: _axes, ...settings } = isJsonObject(json) ? json : {};
  // A kind that cannot gather has no such setting, and `gathered` says more of it than its schema would.
  const checked = gathers && kind !== undefined && !canGather(kind) ? withoutGather(entry) : entry;
  const shape = kind === undefined ? [] : checkShape(checked, ["stages", name], stageSchemaOf(kind));
  const problems = [...unread, ...shape];
  const wellFormed = kind !== undefined && problems.length === 0;
  return { value: { coordinates, settings, wellFormed, source: entry }, problems };
}

/** What the expressions of a stage may name. */
function stageScope({ file, spec, matrixIsBroken }: FileContext, coordinates: Coordinates): Scope {
  const { axes } = spec.matrix;
  return {
    params: paramsScope(file.params, file.usedParams),
    matrix: {
      noun: "axis",
      get: (name) => {
        const label = coordinates[name];
        const value = axes.get(name)?.values.find((value) => value.label === label);
        return value?.node ?? (matrixIsBroken ? BROKEN : undefined);
      },
      names: () => axes.keys(),
      mayLack: (names) => valuesBelow(axes, names).length > 0,
      namesBelow: (above) => {
        const maps = valuesBelow(axes, above).filter((node) => node.type === "map");
        return new Set(maps.flatMap(({ entries }) => [...entries.keys()]));
      },
    },
  };
}

/** What stands at the end of `names`, an axis and fields of its values, in those values that have it. */
function valuesBelow(axes: Matrix["axes"], [axis, ...fields]: readonly string[]): Located[] {
  return axes.get(axis!)!.values.flatMap(({ node }) => valueAt({ key: node.at, value: node }, fields) ?? []);
}

const NOWHERE = { path: "", line: 1, column: 1, endLine: 1, endColumn: 1 };
const BROKEN: Located = { type: "scalar", value: null, at: NOWHERE, broken: true };

/** The axes that a stage gathers; what has not the right shape is left to the schema. */
function gathered(
  name: string,
  kind: StageKind | undefined,
  source: LocatedEntry,
): Checked<readonly string[]> {
  const entry = source.value.type === "map" ? source.value.entries.get("gather") : undefined;
  if (entry?.value.type !== "list") return { value: [], problems: [] };
  const axes = entry.value.items.flatMap((item) =>
    item.type === "scalar" && typeof item.value === "string" ? [item.value] : []
  );
  if (kind === undefined || canGather(kind)) return { value: axes, problems: [] };
  const problem: Diagnostic = {
    severity: "error",
    code: "cannot-gather",
    message: `Cannot gather axes in stage ${quote(name)}: a stage of kind ${quote(kind.name)} takes no lists`,
    at: entry.key,
    help: "leave it out: the stage is then there once for each value of the axes",
  };
  return { value: axes, problems: [problem] };
}

function withoutGather({ key, value }: LocatedEntry): LocatedEntry {
  const { entries, ...map } = value as LocatedMap;
  return { key, value: { ...map, entries: new Map([...entries].filter(([name]) => name !== "gather")) } };
}

function tooMuch({ key }: LocatedEntry): Diagnostic {
  return {
    severity: "error",
    code: "too-large",
    message: `Cannot expand the pipeline: with the matrix its stages have more than ${MAX_VALUES} values`,
    at: key,
    help: "take fewer combinations, or smaller params",
  };
}

function unusedParams({ params, usedParams }: PipelineFile): Diagnostic[] {
  return [...params?.entries ?? []].filter(([name]) => !usedParams.has(name)).map(([name, { key }]) =>
    warning(
      "unused-param",
      `Param ${quote(name)} is not used`,
      key,
      `use it as "\${{ params.${name} }}", or remove it`,
    )
  );
}

function unusedAxes({ spec, usedAxes }: FileContext): Diagnostic[] {
  return [...spec.matrix.axes.values()].filter(({ name }) => !usedAxes.has(name)).map(({ name, at }) =>
    warning(
      "unused-axis",
      `Axis ${quote(name)} is not used`,
      at,
      `use it as "\${{ matrix.${name} }}", or remove it`,
    )
  );
}

function warning(code: string, message: string, at: Diagnostic["at"], help: string): Diagnostic {
  return { severity: "warning", code, message, at, help };
}

function isInside({ line, column }: Span, { key, value }: LocatedEntry): boolean {
  const { endLine, endColumn } = value.at;
  const isAfterStart = line > key.line || (line === key.line && column >= key.column);
  return isAfterStart && (line < endLine || (line === endLine && column < endColumn));
}

function stageEntries(root: LocatedEntry): [string, LocatedEntry][] {
  const stages = valueAt(root, ["stages"]);
  return stages?.type === "map" ? [...stages.entries] : [];
}

function entryAt(root: LocatedEntry, key: string): LocatedEntry | undefined {
  return root.value.type === "map" ? root.value.entries.get(key) : undefined;
}

function textAt(root: LocatedEntry, key: string): string | undefined {
  const node = valueAt(root, [key]);
  return node?.type === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

function checkFileName(path: string, root: LocatedEntry): Diagnostic[] {
  if (valueAt(root, ["name"]) !== undefined || new RegExp(NAME_PATTERN).test(baseName(path))) return [];
  const message = `Cannot name the pipeline after its file ${quote(path)}: ${NAME_RULE}`;
  return [{
    severity: "error",
    code: "bad-name",
    message,
    at: root.key,
    help: 'add a line such as "name: my-pipeline"',
  }];
}

/** `pipelines/mnist.yaml` → `mnist` */
function baseName(path: string): string {
  return path.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
}

const emptySpec: Spec = { path: "", name: "empty", description: "", stages: [] };

function emptyFile(root: LocatedEntry): Diagnostic {
  const help = 'a pipeline has at least "weft: 1" and "stages:"';
  return {
    severity: "error",
    code: "empty",
    message: "Cannot read the pipeline: the file is empty",
    at: root.key,
    help,
  };
}

// The schemas are built once for each registry and kind, so that each is compiled once.
const pipelineSchemas = new WeakMap<readonly StageKind[], JsonObject>();
const stageSchemas = new WeakMap<StageKind, JsonObject>();

function schemaFor(kinds: readonly StageKind[]): JsonObject {
  const known = pipelineSchemas.get(kinds) ?? pipelineSchema(kinds);
  pipelineSchemas.set(kinds, known);
  return known;
}

function stageSchemaOf(kind: StageKind): JsonObject {
  const known = stageSchemas.get(kind) ?? stageSchema(kind);
  stageSchemas.set(kind, known);
  return known;
}
