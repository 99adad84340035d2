import { planOutputDigest, stageIdentity } from "../compiler/identity.ts";
import { inputValues, type PlanNode } from "../compiler/plan.ts";
import { type Digest, digestOf } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import type { Item, ItemsKind } from "../core/stage_kind.ts";
import type { Store } from "../store/store.ts";

/** What a stage made: plain data, and its digest. */
export interface StageOutput {
  readonly value: Json;
  readonly digest: Digest;
}

/** Outputs of the stages that came before, by instance. */
export type Outputs = ReadonlyMap<string, StageOutput>;

/** One item of a stage, and the digest that its outcome is stored under. */
export interface StageItem {
  readonly item: Item<Json>;
  readonly identity: Digest;
}

/** The stage's output if it needs no run: it was made while planning, or is stored. */
export async function knownOutput(
  node: PlanNode,
  inputs: Outputs,
  store: Store,
): Promise<StageOutput | undefined> {
  if (node.kind.contract === "plan") return outputOf(node, node.output as Json);
  const stored = await store.read(identityOf(node, inputs));
  return stored && outputOf(node, stored.value);
}

export function outputOf({ kind }: PlanNode, value: Json): StageOutput {
  return { value, digest: planOutputDigest(kind.output, value) };
}

export function identityOf(node: PlanNode, outputs: Outputs): Digest {
  const { kind, identityConfig, inputs } = node;
  const digests = inputValues(inputs, (instance) => outputs.get(instance)!.digest);
  const { name, version } = kind;
  return stageIdentity({
    kind: name,
    version,
    config: identityConfig,
    inputs: digests as Record<string, Digest | Digest[]>,
    ...(kind.contract === "items" && { items: itemsOf(node, kind, outputs).map(({ identity }) => identity) }),
  });
}

/** The outputs that the stage's kind takes, by input. */
export function inputsOf({ inputs }: PlanNode, outputs: Outputs): Record<string, unknown> {
  return inputValues(inputs, (instance) => outputs.get(instance)!.value);
}

export function itemsOf(node: PlanNode, kind: ItemsKind, outputs: Outputs): StageItem[] {
  const items: readonly Item<Json>[] = node.items ?? kind.list(node.config, inputsOf(node, outputs));
  return items.map((item) => ({ item, identity: digestOf(item.identity) }));
}

export function inputInstances({ inputs }: PlanNode): string[] {
  return Object.values(inputs).flatMap(({ instances }) => instances);
}
