import { UserError } from "../../core/diagnostic.ts";

/** A file of a built-in data set does not hold what it must. */
export function damaged(message: string): UserError {
  return new UserError(
    message,
    "replace the file by the official one, or remove it to have it downloaded again",
  );
}

/** @param what is wrong from this byte on */
export function damagedAt(path: string, offset: number, what: string): UserError {
  return damaged(`Cannot read "${path}" at byte ${offset}: ${what}`);
}
