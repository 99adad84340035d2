import { EXIT } from "./command.ts";

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type Signal = keyof typeof SIGNALS;

/**
 * Ctrl-C, the end of the terminal, and whatever else ends a run before it is done: the first time it aborts a signal, the
 * second time it ends the program at once.
 */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #handlers = signalHandlers(() => this.#take());

  /** @param tell Called the first time, with the reason if it was no signal @param leave Called before the program ends at once */
  constructor(private readonly tell: (why?: string) => void, private readonly leave: () => void) {
    for (const [signal, handler] of this.#handlers) Deno.addSignalListener(signal, handler);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** As a first Ctrl-C does, for another reason; nothing where it was interrupted already. */
  interrupt(why?: string): void {
    if (this.signal.aborted) return;
    this.#controller.abort(new DOMException("Interrupted", "AbortError"));
    this.tell(why);
  }

  /** Gives the signals their usual meaning back. */
  end(): void {
    for (const [signal, handler] of this.#handlers) Deno.removeSignalListener(signal, handler);
  }

  #take(): void {
    if (!this.signal.aborted) return this.interrupt();
    this.leave();
    Deno.exit(EXIT.interrupted);
  }
}

/**
 * What each signal does: nothing, where this process was started to ignore it. `nohup` lets a run outlive its terminal, and
 * a script one in the background outlive Ctrl-C, but Deno ends by a signal that nobody listens to even then.
 */
function signalHandlers(take: () => void): [Signal, () => void][] {
  const ignored = ignoredSignals();
  return (Object.keys(SIGNALS) as Signal[]).map((signal) => {
    const isIgnored = (ignored >> BigInt(SIGNALS[signal] - 1) & 1n) === 1n;
    return [signal, isIgnored ? () => {} : take];
  });
}

/**
 * Signals that this process was started to ignore, a bit each. A process may not read its own entry in /proc without
 * all permissions; what it starts inherits them. Elsewhere than on Linux: none.
 */
function ignoredSignals(): bigint {
  if (Deno.build.os !== "linux") return 0n;
  try {
    const { stdout } = new Deno.Command("grep", { args: ["SigIgn", "/proc/self/status"] }).outputSync();
    return BigInt(`0x${new TextDecoder().decode(stdout).split(/\s+/)[1] ?? "0"}`);
  } catch {
    return 0n;
  }
}
