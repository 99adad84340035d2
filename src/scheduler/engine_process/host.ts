import { formatBytes } from "../../core/files.ts";
import { EngineChild, type TimeLimits } from "./child.ts";
import { EngineDeath, type EngineEnd, killerError, type Killing, startError } from "./errors.ts";
import { type EngineItem, type EngineResult, KeptItem } from "./item.ts";
import { EngineLog } from "./log.ts";
import { type EngineCommand, spawnEngine } from "./process.ts";
import { machineMemoryLimits, type MemoryLimits } from "./memory.ts";
import { type Release, SharedLock } from "./shared_lock.ts";

export { EngineStartError } from "./errors.ts";
export type { EngineItem, EngineResult } from "./item.ts";

export interface EngineOptions extends EngineCommand, Partial<TimeLimits> {
  /** File for what the process writes to standard error; made when the first byte comes. */
  readonly log: string;
  /** Absent: shares of what this machine has. */
  readonly memory?: MemoryLimits;
  /** How often its memory and the time of its items are looked at. */
  readonly watchSeconds?: number;
}

export type EngineEvent =
  | { readonly type: "engine-started"; readonly pid: number }
  /** The items that were in it are tried again one by one. */
  | { readonly type: "engine-died"; readonly cause: string; readonly retried: number }
  /** The head ended it; all that was in it is tried again, but for what is known to be the reason. */
  | {
    readonly type: "engine-killed";
    readonly cause: Killing["cause"];
    readonly message: string;
    readonly retried: number;
  }
  /** It uses much memory: another one takes the next items, and it ends once it has none. */
  | { readonly type: "engine-recycled"; readonly bytes: number };

const TIME_LIMITS: TimeLimits = { startSeconds: 60, silenceSeconds: 900, graceSeconds: 10 };
const WATCH_SECONDS = 0.5;
/** How often an item is tried again beside others after a process was killed for another one of them. */
const MOST_RETRIES = 2;

/**
 * Keeps an engine process and gives it items. If the process dies, it is started anew and the items that may have been
 * the reason are tried again, each alone in a process of its own: one that dies alone has failed, the others have not.
 */
export class EngineHost {
  readonly #log: EngineLog;
  readonly #limits: TimeLimits;
  /** Held by each item that is in a process. */
  readonly #lock = new SharedLock();
  /** For each item that is to be tried alone. */
  readonly #turns = new Map<EngineItem, Promise<Release>>();
  /** Those that have not ended. */
  readonly #children = new Set<EngineChild>();
  /** Takes items, unless it could not be started. */
  #current: EngineChild | undefined;
  #watching: ReturnType<typeof setInterval> | undefined;
  #looking: Promise<void> | undefined;
  #memory: Promise<MemoryLimits> | undefined;
  #isTryingAlone = false;
  #stopped = false;

  /** @param spawn Starts a process */
  constructor(
    private readonly options: EngineOptions,
    private readonly emit: (event: EngineEvent) => void,
    private readonly spawn = spawnEngine,
  ) {
    this.#log = new EngineLog(options.log);
    this.#limits = { ...TIME_LIMITS, ...options };
    if (options.memory !== undefined) this.#memory = Promise.resolve(options.memory);
  }

  /** Starts the process, if it does not run, without waiting for it. */
  start(): void {
    this.#running().catch(() => {}); // told to the first item
  }

  /**
   * Runs one item; none of its states is being kept any more when that ends.
   * @throws {UserError} If it fails: by itself, or as it goes over a limit, or as its process dies when nothing else is in it
   * @throws {EngineStartError} If no process can be started
   * @throws {DOMException} An AbortError, if the engine is stopped before
   */
  async run(item: EngineItem): Promise<EngineResult> {
    const kept = new KeptItem(item);
    try {
      for (let retry = 0; retry <= MOST_RETRIES; retry++) {
        const result = await this.#runBesideOthers(kept);
        if (!(result instanceof EngineDeath)) return result;
        if (result.suspect) break;
      }
      return await this.#runAlone(kept);
    } finally {
      await kept.settled();
    }
  }

  /** Asks all items to keep a state and end, and lets the process end then; kills it after the grace time. */
  async interrupt(graceSeconds = this.#limits.graceSeconds): Promise<void> {
    await this.#end((child) => child.interrupt(stoppedError(), graceSeconds));
  }

  /** Lets the process end. */
  async stop(): Promise<void> {
    await this.#end((child) => child.stop());
  }

