import type { Plan, PlanNode } from "../compiler/plan.ts";
import { type Digest, digestOf } from "../core/digest.ts";
import type { Item } from "../core/stage_kind.ts";
import { inputInstances, type StageLookup, type StageOutput } from "../scheduler/stage_lookup.ts";
import type { Roots } from "../store/maintenance/needed.ts";

/** What runs of plans would look for in a store. */
export class PlanRoots implements Roots {
  readonly results = new Set<Digest>();
  readonly states = new Map<Digest, Set<Digest>>();

  constructor(private readonly lookup: StageLookup) {}

  /**
   * Every stage, and every item of it, whose inputs are known: what is stored decides what the stages that read it are.
   * @throws {UserError} If a stored output that decides the items of a stage cannot be read
   */
  async add({ nodes }: Plan): Promise<void> {
    const outputs = new Map<string, StageOutput>();
    for (const node of nodes) {
      const isKnown = inputInstances(node).every((instance) => outputs.has(instance));
      if (!isKnown) {
        for (const item of node.items ?? []) this.#addItem(item, digestOf(item.identity));
        continue;
      }
      if (node.kind.contract !== "plan") await this.#addStage(node, outputs);
      const output = await this.lookup.output(node, outputs);
      if (output !== undefined) outputs.set(node.instance, output);
    }
  }

  async #addStage(node: PlanNode, outputs: ReadonlyMap<string, StageOutput>): Promise<void> {
    const { identity, items = [] } = await this.lookup.identify(node, outputs);
    this.results.add(identity);
    for (const { item, identity } of items) this.#addItem(item, identity);
  }

  #addItem({ states }: Item<unknown>, identity: Digest): void {
    this.results.add(identity);
    if (states === undefined) return;
    const kept = digestOf(states);
    const goals = this.states.get(kept);
    if (goals === undefined) this.states.set(kept, new Set([identity]));
    else goals.add(identity);
  }
}
