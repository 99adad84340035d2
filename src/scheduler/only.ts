import type { Plan, PlanNode } from "../compiler/plan.ts";
import { inputInstances } from "./stage_lookup.ts";

/** The plan of one stage and all that it needs. @throws {RangeError} If the plan has no such stage */
export function upTo(plan: Plan, instance: string): Plan {
  const nodes = new Map(plan.nodes.map((node) => [node.instance, node]));
  const needed = new Set<PlanNode>();
  const visit = (name: string) => {
    const node = nodes.get(name);
    if (node === undefined) throw new RangeError(`Cannot find stage "${name}" in the plan`);
    if (needed.has(node)) return;
    needed.add(node);
    inputInstances(node).forEach(visit);
  };
  visit(instance);
  return { ...plan, nodes: plan.nodes.filter((node) => needed.has(node)) };
}
