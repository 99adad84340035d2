import type { Digest } from "../core/digest.ts";
import { DamagedError } from "../store/errors.ts";

/** What was found damaged in the store. For each, what met it is done again once. */
export class Repairs {
  readonly #done = new Set<Digest>();
  readonly #found = new Map<Digest, DamagedError>();

  /** Whether what failed so is to be done again. */
  takes(error: unknown): boolean {
    if (!(error instanceof DamagedError) || this.#done.has(error.digest)) return false;
    this.#found.set(error.digest, error);
    return true;
  }

  /** What was found since the last call: what met it is done again now. */
  begin(): DamagedError[] {
    const found = [...this.#found.values()];
    this.#found.clear();
    for (const { digest } of found) this.#done.add(digest);
    return found;
  }
}
