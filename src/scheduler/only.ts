import type { Plan, PlanNode } from "../compiler/plan.ts";
import { listed, quote, suggestion } from "../core/describe.ts";
import { nearestName } from "../core/diagnostic.ts";
import type { Json } from "../core/json.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { inputInstances } from "./stage_lookup.ts";

/** Why a name stands for nothing in a plan. */
export interface UnknownName {
  readonly why: string;
  readonly help: string | undefined;
}

/**
 * The plan of what a name stands for, and of all that this needs.
 * @param name a stage (`trained`), an instance (`trained/data=mnist,model=cnn`), or instances by some of their axes
 */
export function only(plan: Plan, name: string): Result<Plan, UnknownName> {
  const chosen = nodesNamed(plan, name);
  return chosen.ok ? ok(upTo(plan, chosen.value)) : chosen;
}

/** What a name stands for in a plan, in its order. @param name as that of {@link only} */
export function nodesNamed(plan: Plan, name: string): Result<readonly PlanNode[], UnknownName> {
  const [stage, ...rest] = name.split("/");
  const conditions = rest.length === 0
    ? []
    : rest.join("/").split(",").map((part) => part.split(/=(.*)/s, 2));
  const named = plan.nodes.filter((node) => node.stage === stage);
  if (named.length === 0) return fail(unknownStage(plan, name));
  const unknown = conditions.map((condition) => unknownCondition(named, condition)).find((one) => one);
  if (unknown !== undefined) return fail(unknown);
  const chosen = named.filter(({ coordinates }) =>
    conditions.every(([axis, value]) => isValue(coordinates[axis!], value))
  );
  if (chosen.length > 0) return ok(chosen);
  const instances = named.map(({ instance }) => instance);
  return fail({
    why: `stage ${quote(stage)} has no such instance`,
    help: suggestion(name, instances, "its instances"),
  });
}

/** The plan of some nodes and all that they need. */
function upTo(plan: Plan, chosen: readonly PlanNode[]): Plan {
  const needed = new Set(chosen.map(({ instance }) => instance));
  const nodes = plan.nodes.toReversed().filter((node) => {
    if (!needed.has(node.instance)) return false;
    for (const input of inputInstances(node)) needed.add(input); // it stands further in front
    return true;
  });
  return { ...plan, nodes: nodes.reverse() };
}

/** Whether a text stands for a value of an axis; a number may be written in several ways. */
function isValue(of: Json | undefined, text: string | undefined): boolean {
  return String(of) === text || (typeof of === "number" && text?.trim() !== "" && Number(text) === of);
}

function unknownStage({ name: pipeline, nodes }: Plan, name: string): UnknownName {
  const stages = new Set(nodes.map(({ stage }) => stage));
  const instances = name.includes("/") ? nodes.map(({ instance }) => instance) : [];
  const near = nearestName(name, [...stages, ...instances]);
  const help = near === undefined ? listed("its stages", stages) : `did you mean ${quote(near)}?`;
  return { why: `${pipeline} has no such stage`, help };
}

function unknownCondition(
  named: readonly PlanNode[],
  [axis = "", value]: readonly string[],
): UnknownName | undefined {
  const [{ stage, coordinates }] = named as readonly [PlanNode];
  const axes = Object.keys(coordinates);
  if (axes.length === 0) {
    return { why: `stage ${quote(stage)} has no axes`, help: `write ${quote(stage)}` };
  }
  if (axis === "" && value === undefined) {
    const why = `axis and value are missing after ${quote(`${stage}/`)}`;
    return { why, help: `write ${quote(`${stage}/AXIS=VALUE`)}; ${listed("its axes", axes)}` };
  }
  if (!axes.includes(axis)) {
    return {
      why: `stage ${quote(stage)} has no axis ${quote(axis)}`,
      help: suggestion(axis, axes, "its axes"),
    };
  }
  const values = new Set(named.map(({ coordinates }) => String(coordinates[axis])));
  if (named.some(({ coordinates }) => isValue(coordinates[axis], value))) return undefined;
  const why = value === undefined
    ? `a value is missing after ${quote(axis)}`
    : `stage ${quote(stage)} has no instance with ${axis}=${value}`;
  const known = `values of ${axis}`;
  const isGuessable = value !== undefined && value.length > 2; // "2" is near to "5", and not meant by it
  return { why, help: isGuessable ? suggestion(value, values, known) : listed(known, values) };
}
