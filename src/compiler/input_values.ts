import type { Sourced } from "../core/stage_kind.ts";
import type { PlanNode } from "./plan.ts";

/** What a kind gets for its inputs: by input, an artifact, or a list of them with their labels. */
export function inputValues(
  inputs: PlanNode["inputs"],
  valueOf: (instance: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([role, { instances, labels, list }]) => {
      if (!list) return [role, valueOf(instances[0]!)];
      return [
        role,
        instances.map((instance, i): Sourced<unknown> => ({ labels: labels[i]!, value: valueOf(instance) })),
      ];
    }),
  );
}
