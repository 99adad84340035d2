import type { Plan } from "../compiler/plan.ts";
import { UserError } from "../core/diagnostic.ts";
import { digestOf } from "../core/digest.ts";
import type { JsonObject } from "../core/json.ts";
import { FailureLogs } from "../report/failure_logs.ts";
import { RunLog } from "../report/run_log.ts";
import { lastEndedWell } from "../report/run_logs.ts";
import type { RunEvent } from "../scheduler/events.ts";
import type { RunSummary } from "../scheduler/run_summary.ts";

export interface JournalOptions {
  /** `outputs/<pipeline>/logs` */
  readonly folder: string;
  /** What the first line of the log says of the run. */
  readonly about: JsonObject;
  /** The file of the engine process. */
  readonly engineLog: string;
  readonly emit: (event: RunEvent) => void;
}

/**
 * Does a run while its events are kept: what `work` emits goes into the log, and from there to `emit`.
 * @param signal aborted where the run is told to end
 */
export async function journaled<Report extends { readonly summary: RunSummary }>(
  plan: Plan,
  { signal, ...options }: JournalOptions & { readonly signal: AbortSignal },
  work: (emit: (event: RunEvent) => void) => Promise<Report>,
): Promise<Report> {
  const journal = new RunJournal(plan, options);
  const interrupt = () => journal.interrupt();
  signal.addEventListener("abort", interrupt);
  try {
    const report = await work((event) => journal.take(event));
    journal.end(report.summary);
    return report;
  } catch (error) {
    journal.break(error, signal);
    throw error;
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

type ItemFailed = Extract<RunEvent, { type: "item-failed" }>;

/** Stands between a run and those who tell of it: keeps the run's log, and a log of each item that failed. */
export class RunJournal {
  readonly #log: RunLog;
  readonly #failures: FailureLogs;
  readonly #startedItems = new Map<string, number>();
  readonly #retries = new Map<string, number>();
  #failuresWritten = true;

  constructor(private readonly plan: Plan, private readonly options: JournalOptions) {
    const warn = (message: string) => options.emit({ type: "warning", message });
    this.#log = new RunLog(options.folder, { about: options.about, warn });
    this.#failures = new FailureLogs(`${options.folder}/failed`);
  }

  /** Passes an event on; that of an item that failed gains the path of its log. */
  take(event: RunEvent): void {
    const told = event.type === "item-failed" ? this.#withLog(event) : event;
    this.#follow(told);
    this.#log.take(told);
    this.options.emit(told);
  }

  /** The run was told to end. */
  interrupt(): void {
    this.#log.interrupt();
  }

  /** A run in which nothing ran leaves no log, unless the last one did not end well: it is over and done with now. */
  end(summary: RunSummary): void {
    const always = summary.ok && !lastEndedWell(this.options.folder);
    this.#log.end({ type: "finished", ...summary }, { always });
  }

  /** The run ended with an error, or was told to end before any stage ran. */
  break(error: unknown, signal: AbortSignal): void {
    const isAbort = error instanceof DOMException && error.name === "AbortError";
    if (signal.aborted && isAbort) return this.#log.end({ type: "interrupted" });
    const { message, stack } = error instanceof Error ? error : new Error(String(error));
    const more = error instanceof UserError ? { help: error.help } : { stack };
    this.#log.end({ type: "broken", error: { message, ...more } });
  }

  #follow(event: RunEvent): void {
    switch (event.type) {
      case "item-started":
        this.#startedItems.set(`${event.stage}/${event.item}`, performance.now());
        break;
      case "item-retried":
        this.#retries.set(`${event.stage}/${event.item}`, event.attempt);
        break;
      case "item-finished":
        this.#forget(event.stage, event.item);
        this.#tidy(() => this.#failures.remove(event.stage, event.item));
        break;
      case "stage-finished":
        if (event.result.status !== "partial") this.#tidy(() => this.#failures.removeAll(event.stage));
        break;
    }
  }

  #withLog(event: ItemFailed): ItemFailed {
    const { stage, item, error } = event;
    const key = `${stage}/${item}`;
    const seconds = (performance.now() - (this.#startedItems.get(key) ?? performance.now())) / 1000;
    const attempts = 1 + (this.#retries.get(key) ?? 0);
    this.#forget(stage, item);
    try {
      const time = new Date();
      const about = { stage, item, attempts, seconds, time, ...error, ...this.#itemFacts(stage, item) };
      return { ...event, log: this.#failures.write(about) };
    } catch (error) {
      this.#warnOnce((error as Error).message);
      return event;
    }
  }

  /** What decides an item's result, where the plan lists it, and where the engine's log is, where it runs there. */
  #itemFacts(stage: string, id: string) {
    const node = this.plan.nodes.find(({ instance }) => instance === stage);
    const identity = node?.items?.find((item) => item.id === id)?.identity;
    const isInEngine = node?.kind.contract === "items" && node.kind.place === "engine";
    return {
      ...(identity && { identity: digestOf(identity), decidedBy: identity }),
      ...(isInEngine && { engineLog: this.options.engineLog }),
    };
  }

  #forget(stage: string, item: string): void {
    this.#startedItems.delete(`${stage}/${item}`);
    this.#retries.delete(`${stage}/${item}`);
  }

  #tidy(remove: () => void): void {
    try {
      remove();
    } catch (error) {
      this.#warnOnce((error as Error).message);
    }
  }

  #warnOnce(why: string): void {
    if (!this.#failuresWritten) return;
    this.#failuresWritten = false;
    this.take({
      type: "warning",
      message: `Cannot keep the logs of what failed in "${this.options.folder}": ${why}`,
    });
  }
}
