import { lacksLocks } from "../core/file_lock.ts";
import type { JsonObject } from "../core/json.ts";
import { removeOldLogs, runLogName, runLogNames, timeOf } from "./run_logs.ts";

/** As much of a run's event as its log must know; a line holds all of it. */
export interface LoggedEvent {
  readonly type: string;
  readonly stage?: string;
  readonly item?: string;
  readonly result?: { readonly status: string };
}

export interface RunLogOptions {
  /** What the first line says of the run besides its time. */
  readonly about: JsonObject;
  /** Told what keeps the log from being written: that is no reason to stop. */
  readonly warn: (message: string) => void;
  readonly now?: () => Date;
}

/** A line at least each second while there is something to write. */
const FLUSH_MILLISECONDS = 1000;
/** How far an item is stands in the log so often. */
const PROGRESS_SECONDS = 10;
const KEPT_LOGS = 10;

/**
 * The log of one run in `logs/`: a line that says what was started, the events as they come with the seconds since then,
 * and a line on how it ended. While the run goes on this process holds a lock (flock) on the file, by which any other one,
 * on any machine, can tell it from a run that was killed. Nothing is written before something runs.
 */
export class RunLog {
  readonly #begun = performance.now();
  readonly #started: Date;
  readonly #lines: string[] = [];
  readonly #progress = new Map<string, number>();
  #file: Deno.FsFile | undefined;
  #path = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** It has its last line, or cannot be written. */
  #isOver = false;

  /** @param folder where logs are: `outputs/<pipeline>/logs` */
  constructor(private readonly folder: string, private readonly options: RunLogOptions) {
    this.#started = (options.now ?? (() => new Date()))();
    this.#lines.push(JSON.stringify({ type: "run", started: this.#started.toISOString(), ...options.about }));
  }

  take(event: LoggedEvent): void {
    if (this.#isOver || this.#isTooSoon(event)) return;
    this.#add(event);
    if (this.#file === undefined) return isWork(event) ? this.#flush() : undefined;
    if (STAGE_ENDS.includes(event.type)) this.#flush();
    else this.#flushSoon();
  }

  /** Says at once that the run was told to end: it may not get to say how it ended. */
  interrupt(): void {
    if (this.#isOver || this.#file === undefined) return;
    this.#add({ type: "interrupted" });
    this.#flush();
  }

  /** Writes the last line and lets go of the file. A run in which nothing ran leaves no log, unless `always`. */
  end(last: { readonly type: string; readonly [more: string]: unknown }, { always = false } = {}): void {
    if (!this.#isOver && (this.#file !== undefined || always)) {
      this.#add(last);
      this.#flush();
    }
    this.#close();
  }

  #add(event: { readonly type: string }): void {
    const at = Math.round(performance.now() - this.#begun) / 1000;
    this.#lines.push(JSON.stringify({ at, ...event }));
  }

  #isTooSoon({ type, stage, item }: LoggedEvent): boolean {
    if (type !== "item-progress") return false;
    const key = `${stage}/${item}`;
    const now = performance.now() / 1000;
    if (now - (this.#progress.get(key) ?? -Infinity) < PROGRESS_SECONDS) return true;
    this.#progress.set(key, now);
    return false;
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_MILLISECONDS);
    Deno.unrefTimer(this.#timer);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      this.#file ??= this.#open();
      if (this.#file.statSync().nlink === 0) throw new Error("it was deleted while the run went on");
      writeAllSync(this.#file, this.#lines.splice(0).map((line) => `${line}\n`).join(""));
    } catch (error) {
      this.#close();
      this.options.warn(
        `Cannot write the log of this run in "${this.#path || this.folder}": ${(error as Error).message}`,
      );
    }
  }

  /** Each run's name has a later time than those before: names order the runs, also where the clock went back. */
  #open(): Deno.FsFile {
    const { folder, options: { warn } } = this;
    Deno.mkdirSync(folder, { recursive: true });
    const newest = timeOf(runLogNames(folder).at(-1)) ?? -Infinity;
    const now = this.#started.getTime();
    if (newest > now + CLOCK_TOLERANCE) warn(clockWentBack(newest, now));
    this.#path = `${folder}/${runLogName(Math.max(now, newest + 1))}`;
    const file = Deno.openSync(this.#path, { createNew: true, write: true });
    try {
      lockIfPossible(file);
      removeOldLogs(folder, KEPT_LOGS);
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  #close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#file?.close();
    this.#file = undefined;
  }
}

const STAGE_ENDS: readonly string[] = ["stage-finished", "stage-failed", "stage-skipped"];
/** Milliseconds that two machines' clocks may differ by without a word. */
const CLOCK_TOLERANCE = 60_000;

/** Whether something runs: not that a stage was found stored, or what is told before. */
function isWork({ type, result }: LoggedEvent): boolean {
  return !["started", "warning"].includes(type) &&
    !(type === "stage-finished" && result?.status === "stored");
}

/** What is told where the last run seems to lie ahead. */
export function clockWentBack(last: number, now: number): string {
  const hours = ((last - now) / 3_600_000).toFixed(1);
  return `The last run is dated ${hours} h ahead of now, ${
    new Date(last).toISOString()
  }: the clock of this machine, ` +
    "or of the one that ran it, is wrong";
}

/** Waits for those who look whether the log is held: they are done at once. */
function lockIfPossible(file: Deno.FsFile): void {
  try {
    file.lockSync(true);
  } catch (error) {
    if (!lacksLocks(error)) throw error;
  }
}

function writeAllSync(file: Deno.FsFile, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}
