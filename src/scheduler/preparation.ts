import type { Plan, PlanNode } from "../compiler/plan.ts";
import type { RunEvent } from "./events.ts";
import { inputInstances } from "./stage_lookup.ts";

/** Brings onto this machine what stages made while planning only name, once a run and only where it is needed. */
export class Preparation {
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #prepared = new Map<PlanNode, Promise<void>>();

  constructor(
    plan: Plan,
    private readonly signal: AbortSignal,
    private readonly emit: (event: RunEvent) => void,
  ) {
    this.#nodes = new Map(plan.nodes.map((node) => [node.instance, node]));
  }

  /** Prepares all that `node` depends on through stages made while planning; outputs of others are in the store. */
  async inputsOf(node: PlanNode): Promise<void> {
    const planned = inputInstances(node).map((instance) => this.#nodes.get(instance)!)
      .filter(({ kind }) => kind.contract === "plan");
    await Promise.all(planned.flatMap((input) => [this.#prepare(input), this.inputsOf(input)]));
  }

  #prepare(node: PlanNode): Promise<void> {
    const { kind, instance: stage, output, files } = node;
    if (kind.contract !== "plan" || kind.prepare === undefined) return Promise.resolve();
    const progress = (what: string, done: number, total: number) =>
      this.emit({ type: "preparing", stage, what, done, total });
    const warn = (message: string) => this.emit({ type: "warning", message });
    const prepared = this.#prepared.get(node) ??
      kind.prepare(output, { signal: this.signal, progress, warn, ...(files && { files }) });
    this.#prepared.set(node, prepared);
    return prepared;
  }
}
