import type { Diagnostic } from "../core/diagnostic.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { quote } from "./describe.ts";
import { type LocatedEntry, toJson, valueAt } from "./located.ts";
import type { Document } from "./parse.ts";
import { NAME_PATTERN, NAME_RULE, pipelineSchema, stageSchema } from "./pipeline_schema.ts";
import { checkShape } from "./shape.ts";

/** What a phase made of the parts that are right, and the problems of the others. */
export interface Checked<Value> {
  readonly value: Value;
  readonly problems: readonly Diagnostic[];
}

/** A file whose values have the shape that the schemas ask for, stage by stage. */
export interface Spec {
  readonly path: string;
  readonly name: string;
  readonly description: string;
  readonly stages: readonly SpecStage[];
}

export interface SpecStage {
  readonly name: string;
  /** Undefined if the file names a kind that there is not. */
  readonly kind: StageKind | undefined;
  /** The settings as they stand in the file, without `kind`. */
  readonly settings: JsonObject;
  /** Whether the settings have the shape that the kind asks for. */
  readonly wellFormed: boolean;
  /** The stage's name and its settings, with their places. */
  readonly source: LocatedEntry;
}

/** Checks the shape of a document against one schema for the pipeline and one for each kind of stage. */
export function validate({ source, root }: Document, kinds: readonly StageKind[]): Checked<Spec> {
  if (root.value.type === "scalar" && root.value.value === null) {
    return { value: emptySpec(source.path), problems: [emptyFile(root)] };
  }
  const problems = checkShape(root, [], schemaFor(kinds));
  const stages = stageEntries(root).map(([name, entry]) => {
    const { stage, problems: own } = specStage(root, name, entry, kinds);
    problems.push(...own);
    return stage;
  });
  const name = textAt(root, "name");
  if (name === undefined && root.value.type === "map") problems.push(...checkFileName(source.path, root));
  const description = textAt(root, "description") ?? "";
  return { value: { path: source.path, name: name ?? baseName(source.path), description, stages }, problems };
}

function specStage(root: LocatedEntry, name: string, source: LocatedEntry, kinds: readonly StageKind[]) {
  const json = toJson(source.value);
  const { kind: kindName, ...settings } = isJsonObject(json) ? json : {};
  const kind = kinds.find((candidate) => candidate.name === kindName);
  const problems = kind === undefined ? [] : checkShape(root, ["stages", name], stageSchemaOf(kind));
  const wellFormed = kind !== undefined && problems.length === 0;
  const stage: SpecStage = { name, kind, settings, wellFormed, source };
  return { stage, problems };
}

function stageEntries(root: LocatedEntry): [string, LocatedEntry][] {
  const stages = valueAt(root, ["stages"]);
  return stages?.type === "map" ? [...stages.entries] : [];
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

function emptySpec(path: string): Spec {
  return { path, name: baseName(path), description: "", stages: [] };
}

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
