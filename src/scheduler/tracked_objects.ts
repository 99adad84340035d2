import type { Digest } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import type { ObjectWriter, SavedState } from "../core/stage_kind.ts";

/** Remembers what one computation wrote: the objects that its result needs, less those that are of its states alone. */
export class TrackedObjects implements ObjectWriter {
  readonly written = new Set<Digest>();
  /** Objects of states: the outcome needs those alone that it names. */
  readonly #ofStates: Set<Digest>;

  /** @param states Those that the computation goes on from: what it writes may be in them already */
  constructor(private readonly objects: ObjectWriter, states: readonly SavedState[] = []) {
    this.#ofStates = new Set(states.flatMap(({ objects }) => objects));
  }

  get(digest: Digest): Promise<Uint8Array> {
    return this.objects.get(digest);
  }

  async put(bytes: Uint8Array): Promise<Digest> {
    const digest = await this.objects.put(bytes);
    this.written.add(digest);
    return digest;
  }

  /** Takes note of a state that the computation keeps. */
  keep({ objects }: SavedState): void {
    for (const digest of objects) this.#ofStates.add(digest);
  }

  /** The objects that an outcome needs: what was written for no state, and what it names of states. */
  neededBy(outcome: Json): Digest[] {
    const named = new Set(JSON.stringify(outcome).match(/\b[0-9a-f]{64}\b/g));
    const own = [...this.written].filter((digest) => !this.#ofStates.has(digest));
    return [...own, ...[...this.#ofStates].filter((digest) => named.has(digest))];
  }
}
