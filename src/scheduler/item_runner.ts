import type { LimitFunction } from "p-limit";
import type { PlanNode } from "../compiler/plan.ts";
import { UserError } from "../core/diagnostic.ts";
import type { Digest } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import type { ItemRun, ItemsKind } from "../core/stage_kind.ts";
import { StoreError } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import { countItems } from "./assess.ts";
import { type EngineHost, EngineStartError } from "./engine_host.ts";
import type { Failure, ItemCounts, RunEvent } from "./events.ts";
import { inStartOrder } from "./order.ts";
import type { StageItem } from "./stage_lookup.ts";
import { TrackedObjects } from "./tracked_objects.ts";

export interface ItemResult {
  readonly outcome: Json;
  /** The objects that the outcome needs. */
  readonly objects: readonly Digest[];
}

export interface ItemTools {
  readonly store: Store;
  readonly engine: EngineHost;
  /** Shared by all stages of a run. */
  readonly limit: LimitFunction;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

type Execute = (work: Json, progress: (done: number, note: string) => void) => Promise<ItemResult>;

/** Runs the items of stages that the store does not hold, and stores each as it ends. */
export class ItemRunner {
  /** Two stages may list the same item. */
  readonly #underWay = new Map<Digest, Promise<ItemResult>>();
  readonly #counts = new Map<string, Mutable<ItemCounts>>();
  /** Items that a stage made or found: others share them. */
  readonly #counted = new Set<Digest>();

  constructor(private readonly tools: ItemTools) {}

  /** How the items of a stage went so far; undefined before its first. */
  counts(stage: string): ItemCounts | undefined {
    return this.#counts.get(stage);
  }

  /** Counts the items of a stage that has its output already. */
  countStored({ instance }: PlanNode, kind: ItemsKind, items: readonly StageItem[]): ItemCounts {
    const counts: Mutable<ItemCounts> = { noun: kind.noun, place: kind.place, stored: 0, ran: 0, failed: 0 };
    this.#counts.set(instance, counts);
    for (const { identity } of items) this.#countFound(counts, identity);
    return counts;
  }

  /**
   * @param prepare Brings what the items read onto this machine; called if any must run
   * @returns In the order of the items; null for one that failed
   * @throws {UserError} If no item can run: the engine cannot start, the store cannot be written
   */
  async run(
    node: PlanNode,
    kind: ItemsKind,
    items: readonly StageItem[],
    prepare: () => Promise<void>,
  ): Promise<(ItemResult | null)[]> {
    const results: (ItemResult | null | undefined)[] = await Promise.all(
      items.map(({ identity }) => this.#stored(identity)),
    );
    const stage = node.instance;
    const missing = items.map(({ item }, i) => ({ ...item, i })).filter(({ i }) => results[i] === undefined);
    const { stored } = this.countStored(node, kind, items.filter((_, i) => results[i] !== undefined));
    this.tools.emit({
      type: "stage-started",
      stage,
      items: countItems(kind, stored, missing.map(({ cost }) => cost)),
    });
    if (missing.length > 0) {
      const execute = await this.#executor(kind, prepare);
      await this.#inLimit(inStartOrder(missing), async ({ i }) => {
        results[i] = await this.#attempt(stage, items[i]!, execute);
      });
    }
    return results.map((result) => result ?? null);
  }

  /** Starts the engine before the inputs are prepared, so that the two overlap. */
  async #executor(kind: ItemsKind, prepare: () => Promise<void>): Promise<Execute> {
    if (kind.place === "engine") {
      this.tools.engine.start();
      await prepare();
      return (work, progress) => this.tools.engine.run({ kind: kind.name, work, progress });
    }
    const [run] = await Promise.all([kind.load(), prepare()]);
    return (work, progress) => this.#inThisProcess(run, work, progress);
  }

  async #inThisProcess(run: ItemRun<Json, Json>, work: Json, progress: (done: number, note: string) => void) {
    await new Promise((resolve) => setTimeout(resolve, 0)); // lets the printer and signals in
    const objects = new TrackedObjects(this.tools.store.objects);
    const kept = { states: [], save: () => Promise.resolve() };
    const outcome = await run(work, { objects, signal: this.tools.signal, progress, ...kept });
    return { outcome, objects: [...objects.written] };
  }

  /** Does all under the limit. The first error ends it: what has not started does not start, and the error is thrown. */
  async #inLimit<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
    const errors: unknown[] = [];
    await Promise.all(items.map((item) =>
      this.tools.limit(async () => {
        if (errors.length > 0) return;
        try {
          this.tools.signal.throwIfAborted();
          await work(item);
        } catch (error) {
          errors.push(error);
        }
      })
    ));
    if (errors.length > 0) throw errors[0];
  }

  /** Runs one item; null if it fails. @throws If others cannot run either */
  async #attempt(stage: string, { item, identity }: StageItem, execute: Execute): Promise<ItemResult | null> {
    const { emit, signal } = this.tools;
    const started = performance.now();
    const counts = this.#counts.get(stage)!;
    let isOwn = false;
    emit({ type: "item-started", stage, item: item.id, cost: item.cost });
    try {
      const progress = (done: number, note: string) =>
        emit({ type: "item-progress", stage, item: item.id, done, note });
      const result = await this.#once(identity, () => {
        isOwn = true;
        return execute(item.work, progress);
      });
      if (isOwn) counts.ran += 1;
      else this.#countFound(counts, identity);
      const seconds = (performance.now() - started) / 1000;
      emit({ type: "item-finished", stage, item: item.id, seconds, ...(!isOwn && { stored: true }) });
      return result;
    } catch (error) {
      if (signal.aborted || error instanceof StoreError || error instanceof EngineStartError) throw error;
      counts.failed += 1;
      emit({ type: "item-failed", stage, item: item.id, error: failureOf(error) });
      return null;
    }
  }

  #countFound(counts: Mutable<ItemCounts>, identity: Digest): void {
    counts.stored += 1;
    if (this.#counted.has(identity)) counts.shared = (counts.shared ?? 0) + 1;
    this.#counted.add(identity);
  }

  async #once(identity: Digest, execute: () => Promise<ItemResult>): Promise<ItemResult> {
    const compute = async () =>
      await this.#stored(identity) ?? await this.#computeAndStore(identity, execute);
    const result = this.#underWay.get(identity) ?? compute();
    this.#underWay.set(identity, result);
    try {
      return await result;
    } finally {
      this.#underWay.delete(identity);
    }
  }

  async #computeAndStore(identity: Digest, execute: () => Promise<ItemResult>): Promise<ItemResult> {
    const started = performance.now();
    const { outcome, objects } = await execute();
    const seconds = (performance.now() - started) / 1000;
    const { value } = await this.tools.store.add({ identity, value: outcome, objects, seconds });
    this.#counted.add(identity);
    return { outcome: value, objects };
  }

  async #stored(identity: Digest): Promise<ItemResult | undefined> {
    const found = await this.tools.store.read(identity);
    return found && { outcome: found.value, objects: found.objects };
  }
}

export function failureOf(error: unknown): Failure {
  if (error instanceof UserError) return { message: error.message, help: error.help };
  if (error instanceof Error) return { message: error.message, stack: error.stack };
  return { message: String(error) };
}
