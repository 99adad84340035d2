import pLimit, { type LimitFunction } from "p-limit";
import type { NodeLimits } from "../../compiler/plan.ts";
import { Lane } from "./lane.ts";
import type { Orderable } from "./order.ts";

/** A piece of work that has a slot while it runs. */
export interface Job extends Orderable {
  /** Does it. A job that cannot be done now resolves to what to wait for: it gives its slot back meanwhile. */
  readonly run: () => Promise<Later | void>;
}

export interface Later {
  /** The job waits until this has settled, and is then run again. */
  readonly after: Promise<unknown>;
}

/** Jobs that are alike in all but their affinity and cost: the items of a stage. */
export interface Batch {
  /** Batches of one name share its `concurrency`. */
  readonly stage: string;
  readonly limits: Pick<NodeLimits, "concurrency" | "resources">;
  /** Seconds from its start to the end of the run, along the longest way: see criticalPaths. */
  readonly priority: number;
  /** A short one may go before others: see WorkQueue. */
  readonly isShort: boolean;
  readonly jobs: readonly Job[];
}

/**
 * Runs jobs under limits. Whenever a slot is free it starts the best of those that may start:
 *
 * 1. one of a short batch, unless such a job runs: what takes no time does not wait for hours behind what does;
 * 2. one of the batch with the highest priority;
 * 3. in it one whose affinity a free slot has used last, or one that no slot works on, or any; see `inStartOrder`.
 *
 * A resource goes to whoever is first in this order: a job that waits for one keeps those behind it from all that it
 * takes, so that one that takes much is not passed over for ever. A job takes all of its resources at once, and waits for
 * nothing while it holds them: no two can wait for each other.
 */
export class WorkQueue {
  readonly #limit: LimitFunction;
  /** By priority; equal ones in the order of their coming. */
  readonly #lanes: Lane[] = [];
  readonly #runningOf = new Map<string, number>();
  readonly #taken = new Map<string, number>();
  /** What each slot that is free has worked on last. */
  readonly #free: (string | undefined)[];
  /** How many slots work on each affinity. */
  readonly #inUse = new Map<string, number>();
  #shortRunning = 0;
  /** Whether a ticket waits in `#limit`: it looks for a job when it gets a slot. */
  #hasTicket = false;
  #stopped: { readonly reason: unknown } | undefined;

  /** @param resources Amounts that there are, by name */
  constructor(concurrency: number, private readonly resources: Readonly<Record<string, number>>) {
    this.#limit = pLimit(concurrency);
    this.#free = Array(concurrency).fill(undefined);
  }

  /**
   * Runs all jobs of a batch.
   * @throws The first error that one throws, or the reason of `stop`: after that none of the others starts
   */
  async run(batch: Batch): Promise<void> {
    if (this.#stopped !== undefined) throw this.#stopped.reason;
    this.#checkResources(batch);
    const lane = new Lane(batch);
    const behind = this.#lanes.findIndex((other) => other.batch.priority < batch.priority);
    this.#lanes.splice(behind < 0 ? this.#lanes.length : behind, 0, lane);
    this.#look();
    try {
      await lane.ended;
    } finally {
      this.#lanes.splice(this.#lanes.indexOf(lane), 1);
    }
  }

  /** Nothing starts any more: all batches reject as soon as none of their jobs runs. */
  stop(reason: unknown): void {
    this.#stopped ??= { reason };
    for (const lane of this.#lanes) lane.fail(reason);
  }

  /** Called whenever a job may have become startable. */
  #look(): void {
    if (this.#hasTicket) return;
    this.#hasTicket = true;
    this.#limit(() => this.#useSlot());
  }

  async #useSlot(): Promise<void> {
    this.#hasTicket = false;
    const lane = this.#best();
    if (lane === undefined) return;
    const slot = this.#takeSlot(lane);
    const job = lane.take(slot.wanted, (affinity) => this.#inUse.has(affinity));
    this.#count(lane.batch, job, 1);
    this.#look();
    await this.#runJob(lane, job);
    this.#count(lane.batch, job, -1);
    this.#free.push(job.affinity ?? slot.last);
    this.#look();
  }

  #count({ stage, limits: { resources = {} }, isShort }: Batch, { affinity }: Job, by: 1 | -1): void {
    add(this.#runningOf, stage, by);
    for (const [name, amount] of Object.entries(resources)) add(this.#taken, name, by * amount);
    if (affinity !== undefined) add(this.#inUse, affinity, by);
    if (isShort) this.#shortRunning += by;
  }

  async #runJob(lane: Lane, job: Job): Promise<void> {
    try {
      const later = await job.run();
      if (later === undefined) return lane.end();
      lane.setAside();
      const back = () => (lane.putBack(job), this.#look());
      later.after.then(back, back);
    } catch (error) {
      lane.fail(error);
      lane.end();
    }
  }

  /** The batch whose job is to start next; undefined where none may. */
  #best(): Lane | undefined {
    const kept = new Set<string>();
    for (const lane of this.#ranked()) {
      if (!lane.hasWaiting || this.#isFull(lane.batch)) continue;
      const needs = Object.entries(lane.batch.limits.resources ?? {});
      if (needs.every(([name, amount]) => !kept.has(name) && amount <= this.#left(name))) return lane;
      for (const [name] of needs) kept.add(name);
    }
  }

  *#ranked(): Generator<Lane> {
    if (this.#shortRunning === 0) { for (const lane of this.#lanes) if (lane.batch.isShort) yield lane; }
    yield* this.#lanes;
  }

  #isFull({ stage, limits: { concurrency = Infinity } }: Batch): boolean {
    return (this.#runningOf.get(stage) ?? 0) >= concurrency;
  }

  /** What is free of a resource. Amounts are fractions, too: three times 0.1 fit into 0.3. */
  #left(resource: string): number {
    const all = this.resources[resource]!;
    return all - (this.#taken.get(resource) ?? 0) + 1e-9 * all;
  }

  /** The free slot that fits a batch best: what it has worked on last, and whether there is more of that. */
  #takeSlot(lane: Lane): { readonly last: string | undefined; readonly wanted: string | undefined } {
    const fitting = this.#free.findIndex((last) => last !== undefined && lane.hasAffinity(last));
    const [last] = this.#free.splice(Math.max(0, fitting), 1);
    return { last, wanted: fitting < 0 ? undefined : last };
  }

  /** @throws {RangeError} If the batch could never start */
  #checkResources({ stage, limits: { resources = {} } }: Batch): void {
    for (const [name, amount] of Object.entries(resources)) {
      const all = this.resources[name] ?? 0;
      if (amount > all) {
        throw new RangeError(`Cannot run "${stage}": it takes ${amount} of ${name}, of ${all}`);
      }
    }
  }
}

/** Adds to a count; one that is zero is not kept. */
function add<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  const count = (counts.get(key) ?? 0) + by;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