  /** Ends the process at once; the items in it reject. */
  async kill(): Promise<void> {
    await this.#end((child) => {
      child.kill();
      return child.ended;
    });
  }

  async #end(how: (child: EngineChild) => Promise<void>): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#children].map(how));
    await this.#looking;
    await this.#log.close();
  }

  /** The death of the process, if it ended for something else than the item. */
  async #runBesideOthers(item: KeptItem): Promise<EngineResult | EngineDeath> {
    const release = await this.#lock.join();
    try {
      const child = await this.#running();
      return await child.run(item);
    } catch (error) {
      if (!(error instanceof EngineDeath)) throw error;
      return error;
    } finally {
      release();
    }
  }

  async #runAlone(item: KeptItem): Promise<EngineResult> {
    const turn = this.#turns.get(item) ?? this.#lock.alone();
    this.#turns.delete(item);
    const release = await turn;
    this.#isTryingAlone = true;
    try {
      await item.settled();
      const child = await this.#fresh();
      return await child.run(item);
    } catch (error) {
      if (!(error instanceof EngineDeath)) throw error;
      this.#throwIfStopped();
      throw killerError(error.end, this.#log.path);
    } finally {
      this.#isTryingAlone = false;
      release();
    }
  }

  /** A process that has had no item, when no other one is left. */
  async #fresh(): Promise<EngineChild> {
    await Promise.all([...this.#children].filter(({ used }) => used).map((child) => child.stop()));
    return await this.#running();
  }

  async #running(): Promise<EngineChild> {
    while (this.#current === undefined && this.#children.size > 1) { // a third one would be too many
      await Promise.race([...this.#children].map(({ ended }) => ended));
    }
    this.#throwIfStopped();
    try {
      const child = this.#current ??= this.#launch();
      await child.ready;
      return child;
    } catch (error) {
      this.#throwIfStopped();
      throw startError(error, this.#log.path);
    }
  }

  #launch(): EngineChild {
    const process = this.spawn(this.options, this.#log);
    const child: EngineChild = new EngineChild(
      process,
      this.#limits,
      (end, suspects, others) => this.#onEnd(child, end, suspects, others),
    );
    this.#children.add(child);
    this.#watching ??= setInterval(() => this.#watch(), 1000 * (this.options.watchSeconds ?? WATCH_SECONDS));
    child.ready.then(() => this.emit({ type: "engine-started", pid: child.pid }), () => {});
    return child;
  }

  /** Runs before the items of the process reject, so that no other item gets in before the suspects have been tried. */
  #onEnd(child: EngineChild, end: EngineEnd, suspects: readonly EngineItem[], others: number): void {
    this.#children.delete(child);
    if (this.#current === child && end.wasReady) this.#current = undefined;
    if (this.#children.size === 0) {
      clearInterval(this.#watching);
      this.#watching = undefined;
    }
    if (this.#stopped || end.wanted || !end.wasReady || this.#isTryingAlone) return;
    for (const item of suspects) this.#turns.set(item, this.#lock.alone());
    const { cause, killing } = end;
    const retried = suspects.length + others;
    if (killing === undefined) this.emit({ type: "engine-died", cause, retried });
    else this.emit({ type: "engine-killed", cause: killing.cause, message: killing.message, retried });
  }

  #watch(): void {
    for (const child of this.#children) child.watch();
    const isBusy = [...this.#children].some(({ busy }) => busy);
    if (isBusy) this.#looking ??= this.#watchMemory().finally(() => this.#looking = undefined);
  }

  /** Of two processes the larger one is killed if they need too much together. */
  async #watchMemory(): Promise<void> {
    const { recycleBytes, killBytes } = await (this.#memory ??= machineMemoryLimits());
    const looks = [...this.#children].map(async (child) => ({ child, bytes: await child.memory() ?? 0 }));
    const uses = (await Promise.all(looks)).sort((a, b) => b.bytes - a.bytes);
    const total = uses.reduce((sum, { bytes }) => sum + bytes, 0);
    if (total > killBytes) return uses[0]!.child.kill(outOfMemory(total, killBytes));
    for (const { child, bytes } of uses) {
      if (child === this.#current && bytes > recycleBytes) this.#recycle(child, bytes);
    }
  }

  #recycle(child: EngineChild, bytes: number): void {
    this.#current = undefined;
    this.emit({ type: "engine-recycled", bytes });
    child.retire();
  }

  #throwIfStopped(): void {
    if (this.#stopped) throw stoppedError();
  }
}

function outOfMemory(bytes: number, limit: number): Killing {
  return {
    cause: "memory",
    message: `it used ${formatBytes(bytes)} of memory, more than the limit of ${formatBytes(limit)}`,
    help:
      "the limit keeps the machine from running out of memory: use a machine with more, or a smaller item",
  };
}

function stoppedError(): DOMException {
  return new DOMException("The engine was stopped", "AbortError");
}
