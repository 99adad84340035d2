import { EXIT } from "./command.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Ctrl-C: the first time it aborts a signal, the second time it ends the program at once. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #handler = () => this.#interrupt();

  /** @param tell Called the first time @param leave Called before the program ends at once */
  constructor(private readonly tell: () => void, private readonly leave: () => void) {
    for (const signal of SIGNALS) Deno.addSignalListener(signal, this.#handler);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Gives the signals their usual meaning back. */
  end(): void {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, this.#handler);
  }

  #interrupt(): void {
    if (this.signal.aborted) {
      this.leave();
      Deno.exit(EXIT.interrupted);
    }
    this.tell();
    this.#controller.abort(new DOMException("Interrupted", "AbortError"));
  }
}
