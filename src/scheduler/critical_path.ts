import type { Plan, PlanNode } from "../compiler/plan.ts";
import type { StageOutlook } from "./events.ts";
import { inputInstances } from "./stage_lookup.ts";

/** Expected seconds of a stage of which nothing is known but that it must run. */
const UNKNOWN = 1;

/**
 * By instance: expected seconds from the start of its work to the end of the run, along the longest way through the stages
 * that read it. A stage takes the seconds of its missing items, divided by how many run at once.
 */
export function criticalPaths(
  { nodes }: Pick<Plan, "nodes">,
  outlooks: readonly StageOutlook[],
  concurrency: number,
): ReadonlyMap<string, number> {
  const byInstance = new Map(outlooks.map((outlook) => [outlook.stage, outlook]));
  const paths = new Map<string, number>();
  /** The longest path of those that read an instance. */
  const tails = new Map<string, number>();
  for (const node of nodes.toReversed()) {
    const { instance, limits } = node;
    const slots = Math.min(concurrency, limits.concurrency ?? Infinity);
    const path = missingSeconds(node, byInstance.get(instance)) / slots + (tails.get(instance) ?? 0);
    paths.set(instance, path);
    for (const input of inputInstances(node)) tails.set(input, Math.max(path, tails.get(input) ?? 0));
  }
  return paths;
}

function missingSeconds({ kind, items }: PlanNode, outlook: StageOutlook | undefined): number {
  if (kind.contract === "plan" || outlook?.status === "stored") return 0;
  const known = outlook?.items?.cost ?? items?.reduce((sum, { cost }) => sum + cost, 0);
  return known ?? UNKNOWN;
}
