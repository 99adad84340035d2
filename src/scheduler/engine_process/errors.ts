import { UserError } from "../../core/diagnostic.ts";
import { lastLines, withLog } from "./log.ts";

/** The engine process cannot be started: no item can run in it. */
export class EngineStartError extends UserError {}

/** Why the head ended a process. */
export interface Killing {
  /** timeout, silence: an item went over this limit and did not end when asked; cancel: nor did one for another reason. */
  readonly cause: "timeout" | "silence" | "cancel" | "memory";
  /** What happened, after "the engine process was killed:". */
  readonly message: string;
  readonly help: string;
}

/** How a process ended. */
export interface EngineEnd {
  /** "signal SIGKILL", "exit code 1". */
  readonly cause: string;
  /** Present if the head ended it for what its items did. */
  readonly killing?: Killing;
  /** Whether it took items before. */
  readonly wasReady: boolean;
  /** Whether it was asked to end. */
  readonly wanted: boolean;
  /** The end of what it wrote. */
  readonly log: string;
}

/** The process ended while an item was in it, or before it was ready. */
export class EngineDeath extends Error {
  /** @param suspect Whether the item may have been the reason */
  constructor(readonly end: EngineEnd, readonly suspect: boolean) {
    super(`The engine process ended with ${end.cause}`);
  }
}

/**
 * @param error Of the system, or the death of a process that was never ready
 * @param path of the file with all that the process wrote
 */
export function startError(error: unknown, path: string): EngineStartError {
  return new EngineStartError(
    `Cannot start the engine process: ${error instanceof EngineDeath ? startState(error.end) : error}`,
    `"weft doctor" says what is missing on this machine; all that the process wrote is in "${path}"`,
  );
}

/** The failure of an item whose process died though nothing else was in it. */
export function killerError({ cause, killing, log }: EngineEnd, path: string): UserError {
  if (killing !== undefined) {
    return withLog(new UserError(`The engine process was killed: ${killing.message}`, killing.help), log);
  }
  const error = new UserError(
    `The engine process ended with ${cause} in it, twice${quoteLines(log)}`,
    `${advice(cause)}; all that the process wrote is in "${path}"`,
  );
  return withLog(error, log);
}

function startState({ cause, killing, log }: EngineEnd): string {
  return (killing?.message ?? `it ended with ${cause}`) + quoteLines(log);
}

function quoteLines(log: string): string {
  const lines = lastLines(log);
  return lines === "" ? "" : `; its last lines:\n${lines.replaceAll(/^/gm, "    ")}`;
}

/** SIGKILL comes from outside: as a rule from a kernel that is short of memory. */
function advice(cause: string): string {
  if (cause === "signal SIGKILL") return "the machine may have run out of memory: try a lower --concurrency";
  return "the others are not affected; run again to try it once more";
}
