/** What went wrong with files, for the user: the state found is the same everywhere, what to do about it is not. */
import { UserError } from "./diagnostic.ts";

/** What to do about each failure. One that has none here passes as it is. */
export type FailureHelp = Readonly<Partial<Record<FileFailure, string>>>;

/**
 * - full: of a disk, or what its user may have of it
 * - forbidden: the system or Deno refuses to write, or to read
 * - inTheWay: a file stands where a folder is needed, or the other way round
 * - gone: what is needed is not there
 * - tooLong: a path, or a name in it
 */
export type FileFailure = "full" | "forbidden" | "inTheWay" | "gone" | "tooLong" | "other";

/**
 * A failure of the file system as an error for the user; other errors as they are.
 * @param doing Names the action and the thing: `write "outputs/widths/run.json"`
 */
export function fileError(
  error: unknown,
  doing: string,
  help: FailureHelp,
  Kind: new (message: string, help: string) => UserError = UserError,
): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  const failure = failureOf(error);
  if (failure === undefined) return error;
  const found = help[failure] === undefined ? "other" : failure;
  const what = help[found];
  if (what === undefined) return error;
  const states = doing.startsWith("read ") ? READING : STATES;
  const state = found === "other" ? error.message : states[found];
  return new Kind(`Cannot ${doing}: ${state}`, what);
}

/** Whether the system, or Deno, refuses to write. */
export function mayNotWrite(error: unknown): boolean {
  return failureOf(error) === "forbidden";
}

const STATES: Readonly<Record<Exclude<FileFailure, "other">, string>> = {
  full: "the disk is full",
  forbidden: "this process may not write there",
  inTheWay: "a file stands where a folder is needed, or a folder where a file is",
  gone: "its folder is gone",
  tooLong: "its path is too long",
};

const READING: typeof STATES = {
  ...STATES,
  forbidden: "this process may not read all of it",
  gone: "it is not there",
};

const CODES: Readonly<Record<string, FileFailure>> = {
  ENOSPC: "full",
  EDQUOT: "full",
  EACCES: "forbidden",
  EPERM: "forbidden",
  EROFS: "forbidden",
  ENOTDIR: "inTheWay",
  EISDIR: "inTheWay",
  EEXIST: "inTheWay",
  ENOTEMPTY: "inTheWay",
  ENOENT: "gone",
  ENAMETOOLONG: "tooLong",
};

/** Undefined for what is no failure of a file system: its errors have codes of capitals, those of Node.js an underscore. */
function failureOf(error: unknown): FileFailure | undefined {
  if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.PermissionDenied) {
    return "forbidden";
  }
  if (error instanceof Deno.errors.NotFound) return "gone";
  const { code = "" } = error as { code?: string };
  return CODES[code] ?? (/^E[A-Z0-9]+$/.test(code) ? "other" : undefined);
}
