import { UserError } from "../../core/diagnostic.ts";
import { StoreError } from "../../store/errors.ts";
import { EngineDeath, type EngineEnd, type Killing } from "./errors.ts";
import type { EngineItem, EngineResult } from "./item.ts";
import { withLog } from "./log.ts";
import type { EngineProcess } from "./process.ts";
import type { FromEngine } from "./protocol.ts";
import { receivedError, sentError } from "./sent_error.ts";

export interface TimeLimits {
  /** How long a process may take to be ready. */
  readonly startSeconds: number;
  /** How long an item may say nothing: no progress, no state. */
  readonly silenceSeconds: number;
  /** How long an item that is asked to end may take for it; then its process is killed. */
  readonly graceSeconds: number;
}

/** How long a process that has nothing to do may take to end, in milliseconds. */
const LATEST_END = 2000;

interface Flight {
  readonly item: EngineItem;
  readonly result: PromiseWithResolvers<EngineResult>;
  /** When it was given to the process, in milliseconds of `performance.now()`. */
  readonly started: number;
  /** When something was heard of it for the last time. */
  heard: number;
  /** States that are being kept: it waits for the head. */
  saving: number;
  stop?: Stop;
}

/** An item was asked to end. */
interface Stop {
  readonly killing: Killing;
  /** What it rejects with. */
  readonly error: unknown;
  /** When its process is killed. */
  readonly latest: number;
  /** Whether the process has passed it on: it is the item then that does not listen. */
  heard: boolean;
}

/** One engine process and the items in it, from its start to its end. */
export class EngineChild {
  /** Resolves when the process takes items; rejects with an EngineDeath if it ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #flights = new Map<number, Flight>();
  readonly #launched = performance.now();
  #isReady = false;
  #end: EngineEnd | undefined;
  #wanted = false;
  #killing: Killing | undefined;
  #reported: number | undefined;
  #lastId = 0;

  /**
   * @param onEnd Called when the process has ended, before the items in it reject, with those that may have been the
   * reason and the number of the others
   */
  constructor(
    private readonly process: EngineProcess,
    private readonly limits: TimeLimits,
    onEnd: (end: EngineEnd, suspects: readonly EngineItem[], others: number) => void,
  ) {
    this.ready = this.#ready.promise;
    this.ready.catch(() => {}); // told to those who wait
    this.ended = this.#follow(onEnd);
  }

  get pid(): number {
    return this.process.pid;
  }

  /** Whether an item was ever given to it. */
  get used(): boolean {
    return this.#lastId > 0;
  }

  /** Whether items are in it. */
  get busy(): boolean {
    return this.#flights.size > 0;
  }

  /** Resident memory in bytes; undefined if it is not known. */
  async memory(): Promise<number | undefined> {
    return await this.process.memory() ?? this.#reported;
  }

