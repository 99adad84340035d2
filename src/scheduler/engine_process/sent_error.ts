import { TransientError, UserError } from "../../core/diagnostic.ts";
import type { Digest } from "../../core/digest.ts";
import { DamagedError, StoreError } from "../../store/errors.ts";
import { canPass } from "../retry.ts";

/** A thrown error on its way between the head and the engine process. */
export interface SentError {
  readonly message: string;
  /**
   * user: told as it stands; store: no further result can be stored; passing: it may pass; damaged: the object `digest` is
   * lost; bug: none was foreseen.
   */
  readonly source: "user" | "store" | "passing" | "damaged" | "bug";
  readonly digest?: Digest;
  readonly help?: string;
  readonly stack?: string;
}

export function sentError(error: unknown): SentError {
  const { message, stack } = error instanceof Error ? error : { message: String(error) };
  if (!(error instanceof UserError)) {
    return canPass(error)
      ? { source: "passing", message }
      : { source: "bug", message, ...(stack && { stack }) };
  }
  const { help } = error;
  if (error instanceof DamagedError) return { source: "damaged", message, help, digest: error.digest };
  return { source: sourceOf(error), message, ...(help !== undefined && { help }) };
}

function sourceOf(error: UserError): SentError["source"] {
  if (error instanceof StoreError) return "store";
  return canPass(error) ? "passing" : "user";
}

export function receivedError({ source, message, help, stack, digest }: SentError): Error {
  if (source === "user") return new UserError(message, help);
  if (source === "store") return new StoreError(message, help);
  if (source === "passing") return new TransientError(message, help);
  if (source === "damaged") return new DamagedError(digest!, message, help!);
  const error = new Error(message);
  error.stack = stack;
  return error;
}
