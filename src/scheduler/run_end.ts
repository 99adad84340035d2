import type { Budget } from "../compiler/plan.ts";
import type { StoreError } from "../store/errors.ts";
import type { Clock } from "./clock.ts";
import type { RunEvent } from "./events.ts";

/** Why a run ended before all was done. */
export type Ended = "interrupted" | "budget";

/** Ends a run early: from outside, when its budget is spent, or when nothing more can be stored. */
export class RunEnd {
  readonly #controller = new AbortController();
  #ended: Ended | undefined;
  #broken: StoreError | undefined;
  #failures = 0;

  constructor(
    private readonly budget: Budget,
    private readonly clock: Clock,
    private readonly emit: (event: RunEvent) => void,
  ) {}

  /** Aborted when nothing more is to start. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get ended(): Ended | undefined {
    return this.#ended;
  }

  get broken(): StoreError | undefined {
    return this.#broken;
  }

  /** Begins to listen to a signal, and to count the time. */
  watch(interruption: AbortSignal): void {
    const interrupt = () => this.#end("interrupted", interruption.reason);
    if (interruption.aborted) interrupt();
    interruption.addEventListener("abort", interrupt, { signal: this.signal });
    const { minutes } = this.budget;
    if (minutes === undefined) return;
    this.clock.pause(60 * minutes, this.signal).then(
      () => this.#spend(`The run has taken ${minutes} min, which is its budget`),
      () => {},
    );
  }

  /** Counts a failure. */
  failed(): void {
    this.#failures += 1;
    const { maxFailures } = this.budget;
    if (maxFailures === undefined || this.#failures <= maxFailures) return;
    this.#spend(
      maxFailures === 0
        ? "The run ends at its first failure, as it was told to"
        : `The run ends at its failure number ${this.#failures}: ${maxFailures} may fail`,
    );
  }

  /** Nothing more can be stored. */
  fail(error: StoreError): void {
    this.#broken ??= error;
    this.#controller.abort(this.#broken);
  }

  /** The run is over: nothing waits any more. */
  close(): void {
    this.#controller.abort(new DOMException("The run is over", "AbortError"));
  }

  #spend(message: string): void {
    if (this.signal.aborted) return;
    this.emit({ type: "budget-spent", message });
    this.#end("budget", new DOMException(message, "AbortError"));
  }

  #end(how: Ended, reason: unknown): void {
    if (this.signal.aborted) return;
    this.#ended = how;
    this.#controller.abort(reason);
  }
}
