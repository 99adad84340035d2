import pLimit from "p-limit";
import type { PlanNode } from "../compiler/plan.ts";
import { type Digest, digestOf } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import type { ItemContext, ItemRun, ItemsKind } from "../core/stage_kind.ts";
import { DamagedError } from "../store/errors.ts";
import type { Store } from "../store/store.ts";
import { countItems } from "./assess.ts";
import type { Clock } from "./clock.ts";
import { type EngineHost, EngineStartError } from "./engine_process/host.ts";
import type { Failure, RunEvent } from "./events.ts";
import { failureOf } from "./failure.ts";
import { ItemStates } from "./item_states.ts";
import type { ItemTally } from "./item_tally.ts";
import type { Maker, Making } from "./maker.ts";
import type { Repairs } from "./repairs.ts";
import type { StageItem } from "./stage_lookup.ts";
import { withTimeout } from "./timeout.ts";
import { TrackedObjects } from "./tracked_objects.ts";
import type { WorkQueue } from "./queue/work_queue.ts";

export interface ItemResult {
  readonly outcome: Json;
  /** The objects that the outcome needs. */
  readonly objects: readonly Digest[];
}

export interface ItemTools {
  readonly store: Store;
  readonly engine: EngineHost;
  readonly queue: WorkQueue;
  readonly maker: Maker;
  readonly repairs: Repairs;
  readonly tally: ItemTally;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  readonly onFailure: () => void;
}

/** All items of a stage. */
export interface ItemBatch {
  readonly node: PlanNode;
  readonly kind: ItemsKind;
  readonly items: readonly StageItem[];
  /** See Batch.priority. */
  readonly priority: number;
  /** Brings what the items read onto this machine; called if any must run. */
  readonly prepare: () => Promise<void>;
}

type Execution = Pick<ItemContext, "progress" | "states" | "save">;
type Execute = (work: Json, execution: Execution) => Promise<ItemResult>;

/** A batch at work. */
interface Working extends ItemBatch {
  /** What was made or found since it began. */
  readonly results: Map<Digest, ItemResult>;
  /** Set when an item met something damaged that is to be made again before it. */
  damage?: unknown;
}

/** Work in this process lets the printer, timers and signals in when it has had the thread for so many milliseconds. */
const BREATH_MS = 10;
/** A head item of no more than so many seconds does not wait behind hours of others. */
const SHORT_SECONDS = 1;
/** How many results are read at once. */
const MOST_READS = 32;

/** Runs the items of stages that the store does not hold, and stores each as it ends. */
export class ItemRunner {
  /** Items that failed in this run: they are not tried again in it. Two stages may list the same one. */
  readonly #failures = new Map<Digest, Failure>();
  readonly #told = new Set<string>();
  #lastBreath = performance.now();

  constructor(private readonly tools: ItemTools) {}

  /**
   * @returns In the order of the items; null for one that failed
   * @throws {UserError} If no item can run: the engine cannot start, the store cannot be written
   * @throws {DamagedError} If something in the store that it needs must be made again first
   */
  async run(batch: ItemBatch): Promise<(ItemResult | null)[]> {
    const working: Working = { ...batch, results: new Map() };
    const missing = this.#begin(working);
    if (missing.length > 0) await this.#make(working, missing);
    if (working.damage !== undefined) throw working.damage;
    const read = pLimit(MOST_READS);
    return await read.map(batch.items, (item) => this.#result(working, item));
  }

  /** Counts the items of a stage, and tells its start. @returns The missing ones */
  #begin({ node: { instance }, kind, items }: Working): StageItem[] {
    const { store, tally, emit } = this.tools;
    const missing: StageItem[] = [];
    tally.begin(instance, kind);
    for (const item of items) {
      if (store.has(item.identity)) tally.found(instance, item.identity);
      else missing.push(item);
    }
    const costs = missing.map(({ item }) => item.cost);
    emit({
      type: "stage-started",
      stage: instance,
      items: countItems(kind, items.length - missing.length, costs),
    });
    return missing;
  }

  async #make(working: Working, missing: readonly StageItem[]): Promise<void> {
    const { node: { stage, limits }, kind, priority } = working;
    const { queue, maker, signal } = this.tools;
    const execute = await this.#executor(working);
    const jobs = missing.map((item) => maker.job(this.#making(working, item, execute), item.item));
    const isShort = kind.place === "head" && missing.every(({ item }) => item.cost <= SHORT_SECONDS);
    await queue.run({ stage, limits, priority, isShort, jobs });
    await maker.settled();
    signal.throwIfAborted();
  }

  /** Starts the engine before the inputs are prepared, so that the two overlap. */
  async #executor({ kind, node: { limits: { timeoutSeconds } }, prepare }: Working): Promise<Execute> {
    const { engine, clock, signal } = this.tools;
    if (kind.place === "engine") {
      engine.start();
      await prepare();
      const limits = timeoutSeconds === undefined ? {} : { timeoutSeconds };
      return (work, execution) => engine.run({ kind: kind.name, work, ...execution, ...limits });
    }
    const [run] = await Promise.all([kind.load(), prepare()]);
    return (work, execution) =>
      withTimeout(
        timeoutSeconds,
        clock,
        signal,
        (signal) => this.#inThisProcess(run, work, { ...execution, signal }),
      );
  }

