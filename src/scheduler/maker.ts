import type { Digest } from "../core/digest.ts";
import { StoreError } from "../store/errors.ts";
import type { Claim, Store } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import type { RunEvent } from "./events.ts";
import { failureOf } from "./failure.ts";
import { backoffSeconds, canPass, RETRIES } from "./retry.ts";
import type { Job, Later } from "./queue/work_queue.ts";

/** One result to be made. */
export interface Making {
  readonly stage: string;
  /** Absent for a stage's own result. */
  readonly item?: string;
  readonly identity: Digest;
  /** What no other may use meanwhile: the states that it goes on from. */
  readonly states?: Digest;
  readonly retries?: number;
  /** Takes the result if it is there; false where it must be made. */
  readonly find: () => Promise<boolean>;
  /** Computes the result, and resolves to what stores it. */
  readonly compute: () => Promise<() => Promise<void>>;
  /** Told why it cannot be made. @throws If the others of its batch are not to start, either */
  readonly fail: (error: unknown) => void;
}

export interface MakerTools {
  readonly store: Store;
  readonly clock: Clock;
  /** Aborted when nothing more is to be computed. */
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  /** Told when nothing more can be stored. */
  readonly onBroken: (error: StoreError) => void;
}

/** How long until one looks again for what another process is making. */
const LOOK_SECONDS = 0.25;

/** How many results are being stored at once: enough for large group commits, few enough for open files and memory. */
const MOST_WRITES = 128;

/**
 * Makes results: each in one process at a time, and by this one once. A result that another makes is set aside and looked
 * for again. Storing goes on beside the next computations. What fails in a way that can pass is tried again.
 */
export class Maker {
  /** What this process makes, until it is stored. */
  readonly #underWay = new Map<Digest, Promise<void>>();
  readonly #writes = new Set<Promise<void>>();

  constructor(private readonly tools: MakerTools) {}

  job(making: Making, { affinity, cost }: Pick<Job, "affinity" | "cost">): Job {
    const history = { tries: 0, hasWaited: false };
    return { affinity, cost, run: () => this.#try(making, history) };
  }

  /** Resolves when all that has been computed is stored, or could not be. */
  async settled(): Promise<void> {
    await Promise.all(this.#writes);
  }

  async #try(making: Making, history: History): Promise<Later | void> {
    const keys = making.states === undefined ? [making.identity] : [making.identity, making.states];
    const other = keys.map((key) => this.#underWay.get(key)).find((one) => one !== undefined);
    if (other !== undefined) return { after: other };
    const taken = this.#take(keys);
    if (taken === undefined) return this.#waitForOther(making, history);
    let isStoring = false;
    try {
      this.tools.store.refresh(); // another process may have made it just before
      if (await making.find()) return;
      history.tries += 1;
      const store = await making.compute();
      isStoring = true;
      await this.#write(() => this.#store(making, store).finally(taken.release));
    } catch (error) {
      return this.#failed(making, history, error);
    } finally {
      if (!isStoring) taken.release();
    }
  }

  /** Undefined while another process has one of them: none is held while one waits for another. */
  #take(keys: readonly Digest[]): Claim | undefined {
    const claims: Claim[] = [];
    const release = () => claims.forEach((claim) => claim.release());
    for (const key of keys) {
      const claim = this.#claim(key, release);
      if (claim === undefined) return void release();
      claims.push(claim);
    }
    const ended = Promise.withResolvers<void>();
    for (const key of keys) this.#underWay.set(key, ended.promise);
    return {
      release: () => {
        release();
        for (const key of keys) this.#underWay.delete(key);
        ended.resolve();
      },
    };
  }

  #claim(key: Digest, releaseOthers: () => void): Claim | undefined {
    try {
      return this.tools.store.claim(key);
    } catch (error) {
      releaseOthers();
      throw this.#told(error);
    }
  }

  #waitForOther({ stage, item }: Making, history: History): Later {
    if (!history.hasWaited) {
      this.tools.emit({ type: "item-waits", stage, ...(item !== undefined && { item }) });
    }
    history.hasWaited = true;
    return { after: this.tools.clock.pause(LOOK_SECONDS, this.tools.signal) };
  }

  #failed(making: Making, history: History, error: unknown): Later | void {
    const { signal } = this.tools;
    if (signal.aborted || error instanceof StoreError) throw this.#told(error);
    if (canPass(error) && history.tries <= (making.retries ?? RETRIES)) {
      return this.#again(making, history, error);
    }
    making.fail(error);
  }

  #again({ stage, item }: Making, { tries: attempt }: History, error: unknown): Later {
    const { clock, emit, signal } = this.tools;
    const seconds = backoffSeconds(attempt, clock.random());
    const told = { stage, ...(item !== undefined && { item }), attempt, seconds, error: failureOf(error) };
    emit({ type: "item-retried", ...told });
    return { after: clock.pause(seconds, signal) };
  }

  /** The error, after it was told if it is one that ends the run. */
  #told(error: unknown): unknown {
    if (error instanceof StoreError) this.tools.onBroken(error);
    return error;
  }

  /** Begins to store, once there is room. */
  async #write(store: () => Promise<void>): Promise<void> {
    const write = store().finally(() => this.#writes.delete(write));
    this.#writes.add(write);
    while (this.#writes.size > MOST_WRITES) await this.#writes.values().next().value;
  }

  /** What was computed is stored even when the run is to end. */
  async #store(making: Making, store: () => Promise<void>): Promise<void> {
    const { clock } = this.tools;
    const never = new AbortController().signal;
    for (let tries = 1;; tries++) {
      try {
        return await store();
      } catch (error) {
        if (!canPass(error) || tries > RETRIES) return making.fail(this.#told(error));
        await clock.pause(backoffSeconds(tries, clock.random()), never);
      }
    }
  }
}

interface History {
  tries: number;
  hasWaited: boolean;
}
