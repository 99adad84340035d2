import { flatSettings, METRICS, type TrainedMember } from "./artifacts/population.ts";
import type { Member } from "./artifacts/sample.ts";
import { placeOf } from "./compiler/changes.ts";
import type { Plan, PlanNode } from "./compiler/plan.ts";
import { nearestName } from "./core/diagnostic.ts";
import type { Digest } from "./core/digest.ts";
import { stageOf } from "./core/instance_name.ts";
import { isJsonObject, type Json } from "./core/json.ts";
import { fail, ok, type Result } from "./core/result.ts";
import { readLastRun } from "./report/last_run.ts";
import type { Failure, Place, Reason, StageOutlook } from "./scheduler/events.ts";
import { allOutputs } from "./scheduler/run_record.ts";
import {
  type IdentifiedStage,
  inputInstances,
  outputOf,
  type Outputs,
  type StageLookup,
} from "./scheduler/stage_lookup.ts";
import { status } from "./status.ts";
import type { RecordMeta } from "./store/store.ts";

/** Where a result came from, or why it is not there. */
export interface WhyReport {
  readonly pipeline: string;
  readonly instance: string;
  readonly member?: MemberFacts;
  readonly kind: string;
  readonly version: number;
  /** planned: made by planning, whenever it is asked for. stored: in the store. missing: neither. */
  readonly state: "planned" | "stored" | "missing";
  /** What it is stored under; absent where that is not known before an input has run, and for what is planned. */
  readonly identity?: Digest;
  /** What other stages know it by. */
  readonly output?: Digest;
  /** Those of the stage that decide it. */
  readonly settings: readonly SettingFact[];
  /** What it is made from, the nearest first, up to the data. */
  readonly sources: readonly SourceFact[];
  /** Identity of the numerical library, for what is computed with it. */
  readonly engine?: string;
  /** When, where and how long it was computed. */
  readonly made?: RecordMeta;
  /** What its result needs in the store, with sizes in bytes. */
  readonly objects: readonly { readonly digest: Digest; readonly size: number | null }[];
  /** What was written of it. */
  readonly files: readonly string[];
  /** Why it is not stored. */
  readonly why: readonly Reason[];
  /** How it failed in the last run. */
  readonly failure?: Failure & { readonly log?: string };
}

export interface MemberFacts {
  readonly id: string;
  readonly seed?: string;
  readonly case?: string | null;
  /** By full path, as they were drawn. */
  readonly settings: Readonly<Record<string, Json>>;
  /** How its training ended. */
  readonly status?: string;
  /** After its last epoch; null: not finite. */
  readonly metrics: Readonly<Record<string, number | null>>;
}

export interface SettingFact {
  readonly setting: string;
  readonly value: Json;
  /** Where the setting stands, or the nearest thing around it. */
  readonly at: Place;
  /** Where the value stands, if an expression brings it in. */
  readonly from?: Place;
}

export interface SourceFact {
  readonly instance: string;
  readonly kind: string;
  /** Absent while it is not there. */
  readonly output?: Digest;
}

export interface WhyOptions {
  readonly lookup: StageLookup;
  /** What a run would do with each stage. */
  readonly outlook: readonly StageOutlook[];
  /** Identity of the numerical library. */
  readonly engine: string;
  /** `outputs/<pipeline>` */
  readonly folder: string;
}

export interface UnknownTarget {
  readonly why: string;
  readonly help?: string;
}

/** @param target an instance, or a member of one: `trained/data=mnist/7` */
export async function why(
  plan: Plan,
  target: string,
  options: WhyOptions,
): Promise<Result<WhyReport, UnknownTarget>> {
  const { lookup, outlook, engine, folder } = options;
  const { node, id } = findNode(plan, target);
  if (node === undefined) return fail(unknownInstance(plan, target));
  const outputs = await allOutputs(plan, [], lookup);
  const identified = await identify(node, outputs, lookup);
  const member = id === undefined ? undefined : findMember(node, id, identified);
  if (id !== undefined && member?.known === undefined) return fail(unknownMember(node, id, member?.ids));
  const { kind } = node;
  const identity = id === undefined ? identified?.identity : member?.known?.identity;
  const stored = identity && lookup.store.find(identity);
  const isPlanned = kind.contract === "plan";
  const failure = failureOf(plan.name, folder, node.instance, id);
  return ok({
    pipeline: plan.name,
    instance: node.instance,
    ...(id !== undefined && { member: await memberFacts(id, member!.known!, lookup) }),
    kind: kind.name,
    version: kind.version,
    state: isPlanned ? "planned" : stored === undefined ? "missing" : "stored",
    ...(identity && { identity }),
    ...(id === undefined && outputs.has(node.instance) && { output: outputs.get(node.instance)!.digest }),
    settings: settingFacts(node),
    sources: sourceFacts(plan, node, outputs),
    ...(kind.contract === "items" && kind.place === "engine" && { engine }),
    ...(stored && { made: stored.meta }),
    objects: (stored?.objects ?? []).map((digest) => ({
      digest,
      size: lookup.store.objects.size(digest) ?? null,
    })),
    files: readLastRun(folder).files.filter(({ stage }) => stage === node.instance)
      .map(({ path }) => `${folder}/${path}`),
    why: isPlanned || stored !== undefined
      ? []
      : outlook.find(({ stage }) => stage === node.instance)?.why ?? [],
    ...(failure && { failure }),
  });
}

/** The instance with this name or, of a name with a part more, the instance and the member. */
function findNode({ nodes }: Plan, target: string): { readonly node?: PlanNode; readonly id?: string } {
  const named = (name: string) => nodes.find(({ instance }) => instance === name);
  const whole = named(target);
  if (whole !== undefined) return { node: whole };
  const slash = target.lastIndexOf("/");
  return slash < 0 ? {} : { node: named(target.slice(0, slash)), id: target.slice(slash + 1) };
}

