import type { Diagnostic, Span } from "../core/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { quote } from "../core/describe.ts";
import { type ExpansionBudget, expansionBudget, spend, tooManyValues } from "./expansion.ts";
import { axesNamedIn } from "./expressions.ts";
import { paramsScope, type PipelineFile } from "./imports.ts";
import { readLimits, type StageLimits } from "./limits.ts";
import type { BudgetSettings } from "./limits_schema.ts";
import {
  holdsBroken,
  isBroken,
  type Located,
  type LocatedEntry,
  sizeOf,
  toJson,
  valueAt,
} from "./located.ts";
import { type Coordinates, type Matrix, project, readMatrix, tooManyInstances } from "./matrix.ts";
import { NAME_PATTERN, NAME_RULE, nameOfFile } from "./name_rule.ts";
import { oncePerStage } from "./once_per_stage.ts";
import { canGather, pipelineSchema, stageSchema } from "./pipeline_schema.ts";
import { type Reference, referencesIn } from "./references.ts";
import { amountsOf, declaredResources, type Resources } from "./resources.ts";
import { checkShape, soundPart } from "./shape.ts";
import { type Field, stageScope } from "./stage_scope.ts";
import { substitute } from "./substitute.ts";
import { unusedAxes, unusedBudget, unusedParams } from "./unused.ts";

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
  /** Amounts by name. */
  readonly resources: Readonly<Record<string, number>>;
  readonly budget: BudgetSettings;
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
  readonly limits: StageLimits;
  /** Whether its axes and references are known, whatever else may be wrong with it: then those that read it can be checked. */
  readonly isPlaceable: boolean;
  /** One for each combination of its axes. */
  readonly variants: readonly Variant[];
  /** The stage's name and its settings as in the file. */
  readonly source: LocatedEntry;
}

/** A stage's settings for one combination of the axes that they name. */
export interface Variant {
  readonly coordinates: Coordinates;
  /** Without the settings that all kinds have in common. */
  readonly settings: JsonObject;
  /** The stages that its settings name. */
  readonly references: readonly Reference[];
  /** Whether the settings have the shape that the kind asks for. */
  readonly wellFormed: boolean;
  /** Of settings that are not well formed, those that are right by themselves; undefined if too little is left. */
  readonly soundPart?: JsonObject;
  /** The stage's name and its settings with their places. */
  readonly source: LocatedEntry;
}

/** Checks the shape of files against one schema for the pipeline and one for each kind of stage. */
export function validate(files: readonly PipelineFile[], kinds: readonly StageKind[]): Checked<Spec> {
  const [{ document: { source }, root }] = files as readonly [PipelineFile];
  if (root.value.type === "scalar" && root.value.value === null && root.value.broken !== true) {
    return { value: { ...emptySpec, path: source.path }, problems: [emptyFile(root)] };
  }
  const stages: SpecStage[] = [];
  const problems: Diagnostic[] = [];
  const shared = { resources: declaredResources(files), budget: expansionBudget() };
  for (const file of files) {
    const checked = validateFile(file, kinds, shared);
    for (const stage of checked.value) stages.push(stage);
    for (const problem of checked.problems) problems.push(problem);
  }
  const name = textAt(root, "name");
  problems.push(...checkFolder(name ?? nameOfFile(source.path), root));
  if (name === undefined && root.value.type === "map") problems.push(...checkFileName(source.path, root));
  return {
    value: {
      path: source.path,
      name: name ?? nameOfFile(source.path),
      description: textAt(root, "description") ?? "",
      stages,
      resources: amountsOf(shared.resources),
      budget: budgetOf(root),
    },
    problems: [...problems, ...unusedBudget(files)],
  };
}

