import { planOutputDigest, stageIdentity } from "../compiler/identity.ts";
import { inputValues, type PlanNode } from "../compiler/plan.ts";
import { type Digest, digestOf } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import type { Item, ItemsKind, Labels } from "../core/stage_kind.ts";
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

/** @param items those of the stage, if its kind has items */
export function identityOf(
  node: PlanNode,
  outputs: Outputs,
  items: readonly StageItem[] | undefined = itemsIfAny(node, outputs),
): Digest {
  const { kind, identityConfig, inputs } = node;
  const { name, version } = kind;
  const labels = labelsOf(node);
  return stageIdentity({
    kind: name,
    version,
    config: identityConfig,
    inputs: inputDigests(inputs, outputs),
    ...(labels && { labels }),
    ...(items && { items: items.map(({ identity }) => identity) }),
  });
}

/** What the entries of inputs are told apart by, of those inputs where they are. */
export function labelsOf({ inputs }: PlanNode): Readonly<Record<string, readonly Labels[]>> | undefined {
  const labelled = Object.entries(inputs).filter(([, { labels }]) =>
    labels.some((label) => Object.keys(label).length > 0)
  );
  return labelled.length === 0
    ? undefined
    : Object.fromEntries(labelled.map(([role, { labels }]) => [role, labels]));
}

/** By input: the digest of what it is; a list where the kind gets one. */
function inputDigests(
  inputs: PlanNode["inputs"],
  outputs: Outputs,
): Record<string, Digest | Digest[]> {
  return Object.fromEntries(
    Object.entries(inputs).map(([role, { instances, list }]) => {
      const digests = instances.map((instance) => outputs.get(instance)!.digest);
      return [role, list ? digests : digests[0]!];
    }),
  );
}

/** The outputs that the stage's kind takes, by input. */
export function inputsOf({ inputs }: PlanNode, outputs: Outputs): Record<string, unknown> {
  return inputValues(inputs, (instance) => outputs.get(instance)!.value);
}

export function itemsOf(node: PlanNode, kind: ItemsKind, outputs: Outputs): StageItem[] {
  const items: readonly Item<Json>[] = node.items ?? kind.list(node.config, inputsOf(node, outputs));
  return items.map((item) => ({ item, identity: digestOf(item.identity) }));
}

/** Undefined for a kind that has none. */
export function itemsIfAny(node: PlanNode, outputs: Outputs): StageItem[] | undefined {
  return node.kind.contract === "items" ? itemsOf(node, node.kind, outputs) : undefined;
}

export function inputInstances({ inputs }: PlanNode): string[] {
  return Object.values(inputs).flatMap(({ instances }) => instances);
}
