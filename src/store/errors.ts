import { UserError } from "../core/diagnostic.ts";
import type { Digest } from "../core/digest.ts";

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
 * What went wrong with the store's files, for the user. Errors that are no failure of a file system are given back as
 * they are.
 * @param doing Names the action and the thing: `write object 3f… into the store "outputs/store"`
 */
export function storeError(error: unknown, doing: string): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const cause = CAUSES.find(({ is }) => is(error));
  if (cause === undefined) return error;
  return new StoreError(`Cannot ${doing}: ${cause.state}`, cause.help);
}

/** Awaits `work` and tells its failure as `storeError` does. */
export async function explained<Value>(doing: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw storeError(error, doing);
  }
}

/** `explained` for what is done at once. */
export function explainedNow<Value>(doing: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw storeError(error, doing);
  }
}

/** Whether a file system, or Deno, refused to write. */
export function mayNotWrite(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable ||
    hasCode("EROFS", "EACCES", "EPERM")(error);
}

interface Cause {
  readonly is: (error: unknown) => boolean;
  readonly state: string;
  readonly help: string;
}

const CAUSES: readonly Cause[] = [
  {
    is: hasCode("ENOSPC", "EDQUOT"),
    state: "the disk is full",
    help: "free some space, then run again: what is stored so far is kept",
  },
  {
    is: mayNotWrite,
    state: "this process may not write there",
    help: "make the folder writable, or name another with --outputs DIR",
  },
  {
    is: (error) => error instanceof Deno.errors.NotFound,
    state: "its folder is gone",
    help: "the store was deleted or moved while it was in use: run again",
  },
  {
    is: (error) => error instanceof Deno.errors.NotADirectory || hasCode("ENOTDIR", "EEXIST")(error),
    state: "a file stands where a folder is needed",
    help: "move that file away, or name another folder with --outputs DIR",
  },
];

function hasCode(...codes: readonly string[]): (error: unknown) => boolean {
  return (error) => codes.includes((error as { code?: string }).code ?? "");
}