function validateFile(
  file: PipelineFile,
  kinds: readonly StageKind[],
  shared: Pick<FileContext, "resources" | "budget">,
): Checked<readonly SpecStage[]> {
  const { root, prefix, brokenImports } = file;
  const problems = checkShape(root, [], schemaFor(kinds), outlineOf(root.value));
  const matrix = matrixOf(root, problems);
  for (const problem of matrix.problems) problems.push(problem);
  const context: FileContext = {
    file,
    spec: { prefix, matrix: matrix.value, brokenImports },
    matrixIsBroken: matrix.isBroken,
    usedAxes: new Set(),
    fields: new Map(),
    ...shared,
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

/** A file without what the schema of pipelines says nothing of: the settings of stages, params and homes of anchors. */
function outlineOf(root: Located): Json {
  return mapValues(root, (value, name) => {
    if (name.startsWith("x-")) return null;
    if (name === "params") return mapValues(value, () => null);
    return name === "stages" ? mapValues(value, kindAlone) : toJson(value);
  });
}

function kindAlone(stage: Located): Json {
  if (stage.type !== "map") return toJson(stage);
  const kind = stage.entries.get("kind");
  return kind === undefined ? {} : { kind: toJson(kind.value) };
}

/** What is no map stays as it is. */
function mapValues(node: Located, change: (value: Located, name: string) => Json): Json {
  if (node.type !== "map") return toJson(node);
  return Object.fromEntries([...node.entries].map(([name, { value }]) => [name, change(value, name)]));
}

/** @param problems of the shape of the file */
function matrixOf(root: LocatedEntry, problems: readonly Diagnostic[]) {
  const entry = root.value.type === "map" ? root.value.entries.get("matrix") : undefined;
  const isMalformed = entry !== undefined &&
    (holdsBroken(entry.value) || problems.some(({ at }) => at !== undefined && isInside(at, entry)));
  const { value, problems: own } = readMatrix(isMalformed ? undefined : entry);
  return { value, problems: own, isBroken: isMalformed || own.some(({ severity }) => severity === "error") };
}

/** What the stages of one file share. */
export interface FileContext {
  readonly file: PipelineFile;
  readonly spec: SpecFile;
  /** Whether the matrix has a mistake, which is told: what follows from it is not. */
  readonly matrixIsBroken: boolean;
  readonly usedAxes: Set<string>;
  /** What is known of axes and fields, by path; see {@link fieldBelow}. */
  readonly fields: Map<string, Field>;
  readonly resources: Resources;
  readonly budget: ExpansionBudget;
}

function specStage(
  name: string,
  source: LocatedEntry,
  context: FileContext,
  kinds: readonly StageKind[],
): Checked<SpecStage> {
  const { spec } = context;
  const kind = kindOf(source, kinds);
  const gather = readGather(name, kind, source, context);
  const limits = readLimits(name, kind, { key: source.key, value: gather.rest }, context);
  const settings = { key: source.key, value: limits.rest };
  const named = [...axesNamedIn(settings.value)];
  const axes = named.filter((axis) => spec.matrix.axes.has(axis)).sort();
  for (const axis of axes) context.usedAxes.add(axis);
  const combinations = axes.length === 0 ? [{}] : project(spec.matrix.combinations, axes);
  const tooMany = axes.length > 0 ? spend(context.budget, "variants", combinations.length) : "enough";
  const variants = tooMany !== "enough"
    ? []
    : combinations.map((coordinates) => variantOf(name, settings, coordinates, kind, context));
  const problems = [
    ...gather.problems,
    ...limits.problems,
    ...(tooMany === "exceeded" ? [tooManyInstances(name, source.key)] : []),
    ...oncePerStage(variants.map(({ value, problems }) => ({ coordinates: value.coordinates, problems }))),
  ];
  const stage: SpecStage = {
    name: spec.prefix + name,
    file: spec,
    kind,
    axes,
    gather: gather.axes,
    limits: limits.value,
    isPlaceable: kind !== undefined && !context.matrixIsBroken && gather.isRight &&
      axes.length === named.length &&
      variants.every(({ value }) => hasKnownReferences(value, kind)),
    variants: variants.map(({ value }) => value),
    source,
  };
  return { value: stage, problems };
}

/** Whether each input of a kind has a name or names, or may be missing and is not misspelt. */
function hasKnownReferences({ settings, source }: Variant, { inputs, schema }: StageKind): boolean {
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const hasStray = Object.keys(settings).some((key) => !Object.hasOwn(properties, key));
  return Object.entries(inputs).every(([role, { optional = false }]) => {
    const value = Object.hasOwn(settings, role) ? settings[role] : undefined;
    if (value === undefined) return optional && !hasStray;
    const names = Array.isArray(value) ? value : [value];
    return names.every((name) => typeof name === "string") && !isBroken(source, [role]);
  });
}

function kindOf({ value }: LocatedEntry, kinds: readonly StageKind[]): StageKind | undefined {
  const name = value.type === "map" ? value.entries.get("kind")?.value : undefined;
  return kinds.find((kind) => name?.type === "scalar" && kind.name === name.value);
}

function variantOf(
  name: string,
  source: LocatedEntry,
  coordinates: Coordinates,
  kind: StageKind | undefined,
  context: FileContext,
): Checked<Variant> {
  const { value, problems: unread } = substitute(source.value, stageScope(context, coordinates));
  const entry = { key: source.key, value };
  const tooMuch = spend(context.budget, "values", sizeOf(value));
  if (tooMuch !== "enough") {
    const problems = tooMuch === "exceeded" ? [tooManyValues(entry)] : [];
    return {
      value: { coordinates, settings: {}, references: [], wellFormed: false, source: entry },
      problems,
    };
  }
  const json = toJson(value);
  const settings = isJsonObject(json) ? settingsIn(json) : {};
  const shape = kind === undefined ? [] : checkShape(entry, ["stages", name], stageSchemaOf(kind), json);
  const problems = [...unread, ...shape];
  const wellFormed = kind !== undefined && problems.length === 0 && !holdsBroken(value);
  const references = referencesIn(settings, kind, context.spec.prefix);
  const variant = { coordinates, settings, references, wellFormed, source: entry };
  if (wellFormed || kind === undefined || !isJsonObject(json)) return { value: variant, problems };
  const sound = sizeOf(value) <= MAX_TO_MEND ? soundPart(json, stageSchemaOf(kind)) : undefined;
  return { value: { ...variant, ...(sound && { soundPart: settingsIn(sound) }) }, problems };
}

/** Values in a stage; larger ones nobody writes. */
const MAX_TO_MEND = 1000;

function settingsIn({ kind: _, gather: __, ...settings }: JsonObject): JsonObject {
  return settings;
}

/** The axes that a stage gathers. */
interface Gather {
  readonly axes: readonly string[];
  /** The stage with the expressions in `gather` replaced, or without `gather` where its kind cannot have it. */
  readonly rest: Located;
  readonly isRight: boolean;
  readonly problems: readonly Diagnostic[];
}

function readGather(
  name: string,
  kind: StageKind | undefined,
  { value }: LocatedEntry,
  { file }: FileContext,
): Gather {
  const entry = value.type === "map" ? value.entries.get("gather") : undefined;
  if (entry === undefined || value.type !== "map") {
    return { axes: [], rest: value, isRight: true, problems: [] };
  }
  const matrix = {
    why: "the axes of a stage are the same in all its instances",
    help: "name the axes themselves",
  };
  const gather = substitute(entry.value, { params: paramsScope(file), matrix });
  const items = gather.value.type === "list" ? gather.value.items : [];
  const axes = items.flatMap((item) =>
    item.type === "scalar" && typeof item.value === "string" ? [item.value] : []
  );
  const rest = new Map(value.entries);
  // A kind that cannot gather has no such setting, of which more can be said than that its schema does not know it.
  if (kind === undefined || canGather(kind)) rest.set("gather", { key: entry.key, value: gather.value });
  else rest.delete("gather");
  if (!rest.has("gather")) {
    const problems = [cannotGather(name, kind!, entry)];
    return { axes: [], rest: { ...value, entries: rest }, isRight: false, problems };
  }
  const isRight = gather.value.type === "list" && axes.length === items.length && axes.length > 0;
  return { axes, rest: { ...value, entries: rest }, isRight, problems: gather.problems };
}

function cannotGather(name: string, { name: kind }: StageKind, { key }: LocatedEntry): Diagnostic {
  return {
    severity: "error",
    code: "cannot-gather",
    message: `Cannot gather axes in stage ${quote(name)}: a stage of kind ${quote(kind)} takes no lists`,
    at: key,
    help: "leave it out: the stage is then there once for each value of the axes",
  };
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

function textAt(root: LocatedEntry, key: string): string | undefined {
  const node = valueAt(root, [key]);
  return node?.type === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

/** As it stands in the file; what is wrong there its schema tells. */
function budgetOf(root: LocatedEntry): BudgetSettings {
  const budget = valueAt(root, ["budget"]);
  return budget?.type === "map" ? toJson(budget) as BudgetSettings : {};
}

function checkFileName(path: string, root: LocatedEntry): Diagnostic[] {
  if (valueAt(root, ["name"]) !== undefined || new RegExp(NAME_PATTERN).test(nameOfFile(path))) return [];
  const message = `Cannot name the pipeline after its file ${quote(path)}: ${NAME_RULE}`;
  return [{
    severity: "error",
    code: "bad-name",
    message,
    at: root.key,
    help: 'add a line such as "name: my-pipeline"',
  }];
}

/** Results stand in a folder of the pipeline's name, beside the store. */
function checkFolder(name: string, root: LocatedEntry): Diagnostic[] {
  if (name !== "store" || root.value.type !== "map") return [];
  return [{
    severity: "error",
    code: "bad-name",
    message: 'Cannot name the pipeline "store": the folder of this name holds the results of all pipelines',
    at: valueAt(root, ["name"])?.at ?? root.key,
    help: 'write another name, as in "name: my-pipeline"',
  }];
}

/** `pipelines/mnist.yaml` → `mnist`, and `<stdin>` → `stdin` */
const emptySpec: Spec = { path: "", name: "empty", description: "", stages: [], resources: {}, budget: {} };

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