function unknownInstance({ name, nodes }: Plan, target: string): UnknownTarget {
  const stage = stageOf(target);
  const instances = nodes.filter((node) => node.stage === stage).map(({ instance }) => instance);
  if (instances.length === 0) {
    const nearest = nearestName(stage, nodes.map((node) => node.stage));
    return {
      why: `${name} has no stage "${stage}"`,
      help: nearest === undefined ? `"weft plan FILE" lists them` : `did you mean "${nearest}"?`,
    };
  }
  const nearest = nearestName(target, instances) ?? instances[0];
  return {
    why: `stage "${stage}" has ${instances.length} instances, and none of this name`,
    help: `for example "${nearest}"; "weft plan FILE --expand" lists them`,
  };
}

function unknownMember(
  { instance, kind }: PlanNode,
  id: string,
  ids: readonly string[] | undefined,
): UnknownTarget {
  if (ids === undefined) {
    return { why: `${kind.name} "${instance}" has no members`, help: `see "weft why FILE ${instance}"` };
  }
  if (ids.length === 0) {
    return {
      why: `the members of "${instance}" are not known before its inputs have run`,
      help: "run it first",
    };
  }
  const nearest = nearestName(id, ids) ?? ids[0];
  return {
    why: `"${instance}" has no member "${id}"`,
    help: `it has ${ids.length}, for example "${nearest}"`,
  };
}

/** Undefined where an input is not there yet: what decides the stage is not known then. */
async function identify(
  node: PlanNode,
  outputs: Outputs,
  lookup: StageLookup,
): Promise<IdentifiedStage | undefined> {
  const isKnown = inputInstances(node).every((instance) => outputs.has(instance));
  return isKnown && node.kind.contract !== "plan" ? await lookup.identify(node, outputs) : undefined;
}

interface KnownMember {
  readonly identity?: Digest;
  readonly member?: Member;
}

/** @returns `ids` of all members, undefined for a kind that has none; `known`: the one that is asked for */
function findMember(
  { kind, output }: PlanNode,
  id: string,
  identified: IdentifiedStage | undefined,
): { readonly ids?: readonly string[]; readonly known?: KnownMember } {
  if (kind.contract === "items") {
    const items = identified?.items ?? [];
    const found = items.find(({ item }) => item.id === id);
    const member = (found?.item.work as { member?: Member } | undefined)?.member;
    const known = found && { identity: found.identity, ...(member && { member }) };
    return { ids: items.map(({ item }) => item.id), ...(known && { known }) };
  }
  const members = (output as { members?: readonly Member[] } | undefined)?.members;
  if (members === undefined) return {};
  const member = members.find((one) => one.id === id);
  return { ids: members.map(({ id }) => id), ...(member && { known: { member } }) };
}

async function memberFacts(
  id: string,
  { identity, member }: KnownMember,
  lookup: StageLookup,
): Promise<MemberFacts> {
  const value = identity && (await lookup.store.read(identity))?.value;
  const outcome = isJsonObject(value) ? value as unknown as Partial<TrainedMember> : {};
  const metrics = Array.isArray(outcome.epochs)
    ? METRICS.map(({ column, of }) => [column.name, of(outcome as TrainedMember)] as const)
    : [];
  const settings = member === undefined
    ? []
    : [["architecture.kind", member.settings.architecture.kind] as const, ...flatSettings(member.settings)];
  return {
    id,
    ...(member && { seed: member.seed, case: member.case }),
    settings: Object.fromEntries(settings),
    ...(typeof outcome.status === "string" && { status: outcome.status }),
    metrics: Object.fromEntries(metrics),
  };
}

function settingFacts({ identityConfig, source }: PlanNode): SettingFact[] {
  return [...leaves(identityConfig, [])].map(({ path, value }) => {
    const { at, from } = placeOf(source, path);
    return { setting: path.join("."), value, at: placeFact(at), ...(from && { from: placeFact(from) }) };
  });
}

function* leaves(value: Json, path: readonly string[]): Generator<{ path: readonly string[]; value: Json }> {
  if (!isJsonObject(value) || Object.keys(value).length === 0) {
    if (path.length > 0) yield { path, value };
    return;
  }
  for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
}

function placeFact({ path, line, column }: Place): Place {
  return { path, line, column };
}

/** Breadth first: what is read directly comes first, and each stage once. */
function sourceFacts({ nodes }: Plan, node: PlanNode, outputs: Outputs): SourceFact[] {
  const byName = new Map(nodes.map((one) => [one.instance, one]));
  const found = new Set(inputInstances(node));
  for (const instance of found) { // grows while it is gone through
    for (const further of inputInstances(byName.get(instance)!)) found.add(further);
  }
  return [...found].map((instance) => {
    const source = byName.get(instance)!;
    const output = outputs.get(instance) ??
      (source.kind.contract === "plan" ? outputOf(source, source.output as Json) : undefined);
    return { instance, kind: source.kind.name, ...(output && { output: output.digest }) };
  });
}

function failureOf(
  pipeline: string,
  folder: string,
  instance: string,
  id: string | undefined,
): WhyReport["failure"] {
  for (const { failed, failedStages } of status(pipeline, folder).runs) {
    const found = id === undefined
      ? failedStages.find(({ stage }) => stage === instance)
      : failed.find(({ stage, item }) => stage === instance && item === id);
    if (found !== undefined) {
      return { ...found.error, ...("log" in found && found.log ? { log: found.log as string } : {}) };
    }
  }
}
