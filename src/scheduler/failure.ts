import { UserError } from "../core/diagnostic.ts";
import { logOf } from "./engine_process/log.ts";
import type { Failure } from "./events.ts";

/** What is told of a failure. */
export function failureOf(error: unknown): Failure {
  const output = logOf(error);
  const told = output === undefined ? {} : { output };
  if (error instanceof UserError) return { message: error.message, help: error.help, ...told };
  if (error instanceof Error) return { message: error.message, stack: error.stack, ...told };
  return { message: String(error) };
}
