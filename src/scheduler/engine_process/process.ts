import type { EngineLog, LogPart } from "./log.ts";
import { MemoryMeter } from "./memory.ts";
import { type FromEngine, MessageWriter, readMessages, type ToEngine } from "./protocol.ts";

export interface EngineCommand {
  /** Arguments of `deno` that start the process: `["run", permissions..., module, ...]`. */
  readonly args: readonly string[];
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** An engine process as the head deals with it. */
export interface EngineProcess {
  readonly pid: number;
  /** What it says, to its end. */
  readonly messages: AsyncIterable<FromEngine>;
  /** How it ended, after its last message: "signal SIGKILL", "exit code 1". */
  readonly ended: Promise<string>;
  /** A message that a process does not read any more is dropped. */
  send(message: ToEngine): void;
  /** Ends it at once. */
  kill(): void;
  /** Resident memory in bytes; undefined where it alone can tell. Not to be called again before it has answered. */
  memory(): Promise<number | undefined>;
  /** The end of what it wrote beside its messages. */
  log(): string;
}

/** Starts an engine process. */
export function spawnEngine({ args, env }: EngineCommand, log: EngineLog): EngineProcess {
  const options = { args: [...args], env: { ...env }, clearEnv: true };
  const piped = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const child = new Deno.Command(Deno.execPath(), { ...options, ...piped }).spawn();
  const input = new MessageWriter<ToEngine>(child.stdin);
  const meter = MemoryMeter.of(child.pid);
  const part = log.part();
  const ended = endOf(child, part.record(child.stderr)).finally(async () => {
    await Promise.all([input.close().catch(() => {}), meter?.close()]);
  });
  return {
    pid: child.pid,
    messages: messagesOf(child, part),
    ended,
    send: (message) => void input.write(message).catch(() => {}),
    kill: () => kill(child),
    memory: () => meter?.read() ?? Promise.resolve(undefined),
    log: () => part.tail(),
  };
}

/** A process that writes into its own messages cannot be understood any more: it is ended. */
async function* messagesOf(child: Deno.ChildProcess, log: LogPart): AsyncGenerator<FromEngine> {
  try {
    yield* readMessages<FromEngine>(child.stdout, (text) => void log.add(text));
  } catch (error) {
    await log.add(`Cannot understand the engine process: ${error}\n`);
    kill(child);
  }
}

async function endOf(child: Deno.ChildProcess, logged: Promise<void>): Promise<string> {
  const [{ code, signal }] = await Promise.all([child.status, logged]);
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // it has ended already
  }
}
