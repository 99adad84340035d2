import { type EpochRow, metricsOf, type TrainedMember } from "../artifacts/population.ts";
import { flatSettings } from "../artifacts/setting_columns.ts";
import { placeOf } from "../compiler/changes.ts";
import type { Plan, PlanNode } from "../compiler/plan.ts";
import { UsageError } from "../core/diagnostic.ts";
import { isJsonObject, type Json } from "../core/json.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { readLastRun } from "../report/last_run.ts";
import type { Place, StageOutlook } from "../scheduler/events.ts";
import { inputInstances, outputOf, type Outputs, StageLookup } from "../scheduler/stage_lookup.ts";
import type { CheckedFile } from "../sources/read_pipeline.ts";
import { Store } from "../store/store.ts";
import { checkFile, engineIdentity } from "./check.ts";
import type { ProjectOptions } from "./options.ts";
import { assessed } from "./plan.ts";
import { status } from "./status.ts";
import type { MemberFacts, SettingFact, SourceFact, WhyReport } from "./why_report.ts";
import { findTarget, type KnownMember, type Target } from "./why_target.ts";

/** @param target an instance, or a member of one: `trained/data=mnist/7` @throws {UsageError} If there is none of this name */
export async function why(
  path: string,
  target: string,
  options: Omit<ProjectOptions, "only">,
): Promise<Result<WhyReport, CheckedFile>> {
  const { plan, ...file } = await checkFile(path, options);
  if (plan === undefined) return fail(file);
  const store = await Store.open(`${options.outputs}/store`, { warn: options.warn });
  try {
    const lookup = new StageLookup(store);
    const { outlook } = await assessed(plan, lookup, options);
    const found = await findTarget(plan, target, lookup);
    if (!found.ok) throw new UsageError(`Cannot tell of "${target}": ${found.error.why}`, found.error.help);
    const folder = `${options.outputs}/${plan.name}`;
    return ok(await reportOn(found.value, { plan, lookup, outlook, folder }));
  } finally {
    await store.close();
  }
}

interface Known {
  readonly plan: Plan;
  readonly lookup: StageLookup;
  /** What a run would do with each stage. */
  readonly outlook: readonly StageOutlook[];
  /** `outputs/<pipeline>` */
  readonly folder: string;
}

async function reportOn(
  { node, outputs, identity, member }: Target,
  { plan, lookup, outlook, folder }: Known,
): Promise<WhyReport> {
  const { instance, kind } = node;
  const stored = identity && lookup.store.find(identity);
  const isPlanned = kind.contract === "plan" && node.unknown === undefined;
  const isThere = isPlanned || stored !== undefined;
  const output = member === undefined ? outputs.get(instance)?.digest : undefined;
  const failure = failureOf(plan.name, folder, instance, member?.id);
  return {
    pipeline: plan.name,
    instance,
    ...(member && { member: await memberFacts(member, lookup) }),
    kind: kind.name,
    version: kind.version,
    state: isPlanned ? "planned" : isThere ? "stored" : "missing",
    ...(identity && { identity }),
    ...(output && { output }),
    settings: settingFacts(node),
    sources: sourceFacts(plan, node, outputs),
    ...(kind.contract === "items" && kind.place === "engine" && { engine: await engineIdentity() }),
    ...(stored && { made: stored.meta }),
    objects: (stored?.objects ?? []).map((digest) => ({
      digest,
      size: lookup.store.objects.size(digest) ?? null,
    })),
    files: readLastRun(folder).files.filter(({ stage }) => stage === instance)
      .map(({ path }) => `${folder}/${path}`),
    why: isThere ? [] : outlook.find(({ stage }) => stage === instance)?.why ?? [],
    ...(failure && { failure }),
  };
}

async function memberFacts(
  { id, identity, member }: KnownMember,
  lookup: StageLookup,
): Promise<MemberFacts> {
  const value = identity && (await lookup.store.read(identity))?.value;
  const outcome = isJsonObject(value) ? value as unknown as Partial<TrainedMember> : {};
  const { epochs } = outcome;
  const metrics = Array.isArray(epochs)
    ? metricsOf({ validation: (epochs as EpochRow[])[0]?.validation_loss })
      .map(({ column, of }) => [column.name, of(outcome as TrainedMember)] as const)
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
      (source.output !== undefined ? outputOf(source, source.output as Json) : undefined);
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
