import type { Digest } from "../core/digest.ts";
import type { Json } from "../core/json.ts";
import type { RecordMeta } from "./records.ts";

/** What is told to the store about a new result. */
export interface NewResult {
  /** Digest of all that decides the value. */
  readonly identity: Digest;
  readonly value: Json;
  /** The objects that the value names. They are in the store already. */
  readonly objects: Iterable<Digest>;
  /** How long it took to compute. */
  readonly seconds: number;
  /** What other results know the value by, where that is not its identity: see core/identity.ts. */
  readonly output?: Digest;
  /** Identities of the results that it was put together from: they are kept as long as it is. */
  readonly parts?: readonly Digest[];
  /** Tag of the record that the identity is the digest of: `result/1`. It tells people what is stored. */
  readonly of?: string;
  /** For a state on the way to a result: interim ones are of no use once that is stored, lasting ones are. */
  readonly state?: "interim" | "lasting";
}

/** What is known of a stored result without reading its content. */
export interface FoundResult {
  readonly output?: Digest;
  readonly objects: readonly Digest[];
  readonly meta: RecordMeta;
}

export interface StoredResult extends FoundResult {
  readonly value: Json;
}
