import type { Plan, PlanNode } from "../compiler/plan.ts";
import { type Digest, digestOf, isDigest } from "../core/digest.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import type { Labels } from "../core/stage_kind.ts";
import type { StageResult } from "./run.ts";
import {
  inputInstances,
  labelsOf,
  type Outputs,
  type StageLookup,
  type StageOutput,
} from "./stage_lookup.ts";

/** Where every number of a pipeline came from: what `run.json` holds. */
export interface RunRecord {
  readonly pipeline: string;
  /** Identity of the numerical library. */
  readonly engine: string;
  /** By instance. */
  readonly stages: ReadonlyMap<string, StageRecord>;
}

export interface StageRecord {
  readonly kind: string;
  readonly version: number;
  /** What of the settings decides the output. */
  readonly settings: JsonObject;
  /** Instances by input. */
  readonly inputs: Readonly<Record<string, readonly string[]>>;
  /** Of the inputs whose entries are told apart. */
  readonly labels?: Readonly<Record<string, readonly Labels[]>>;
  /** Null for what is evaluated while planning, and where an input has no output. */
  readonly identity: Digest | null;
  /** Digest of what it made; null where it made nothing. */
  readonly output: Digest | null;
  /** Digests of its inputs, where those are of an earlier run than what else the record tells of these stages. */
  readonly read?: Readonly<Record<string, readonly (Digest | null)[]>>;
}

const RECORD = "run/1";

/**
 * The content of `run.json`. A function of identities alone: equal results give an equal record, whenever and however they
 * were computed. It holds a digest of itself, by which a file that was edited or merged is known.
 * @param engine Identity of the numerical library
 */
export function runRecord(
  pipeline: string,
  stages: ReadonlyMap<string, StageRecord>,
  engine: string,
): JsonObject {
  const records = Object.fromEntries(stages) as unknown as JsonObject;
  const content = { record: RECORD, pipeline, engine, stages: records };
  return { ...content, digest: digestOf(content) };
}

/** What is known of each stage of a plan. */
export async function stageRecords(
  plan: Plan,
  outputs: Outputs,
  lookup: StageLookup,
): Promise<Map<string, StageRecord>> {
  const stages = new Map<string, StageRecord>();
  for (const node of plan.nodes) stages.set(node.instance, await stageRecord(node, outputs, lookup));
  return stages;
}

/**
 * The records with that of the last run for each stage that has no output now and had one then: its files are those that
 * were made then, and what changed since is still why it must run.
 */
export function keepingEarlier(
  stages: ReadonlyMap<string, StageRecord>,
  last: RunRecord | undefined,
): Map<string, StageRecord> {
  return new Map([...stages].map(([instance, now]) => {
    const before = last?.stages.get(instance);
    if (now.output !== null || before === undefined || before.output === null) return [instance, now];
    return [instance, { ...before, read: before.read ?? digestsRead(before, last!) }];
  }));
}

/** Digests of what a stage of a run had read, by input. */
export function digestsRead(
  { inputs, read }: StageRecord,
  { stages }: RunRecord,
): NonNullable<StageRecord["read"]> {
  const digest = (instance: string) => stages.get(instance)?.output ?? null;
  return read ?? Object.fromEntries(
    Object.entries(inputs).map(([role, instances]) => [role, instances.map(digest)]),
  );
}

/** What the last run of a pipeline wrote; undefined if there is none. @param warn Told of one that is there and of no use */
export async function readRunRecord(
  path: string,
  pipeline: string,
  warn: (message: string) => void,
): Promise<RunRecord | undefined> {
  const useless = (why: string) =>
    warn(`Cannot compare with the last run: "${path}" ${why}; the next run writes it anew`);
  try {
    const record = parseRunRecord(await Deno.readTextFile(path));
    if (record?.pipeline === pipeline) return record;
    useless(
      record === undefined
        ? "is damaged, edited or of another version"
        : `is of the pipeline "${record.pipeline}"`,
    );
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) useless(`cannot be read (${(error as Error).message})`);
  }
}

/** Undefined for what `runRecord` of this version cannot have made. */
export function parseRunRecord(text: string): RunRecord | undefined {
  const value = jsonOrNull(text);
  if (!isJsonObject(value)) return undefined;
  const { digest, ...content } = value;
  const { record, pipeline, engine, stages } = content;
  const isOurs = record === RECORD && typeof pipeline === "string" && typeof engine === "string" &&
    isJsonObject(stages) && Object.values(stages).every(isStageRecord) &&
    digest === digestOf({ ...content, record });
  return isOurs
    ? { pipeline, engine, stages: new Map(Object.entries(stages as Record<string, never>)) }
    : undefined;
}

/** The outputs of all stages: of those that the run had to do, what they made, of others what is stored. */
export async function allOutputs(
  plan: Plan,
  results: readonly StageResult[],
  lookup: StageLookup,
): Promise<Map<string, StageOutput>> {
  const done = results.filter(({ status }) => status !== "stored");
  const made = new Map(done.map(({ node, output }) => [node.instance, output]));
  const outputs = new Map<string, StageOutput>();
  for (const node of plan.nodes) {
    if (!inputInstances(node).every((instance) => outputs.has(instance))) continue;
    const output = made.has(node.instance) ? made.get(node.instance) : await lookup.output(node, outputs);
    if (output !== undefined) outputs.set(node.instance, output);
  }
  return outputs;
}

async function stageRecord(
  node: PlanNode,
  outputs: Outputs,
  lookup: StageLookup,
): Promise<StageRecord> {
  const { kind, identityConfig, inputs } = node;
  const known = inputInstances(node).every((instance) => outputs.has(instance));
  const labels = labelsOf(node);
  return {
    kind: kind.name,
    version: kind.version,
    settings: identityConfig,
    inputs: Object.fromEntries(Object.entries(inputs).map(([role, { instances }]) => [role, instances])),
    ...(labels && { labels }),
    identity: known && kind.contract !== "plan" ? (await lookup.identify(node, outputs)).identity : null,
    output: outputs.get(node.instance)?.digest ?? null,
  };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isStageRecord(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  const { kind, version, settings, inputs, labels, identity, output, read } = value;
  const isLists = (map: Json | undefined, isItem: (item: Json) => boolean) =>
    isJsonObject(map) && Object.values(map).every((list) => Array.isArray(list) && list.every(isItem));
  return typeof kind === "string" && typeof version === "number" && isJsonObject(settings) &&
    isLists(inputs, (item) => typeof item === "string") &&
    (labels === undefined || isLists(labels, isJsonObject)) &&
    (read === undefined || isLists(read, isDigestOrNull)) && [identity, output].every(isDigestOrNull);
}

function isDigestOrNull(value: unknown): boolean {
  return value === null || isDigest(value);
}
