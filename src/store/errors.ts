import { UserError } from "../core/diagnostic.ts";

/** A failure of the store as a whole: no further result can be stored, so the run ends. */
export class StoreError extends UserError {}

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

interface Cause {
  readonly is: (error: Error) => boolean;
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
    is: (error) =>
      error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable ||
      hasCode("EROFS", "EACCES", "EPERM")(error),
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

function hasCode(...codes: readonly string[]): (error: Error) => boolean {
  return (error) => codes.includes((error as { code?: string }).code ?? "");
}
