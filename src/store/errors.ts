import { UserError } from "../core/diagnostic.ts";
import type { Digest } from "../core/digest.ts";
import { fileError } from "../core/file_failure.ts";

/** A failure of the store as a whole: no further result can be stored, so the run ends. */
export class StoreError extends UserError {}

/** What was stored cannot be read any more, and counts as missing from now on: what made it must run again. */
export class DamagedError extends UserError {
  /** @param digest of the object, or the identity of the result, that is lost */
  constructor(readonly digest: Digest, message: string, help: string) {
    super(message, help);
  }
}

/**
 * Awaits `work` and tells what went wrong with the store's files. Failures that may pass by themselves are given on as
 * they are, and so are errors that are no failure of a file system.
 * @param doing Names the action and the thing: `write object 3f… into the store "outputs/store"`
 */
export async function explained<Value>(doing: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, doing, HELP, StoreError);
  }
}

/** `explained` for what is done at once. */
export function explainedNow<Value>(doing: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw fileError(error, doing, HELP, StoreError);
  }
}

const HELP = {
  full: "free some space, then run again: what is stored so far is kept",
  forbidden: "make the folder readable and writable, or name another with --outputs DIR",
  gone: "the store was deleted or moved while it was in use: run again",
  inTheWay: "move it away, or name another folder with --outputs DIR",
  tooLong: "name another folder with --outputs DIR",
};
