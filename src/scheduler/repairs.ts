import type { Digest } from "../core/digest.ts";
import { DamagedError } from "../store/errors.ts";

/** What this run found damaged in the store, and makes again: each once. */
export class Repairs {
  readonly #done = new Set<Digest>();
  readonly #found = new Map<Digest, DamagedError>();

  /** Whether what failed so is run again when all else has ended. */
  takes(error: unknown): boolean {
    if (!(error instanceof DamagedError) || this.#done.has(error.digest)) return false;
    this.#found.set(error.digest, error);
    return true;
  }

  /** What was found since the last call: it is made again now. */
  begin(): DamagedError[] {
    const found = [...this.#found.values()];
    this.#found.clear();
    for (const { digest } of found) this.#done.add(digest);
    return found;
  }
}
