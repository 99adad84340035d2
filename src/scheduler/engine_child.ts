import { UserError } from "../core/diagnostic.ts";
import type { Digest } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import { StoreError } from "../store/errors.ts";
import type { EngineLog } from "./engine_log.ts";
import { type FromEngine, MessageWriter, readLines, type SentError, type ToEngine } from "./protocol.ts";

export interface EngineCommand {
  /** Arguments of `deno` that start the process: `["run", permissions..., module, ...]`. */
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
}

export interface EngineItem {
  readonly kind: string;
  readonly work: Json;
  /** See ItemContext.progress. */
  readonly progress: (done: number, note: string) => void;
}

export interface EngineResult {
  readonly outcome: Json;
  /** The objects that it wrote. */
  readonly objects: readonly Digest[];
}

/** The process ended while items were in it, or before it was ready. */
export class EngineDeath extends Error {
  /** @param cause "signal SIGKILL", "exit code 1" */
  constructor(override readonly cause: string, readonly lastLines: string) {
    super(`The engine process ended with ${cause}`);
  }
}

interface Flight extends EngineItem {
  readonly result: PromiseWithResolvers<EngineResult>;
}

/** One engine process, from its start to its end. */
export class EngineChild {
  /** Resolves when the process takes items; rejects with an EngineDeath if it ends before. */
  readonly ready: Promise<void>;
  readonly #ready = Promise.withResolvers<void>();
  readonly #child: Deno.ChildProcess;
  readonly #input: MessageWriter<ToEngine>;
  readonly #flights = new Map<number, Flight>();
  readonly #ended: Promise<void>;
  #alive = true;
  #lastId = 0;

  /** @param onDeath Called when a process that was ready ends, with the number of items in it, before these reject */
  constructor(
    { args, env }: EngineCommand,
    log: EngineLog,
    onDeath: (death: EngineDeath, items: number) => void,
  ) {
    const options = { args: [...args], env: { ...env }, clearEnv: true };
    this.#child = new Deno.Command(Deno.execPath(), {
      ...options,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    })
      .spawn();
    this.#input = new MessageWriter(this.#child.stdin);
    this.ready = this.#ready.promise;
    this.#ended = this.#follow(log, onDeath);
  }

  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** @throws {EngineDeath} If the process ends before the item does */
  run(item: EngineItem): Promise<EngineResult> {
    const id = ++this.#lastId;
    const flight = { ...item, result: Promise.withResolvers<EngineResult>() };
    this.#flights.set(id, flight);
    const { kind, work } = item;
    this.#input.write({ type: "run", id, kind, work }).catch(() => {}); // its end rejects the item
    return flight.result.promise;
  }

  /** Ends the process at once; the items in it reject. */
  async kill(): Promise<void> {
    if (this.#alive) this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Lets the process end by itself, and ends it if it does not do so soon. */
  async stop(): Promise<void> {
    if (!this.#alive) return;
    this.#input.write({ type: "stop" }).catch(() => {});
    const late = setTimeout(() => this.kill(), 2000);
    await this.#ended;
    clearTimeout(late);
  }

  async #follow(log: EngineLog, onDeath: (death: EngineDeath, items: number) => void): Promise<void> {
    const logged = log.record(this.#child.stderr);
    const wasReady = this.ready.then(() => true, () => false);
    for await (const line of readLines(this.#child.stdout)) {
      const message = readMessage(line);
      if (message === undefined) log.add(`${line}\n`); // native code may write what it likes
      else this.#take(message);
    }
    const { code, signal } = await this.#child.status;
    await logged;
    this.#alive = false;
    await this.#child.stdin.close().catch(() => {});
    const death = new EngineDeath(signal === null ? `exit code ${code}` : `signal ${signal}`, log.tail());
    this.#ready.reject(death);
    if (await wasReady) onDeath(death, this.#flights.size);
    for (const { result } of this.#flights.values()) result.reject(death);
    this.#flights.clear();
  }

  #take(message: FromEngine): void {
    if (message.type === "ready") return this.#ready.resolve();
    const flight = this.#flights.get(message.id)!;
    switch (message.type) {
      case "progress":
        return flight.progress(message.done, message.note);
      case "outcome":
        flight.result.resolve({ outcome: message.outcome, objects: message.objects });
        break;
      case "error":
        flight.result.reject(receivedError(message.error));
        break;
      default:
        return message satisfies never;
    }
    this.#flights.delete(message.id);
  }
}

function readMessage(line: string): FromEngine | undefined {
  try {
    return JSON.parse(line) as FromEngine;
  } catch {
    return undefined;
  }
}

function receivedError({ source, message, help, stack }: SentError): Error {
  if (source === "user") return new UserError(message, help);
  if (source === "store") return new StoreError(message, help);
  const error = new Error(message);
  error.stack = stack;
  return error;
}
