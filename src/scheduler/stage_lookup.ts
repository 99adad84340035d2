import { inputValues } from "../compiler/input_values.ts";
import type { PlanNode } from "../compiler/plan.ts";
import { type Digest, digestOf } from "../core/digest.ts";
import { planOutputDigest, stageIdentity } from "../core/identity.ts";
import { canonicalJson, type Json } from "../core/json.ts";
import { once } from "../core/once.ts";
import type { Item, Labels } from "../core/stage_kind.ts";
import { DamagedError } from "../store/errors.ts";
import type { Store } from "../store/store.ts";

/** What a stage made: plain data, known by its digest and read when it is asked for. */
export interface StageOutput {
  readonly digest: Digest;
  /** @throws {UserError} If it was stored and cannot be read any more */
  readonly value: () => Promise<Json>;
}

/** Outputs of the stages that came before, by instance. */
export type Outputs = ReadonlyMap<string, StageOutput>;

/** One item of a stage, and the digest that its outcome is stored under. */
export interface StageItem {
  readonly item: Item<Json>;
  readonly identity: Digest;
}

/** What a stage's result is stored under, and the items that it is put together from, if its kind has items. */
export interface IdentifiedStage {
  readonly identity: Digest;
  readonly items?: readonly StageItem[];
}

/** Finds stages' results in a store. Listing the items of a stage can be dear, so what was found once is kept. */
export class StageLookup {
  readonly #identified = new Map<PlanNode, { inputs: string; stage: Promise<IdentifiedStage> }>();
  /** By identity: all that read an output share one value, which can be large. */
  readonly #stored = new Map<Digest, StageOutput>();

  /** @param forced instances whose results are made anew although they are stored */
  constructor(readonly store: Store, private readonly forced: ReadonlySet<string> = new Set()) {}

  isForced({ instance }: PlanNode): boolean {
    return this.forced.has(instance);
  }

  /** @param outputs of all stages that `node` reads */
  identify(node: PlanNode, outputs: Outputs): Promise<IdentifiedStage> {
    const inputs = canonicalJson(inputDigests(node.inputs, outputs));
    const known = this.#identified.get(node);
    if (known?.inputs === inputs) return known.stage;
    const stage = identify(node, outputs).then((stage) => this.#forgotten(node, stage));
    this.#identified.set(node, { inputs, stage });
    stage.catch(() => this.#identified.delete(node)); // what could not be read may be made again
    return stage;
  }

  /** The stage's output if it needs no run: it was made while planning, or is stored. */
  async output(node: PlanNode, outputs: Outputs): Promise<StageOutput | undefined> {
    if (node.unknown !== undefined) return undefined;
    if (node.kind.contract === "plan") return plannedOutput(node);
    return this.storedOutput((await this.identify(node, outputs)).identity);
  }

  /** The output of the stage with this identity, if it is stored; its value is read later. */
  storedOutput(identity: Digest): StageOutput | undefined {
    const digest = this.store.find(identity)?.output;
    if (digest === undefined) return undefined;
    const known = this.#stored.get(identity);
    if (known?.digest === digest) return known;
    const read = async () => {
      try {
        return await this.#value(identity);
      } catch (error) {
        this.#stored.delete(identity); // it may be made again
        throw error;
      }
    };
    const output = { digest, value: once(read) };
    this.#stored.set(identity, output);
    return output;
  }

  #forgotten(node: PlanNode, stage: IdentifiedStage): IdentifiedStage {
    const { identity, items = [] } = stage;
    if (!this.isForced(node)) return stage;
    this.store.forget(identity);
    for (const { item, identity } of items) {
      this.store.forget(identity);
      if (item.states !== undefined) this.store.forget(digestOf(item.states));
    }
    return stage;
  }

  async #value(identity: Digest): Promise<Json> {
    const stored = await this.store.read(identity);
    if (stored !== undefined) return stored.value;
    throw new DamagedError(
      identity,
      `Cannot read result ${identity}: it is no longer in the store`,
      "run again: it is computed anew",
    );
  }
}

/** The output of a node that was evaluated while planning. Its digest can be dear, so it is formed once. */
export function plannedOutput(node: PlanNode): StageOutput {
  const output = planned.get(node) ?? outputOf(node, node.output as Json);
  planned.set(node, output);
  return output;
}
const planned = new WeakMap<PlanNode, StageOutput>();

export function outputOf({ kind }: PlanNode, value: Json): StageOutput {
  return { digest: planOutputDigest(kind.output, value), value: () => Promise.resolve(value) };
}

async function identify(node: PlanNode, outputs: Outputs): Promise<IdentifiedStage> {
  const { kind: { name, version }, identityConfig, inputs } = node;
  const labels = labelsOf(node);
  const items = await itemsOf(node, outputs);
  const identity = stageIdentity({
    kind: name,
    version,
    config: identityConfig,
    inputs: inputDigests(inputs, outputs),
    ...(labels && { labels }),
    ...(items && { items: items.map(({ identity }) => identity) }),
  });
  return { identity, ...(items && { items }) };
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
export async function inputsOf({ inputs }: PlanNode, outputs: Outputs): Promise<Record<string, unknown>> {
  const instances = new Set(Object.values(inputs).flatMap(({ instances }) => instances));
  const values = new Map(
    await Promise.all(
      [...instances].map(async (instance) => [instance, await outputs.get(instance)!.value()] as const),
    ),
  );
  return inputValues(inputs, (instance) => values.get(instance));
}

async function itemsOf(node: PlanNode, outputs: Outputs): Promise<StageItem[] | undefined> {
  if (node.kind.contract !== "items") return undefined;
  const items: readonly Item<Json>[] = node.items ??
    node.kind.list(node.config, await inputsOf(node, outputs));
  return items.map((item) => ({ item, identity: digestOf(item.identity) }));
}

export function inputInstances({ inputs }: PlanNode): string[] {
  return Object.values(inputs).flatMap(({ instances }) => instances);
}
