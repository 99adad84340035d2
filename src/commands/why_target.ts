import type { Member } from "../artifacts/sample.ts";
import type { Plan, PlanNode } from "../compiler/plan.ts";
import type { AbsentFile } from "../compiler/unknown.ts";
import { nearestName } from "../core/diagnostic.ts";
import type { Digest } from "../core/digest.ts";
import { stageOf } from "../core/instance_name.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { allOutputs } from "../scheduler/run_record.ts";
import {
  type IdentifiedStage,
  inputInstances,
  type Outputs,
  type StageLookup,
} from "../scheduler/stage_lookup.ts";

export interface UnknownTarget {
  readonly why: string;
  readonly help?: string;
}

/** What is asked about, and what is known of it. */
export interface Target {
  readonly node: PlanNode;
  /** What the stages of the plan made. */
  readonly outputs: Outputs;
  /** What the result is stored under; absent where that is not known before an input has run, and for what is planned. */
  readonly identity?: Digest;
  /** Where a member is asked about. */
  readonly member?: KnownMember;
}

export interface KnownMember {
  readonly id: string;
  readonly identity?: Digest;
  readonly member?: Member;
}

/** @param target an instance, or a member of one */
export async function findTarget(
  plan: Plan,
  target: string,
  lookup: StageLookup,
): Promise<Result<Target, UnknownTarget>> {
  const { node, id } = findNode(plan, target);
  if (node === undefined) return fail(unknownInstance(plan, target));
  const outputs = await allOutputs(plan, [], lookup);
  const identified = await identify(node, outputs, lookup);
  if (id === undefined) {
    return ok({ node, outputs, ...(identified && { identity: identified.identity }) });
  }
  const { ids, known } = findMember(node, id, identified);
  if (known === undefined) return fail(unknownMember(node, id, ids));
  const { identity } = known;
  return ok({ node, outputs, member: known, ...(identity && { identity }) });
}

/** The instance with this name or, of a name with a part more, the instance and the member. */
function findNode(
  { nodes }: Plan,
  target: string,
): { readonly node?: PlanNode; readonly id?: string } {
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
  { instance, kind, unknown }: PlanNode,
  id: string,
  ids: readonly string[] | undefined,
): UnknownTarget {
  if (ids === undefined) {
    return { why: `${kind.name} "${instance}" has no members`, help: `see "weft why FILE ${instance}"` };
  }
  if (unknown !== undefined) {
    const [{ path }] = unknown.files as readonly [AbsentFile];
    return {
      why: `the members of "${instance}" are not known: "${path}" is not there`,
      help: "put it there",
    };
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
    const known = found && { id, identity: found.identity, ...(member && { member }) };
    return { ids: items.map(({ item }) => item.id), ...(known && { known }) };
  }
  const members = (output as { members?: readonly Member[] } | undefined)?.members;
  if (members === undefined) return {};
  const member = members.find((one) => one.id === id);
  return { ids: members.map(({ id }) => id), ...(member && { known: { id, member } }) };
}
