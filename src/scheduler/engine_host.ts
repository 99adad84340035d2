import { UserError } from "../core/diagnostic.ts";
import {
  EngineChild,
  type EngineCommand,
  EngineDeath,
  type EngineItem,
  type EngineResult,
} from "./engine_child.ts";
import { EngineLog } from "./engine_log.ts";

export type { EngineItem, EngineResult } from "./engine_child.ts";

export interface EngineOptions extends EngineCommand {
  /** File for what the process writes to standard error; made when the first byte comes. */
  readonly log: string;
}

export type EngineEvent =
  | { readonly type: "engine-started"; readonly pid: number }
  /** The items that were in it are tried again one by one. */
  | { readonly type: "engine-died"; readonly cause: string; readonly retried: number };

/** The engine process cannot be started: no item can run in it. */
export class EngineStartError extends UserError {}

/**
 * Keeps one engine process and gives it items. If the process dies, it is started anew and the items that were in it
 * are tried again one by one: one that dies alone has failed, the others have not.
 */
export class EngineHost {
  readonly #log: EngineLog;
  #child: EngineChild | undefined;
  /** How many items were in a process that died and wait to be tried alone, or are; the others wait for them. */
  #suspects = 0;
  #noSuspects = Promise.withResolvers<void>();
  #turn: Promise<unknown> = Promise.resolve();
  #alone = false;
  #stopped = false;

  constructor(private readonly options: EngineOptions, private readonly emit: (event: EngineEvent) => void) {
    this.#log = new EngineLog(options.log);
  }

  /** Starts the process, if it does not run, without waiting for it. */
  start(): void {
    this.#running().catch(() => {}); // told to the first item
  }

  /** Runs one item. @throws {UserError} If the item fails, or the process dies in it when it is alone */
  async run(item: EngineItem): Promise<EngineResult> {
    let child = await this.#running();
    while (this.#suspects > 0 || !child.alive) {
      if (this.#suspects > 0) await this.#noSuspects.promise;
      child = await this.#running();
    }
    try {
      return await child.run(item);
    } catch (error) {
      if (!(error instanceof EngineDeath) || this.#stopped) throw error;
      return await this.#runAlone(item);
    }
  }

  /** Lets the process end. */
  async stop(): Promise<void> {
    await this.#end((child) => child.stop());
  }

  /** Ends the process at once; the items in it reject. */
  async kill(): Promise<void> {
    await this.#end((child) => child.kill());
  }

  async #end(how: (child: EngineChild) => Promise<void>): Promise<void> {
    this.#stopped = true;
    if (this.#child !== undefined) await how(this.#child);
    await this.#log.close();
  }

  async #running(): Promise<EngineChild> {
    if (this.#stopped) throw new DOMException("The engine was stopped", "AbortError");
    const child = this.#child ??= this.#launch();
    await child.ready.catch((death: EngineDeath) => {
      throw new EngineStartError(
        `Cannot start the engine process: it ended with ${death.cause}${quoteLines(death.lastLines)}`,
        `"weft doctor" says what is missing on this machine; all that the process wrote is in "${this.#log.path}"`,
      );
    });
    return child;
  }

  #launch(): EngineChild {
    const child = new EngineChild(this.options, this.#log, (death, items) => this.#onDeath(death, items));
    child.ready.then(() => this.emit({ type: "engine-started", pid: child.pid }), () => {});
    return child;
  }

  /** Runs before the items of the process reject, so that no other item gets in before they have been tried. */
  #onDeath({ cause }: EngineDeath, items: number): void {
    if (this.#stopped) return;
    this.#child = undefined;
    if (this.#alone) return; // a suspect already
    if (this.#suspects === 0) this.#noSuspects = Promise.withResolvers();
    this.#suspects += items;
    this.emit({ type: "engine-died", cause, retried: items });
  }

  #runAlone(item: EngineItem): Promise<EngineResult> {
    const result = this.#turn.then(() => this.#tryAlone(item));
    this.#turn = result.catch(() => {});
    return result.finally(() => {
      if (--this.#suspects === 0) this.#noSuspects.resolve();
    });
  }

  async #tryAlone(item: EngineItem): Promise<EngineResult> {
    const child = await this.#running();
    this.#alone = true;
    try {
      return await child.run(item);
    } catch (error) {
      if (!(error instanceof EngineDeath) || this.#stopped) throw error;
      throw new UserError(
        `The engine process ended with ${error.cause} in it, twice${quoteLines(error.lastLines)}`,
        `${advice(error.cause)}; all that the process wrote is in "${this.#log.path}"`,
      );
    } finally {
      this.#alone = false;
    }
  }
}

function quoteLines(lines: string): string {
  return lines === "" ? "" : `; its last lines:\n${lines.replaceAll(/^/gm, "    ")}`;
}

/** SIGKILL comes from outside: as a rule from a kernel that is short of memory. */
function advice(cause: string): string {
  if (cause === "signal SIGKILL") return "the machine may have run out of memory: try a lower --concurrency";
  return "the others are not affected; run again to try it once more";
}