  /** @throws {EngineDeath} If the process ends before the item does, and it is not known whether the item is to blame */
  async run(item: EngineItem): Promise<EngineResult> {
    if (this.#end !== undefined) throw new EngineDeath(this.#end, false);
    const id = ++this.#lastId;
    const { kind, work, states } = item;
    this.process.send({ type: "run", id, kind, work, states });
    const now = performance.now();
    const result = Promise.withResolvers<EngineResult>();
    this.#flights.set(id, { item, result, started: now, heard: now, saving: 0 });
    return await result.promise;
  }

  /** Asks items that are over a limit of time to end, and ends the process if one has not. */
  watch(): void {
    const now = performance.now();
    if (!this.#isReady && now - this.#launched > 1000 * this.limits.startSeconds) {
      const message = `it was not ready after ${this.limits.startSeconds} s`;
      return this.kill({ cause: "timeout", message, help: "" });
    }
    for (const [id, flight] of this.#flights) {
      if (flight.stop !== undefined && now > flight.stop.latest) return this.kill(flight.stop.killing);
      const over = flight.stop === undefined ? this.#overLimit(flight, now) : undefined;
      if (over !== undefined) this.#ask(id, flight, over);
    }
  }

  /** Asks all items to end, and then the process. */
  async interrupt(error: unknown, graceSeconds: number): Promise<void> {
    for (const [id, flight] of this.#flights) this.#ask(id, flight, canceled(error, graceSeconds));
    await this.retire();
  }

  /** Lets the process end once no item is in it; none may be given to it any more. */
  async retire(): Promise<void> {
    await Promise.allSettled([...this.#flights.values()].map(({ result }) => result.promise));
    await this.stop();
  }

  /** Lets the process end by itself, and ends it if it does not do so soon. */
  async stop(): Promise<void> {
    this.#wanted = true;
    this.process.send({ type: "stop" });
    const late = setTimeout(() => this.kill(), this.#isReady ? LATEST_END : 0);
    await this.ended;
    clearTimeout(late);
  }

  /** Ends the process at once. */
  kill(killing?: Killing): void {
    if (killing === undefined) this.#wanted = true;
    else this.#killing ??= killing;
    this.process.kill();
  }

  async #follow(
    onEnd: (end: EngineEnd, suspects: readonly EngineItem[], others: number) => void,
  ): Promise<void> {
    for await (const message of this.process.messages) this.#take(message);
    const end = this.#end = this.#endWith(await this.process.ended);
    const endings = [...this.#flights.values()].map((flight) => ({
      flight,
      error: this.#errorOf(flight, end),
    }));
    const dead = endings.filter(({ error }) => error instanceof EngineDeath);
    const suspects = dead.filter(({ error }) => (error as EngineDeath).suspect);
    onEnd(end, suspects.map(({ flight }) => flight.item), dead.length - suspects.length);
    this.#flights.clear();
    for (const { flight, error } of endings) flight.result.reject(error);
    this.#ready.reject(new EngineDeath(end, false));
  }

  #endWith(cause: string): EngineEnd {
    const [killing, wasReady, wanted] = [this.#killing, this.#isReady, this.#wanted];
    return { cause, killing, wasReady, wanted, log: this.process.log() };
  }

  /**
   * What an item rejects with whose process has ended. Of a process that hung it is known which item is over its limit,
   * but not which one held it up, unless the process still passed on that the item should end.
   */
  #errorOf({ stop }: Flight, end: EngineEnd): unknown {
    if (stop?.killing.cause === "cancel") return stop.error;
    const hung = end.killing !== undefined && end.killing.cause !== "memory";
    if (stop === undefined) return new EngineDeath(end, !hung);
    return hung && (stop.heard || this.#flights.size === 1) ? stop.error : new EngineDeath(end, true);
  }

  #take(message: FromEngine): void {
    if (message.type === "ready") {
      this.#isReady = true;
      return this.#ready.resolve();
    }
    if (message.type === "memory") {
      this.#reported = message.bytes;
      return;
    }
    const flight = this.#flights.get(message.id);
    if (flight === undefined) return; // it has ended
    flight.heard = performance.now();
    switch (message.type) {
      case "progress":
        return flight.item.progress(message.done, message.note);
      case "save":
        return void this.#save(message, flight);
      case "cancelling":
        if (flight.stop !== undefined) flight.stop.heard = true;
        return;
      case "outcome":
        flight.result.resolve({ outcome: message.outcome, objects: message.objects });
        break;
      case "error":
        flight.result.reject(this.#failureOf(flight, receivedError(message.error)));
        break;
      default:
        return message satisfies never;
    }
    this.#flights.delete(message.id);
  }

  /** One that was asked to end fails for that, unless the store cannot keep its state. */
  #failureOf({ stop }: Flight, error: Error): unknown {
    if (stop !== undefined && !(error instanceof StoreError)) return stop.error;
    return withLog(error, this.process.log());
  }

  async #save(
    { id, save, state, lasting }: Extract<FromEngine, { type: "save" }>,
    flight: Flight,
  ): Promise<void> {
    flight.saving += 1;
    try {
      await flight.item.save(state, { lasting });
      this.process.send({ type: "saved", id, save });
    } catch (error) {
      this.process.send({ type: "save-failed", id, save, error: sentError(error) });
    }
    flight.saving -= 1;
    flight.heard = performance.now();
  }

  #ask(id: number, flight: Flight, stop: Stop): void {
    flight.stop = stop;
    this.process.send({ type: "cancel", id });
  }

  #overLimit(
    { item: { timeoutSeconds = Infinity }, started, heard, saving }: Flight,
    now: number,
  ): Stop | undefined {
    const { silenceSeconds, graceSeconds } = this.limits;
    let killing: Killing;
    if (now - started > 1000 * timeoutSeconds) {
      killing = {
        cause: "timeout",
        message: `it took longer than its limit of ${timeoutSeconds} s`,
        help: `set a longer "timeout" for the stage; what it had reached is kept if its kind keeps states`,
      };
    } else if (now - heard > 1000 * silenceSeconds && saving === 0) {
      killing = {
        cause: "silence",
        message: `nothing was heard of it for ${silenceSeconds} s`,
        help: "it hangs, or the machine is too busy: run again to try it once more",
      };
    } else return undefined;
    const error = new UserError(`Cannot wait any longer: ${killing.message}`, killing.help);
    withLog(error, this.process.log());
    return { killing, error, latest: now + 1000 * graceSeconds, heard: false };
  }
}

/** @param error What the item rejects with */
function canceled(error: unknown, graceSeconds: number): Stop {
  const message = `an item did not end within ${graceSeconds} s after it was asked to`;
  const killing: Killing = { cause: "cancel", message, help: "its time limit includes keeping a state" };
  return { killing, error, latest: performance.now() + 1000 * graceSeconds, heard: false };
}
