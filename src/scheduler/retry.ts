import { TransientError } from "../core/diagnostic.ts";

/** How often something is tried again, unless its stage says otherwise. */
export const RETRIES = 2;

/** Errors of file systems and of a busy machine that may pass by themselves. */
const PASSING = ["EAGAIN", "EBUSY", "EIO", "EINTR", "ETIMEDOUT", "ESTALE", "ENFILE", "EMFILE"];

/** Whether what failed may succeed if it is tried again. */
export function canPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: string };
  return error instanceof TransientError || PASSING.includes(code ?? "") || canPass(error.cause);
}

/**
 * Seconds to wait before the next try: 1, 2, 4, ..., each times 0.5 to 1.5, so that those that failed together do not all
 * come back together.
 * @param failed How often it has failed: 1 or more
 * @param random Uniform in [0, 1)
 */
export function backoffSeconds(failed: number, random: number): number {
  return 2 ** (failed - 1) * (0.5 + random);
}
