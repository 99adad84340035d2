import type { Plan, PlanNode } from "../compiler/plan.ts";
import type { Digest } from "../core/digest.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { Store } from "../store/store.ts";
import type { StageResult } from "./run.ts";
import { identityOf, inputInstances, knownOutput, type Outputs, type StageOutput } from "./stage_lookup.ts";

/**
 * Where every number of a pipeline came from: each stage's settings, identity and the digest of its output. A function of
 * identities alone: equal results give an equal record, whenever and however they were computed.
 * @param engine Identity of the numerical library
 */
export function runRecord(plan: Plan, outputs: Outputs, engine: string): JsonObject {
  const stages = plan.nodes.map((node): [string, Json] => [node.instance, stageRecord(node, outputs)]);
  return { record: "run/1", pipeline: plan.name, engine, stages: Object.fromEntries(stages) };
}

/** The outputs of all stages: of those that ran, what they made, of others what is stored. */
export async function allOutputs(
  plan: Plan,
  results: readonly StageResult[],
  store: Store,
): Promise<Map<string, StageOutput>> {
  const made = new Map(results.map(({ node, output }) => [node.instance, output]));
  const outputs = new Map<string, StageOutput>();
  for (const node of plan.nodes) {
    if (!inputInstances(node).every((instance) => outputs.has(instance))) continue;
    const output = made.has(node.instance)
      ? made.get(node.instance)
      : await knownOutput(node, outputs, store);
    if (output !== undefined) outputs.set(node.instance, output);
  }
  return outputs;
}

function stageRecord(node: PlanNode, outputs: Outputs): JsonObject {
  const { kind, identityConfig, inputs } = node;
  const known = inputInstances(node).every((instance) => outputs.has(instance));
  return {
    kind: kind.name,
    version: kind.version,
    settings: identityConfig,
    inputs: Object.fromEntries(Object.entries(inputs).map(([role, { instances }]) => [role, instances])),
    identity: known && kind.contract !== "plan" ? identityOf(node, outputs) : null,
    output: (outputs.get(node.instance)?.digest ?? null) as Digest | null,
  };
}