  async #inThisProcess(
    run: ItemRun<Json, Json>,
    work: Json,
    execution: Execution & Pick<ItemContext, "signal">,
  ): Promise<ItemResult> {
    await this.#breathe();
    const objects = new TrackedObjects(this.tools.store.objects, execution.states);
    const save: ItemContext["save"] = (state, options) => {
      objects.keep(state);
      return execution.save(state, options);
    };
    const outcome = await run(work, { ...execution, save, objects });
    return { outcome, objects: objects.neededBy(outcome) };
  }

  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastBreath < BREATH_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#lastBreath = performance.now();
  }

  #making(working: Working, stageItem: StageItem, execute: Execute): Making {
    const { instance: stage, limits: { retries } } = working.node;
    const { item, identity } = stageItem;
    return {
      stage,
      item: item.id,
      identity,
      ...(item.states && { states: digestOf(item.states) }),
      ...(retries !== undefined && { retries }),
      find: () => this.#find(working, stageItem),
      compute: () => this.#compute(working, stageItem, execute),
      fail: (error) => this.#fail(working, stageItem, error),
    };
  }

  /** Takes what another stage or another process has made meanwhile. */
  async #find(
    { node: { instance: stage }, results }: Working,
    { item, identity }: StageItem,
  ): Promise<boolean> {
    const { tally, emit } = this.tools;
    const failure = this.#failures.get(identity);
    if (failure !== undefined) {
      this.#tellFailure(stage, item.id, failure);
      return true;
    }
    const found = await this.#stored(identity);
    if (found === undefined) return false;
    results.set(identity, found);
    tally.found(stage, identity);
    emit({ type: "item-started", stage, item: item.id, cost: item.cost });
    emit({ type: "item-finished", stage, item: item.id, seconds: 0, stored: true });
    return true;
  }

  async #compute(
    { node: { instance: stage }, results }: Working,
    { item, identity }: StageItem,
    execute: Execute,
  ): Promise<() => Promise<void>> {
    const { store, tally, emit } = this.tools;
    const started = performance.now();
    emit({ type: "item-started", stage, item: item.id, cost: item.cost });
    const states = item.states && await ItemStates.open(store, item.states);
    const result = await execute(item.work, {
      progress: (done, note) => emit({ type: "item-progress", stage, item: item.id, done, note }),
      states: states?.found ?? [],
      save: async (state, { lasting = false } = {}) => await states?.save(state, lasting),
    });
    const seconds = (performance.now() - started) / 1000;
    return async () => {
      const { outcome: value, objects } = result;
      const stored = await store.add({ identity, value, objects, seconds, of: item.identity.record });
      await states?.end();
      results.set(identity, { outcome: stored.value, objects: stored.objects });
      tally.made(stage, identity);
      emit({ type: "item-finished", stage, item: item.id, seconds });
    };
  }

  /** Counts a failure of the item; the others go on. @throws {EngineStartError} If it is none of the item alone */
  #fail(working: Working, { item, identity }: StageItem, error: unknown): void {
    if (error instanceof EngineStartError) throw error;
    if (this.tools.signal.aborted) return; // the run ends for another reason
    const { instance: stage } = working.node;
    const failure = failureOf(error);
    if (this.tools.repairs.takes(error)) {
      working.damage ??= error;
      this.tools.emit({ type: "item-retried", stage, item: item.id, attempt: 1, seconds: 0, error: failure });
      return;
    }
    this.#failures.set(identity, failure);
    this.#tellFailure(stage, item.id, failure);
  }

  #tellFailure(stage: string, item: string, error: Failure): void {
    this.tools.tally.failed(stage, { item, ...error });
    if (this.#told.has(`${stage} ${item}`)) return; // before a repair
    this.#told.add(`${stage} ${item}`);
    this.tools.emit({ type: "item-failed", stage, item, error });
    this.tools.onFailure();
  }

  async #result({ results, node }: Working, { item, identity }: StageItem): Promise<ItemResult | null> {
    if (this.#failures.has(identity)) return null;
    const result = results.get(identity) ?? await this.#stored(identity);
    if (result !== undefined) return result;
    throw new DamagedError(
      identity,
      `Cannot read the result of "${node.instance}/${item.id}": it is no longer in the store`,
      "run again: it is computed anew",
    );
  }

  async #stored(identity: Digest): Promise<ItemResult | undefined> {
    const found = await this.tools.store.read(identity);
    return found && { outcome: found.value, objects: found.objects };
  }
}
