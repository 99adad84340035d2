import type { Digest } from "../../core/digest.ts";
import type { RecordEntry } from "./inventory.ts";

/** Results of one sort: of those whose identities are digests of records with one tag. */
export interface Tally {
  /** The tag without its version: `result`, `state`, `measures`, `stage`; undefined where the record does not tell. */
  readonly of: string | undefined;
  readonly results: number;
  /** Of records and objects. An object that several results need counts with the first that is told of. */
  readonly bytes: number;
  /** How long they took to compute. */
  readonly seconds: number;
}

/** @param counted objects that are counted already; those of the records are added */
export function tally(records: Iterable<RecordEntry>, counted = new Set<Digest>()): Tally[] {
  const tallies = new Map<string | undefined, { results: number; bytes: number; seconds: number }>();
  for (const { of, place, objects, seconds } of inOrderOfParts(records)) {
    const sort = of?.replace(/\/\d+$/, "");
    const own = tallies.get(sort) ?? { results: 0, bytes: 0, seconds: 0 };
    tallies.set(sort, own);
    own.results += 1;
    own.seconds += seconds;
    own.bytes += place.length;
    for (const [digest, size] of objects) {
      if (!counted.has(digest)) own.bytes += size;
      counted.add(digest);
    }
  }
  return [...tallies].map(([of, sums]) => ({ of, ...sums }))
    .sort((a, b) => b.bytes - a.bytes || ((a.of ?? "") < (b.of ?? "") ? -1 : 1));
}

/** What others were put together from comes first: its objects are its own. */
function inOrderOfParts(records: Iterable<RecordEntry>): RecordEntry[] {
  return [...records].sort((a, b) => Number(a.parts.length > 0) - Number(b.parts.length > 0));
}
