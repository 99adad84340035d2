import type { Digest } from "../../core/digest.ts";
import { Heap } from "./heap.ts";
import { type RecordEntry, total } from "./inventory.ts";
import { neededObjects } from "./needed.ts";

export interface Eviction {
  readonly evicted: ReadonlySet<RecordEntry>;
  /** Of what is left: records and objects. */
  readonly bytes: number;
  /** How many of the evicted ones the last runs need: none, unless the limit could not be met without them. */
  readonly needed: number;
}

/**
 * What to give up so that the rest takes at most `limit` bytes. States go first; then results, those first that are the
 * quickest to compute again for each byte that is freed; what the last runs need goes last. A result that others were put
 * together from goes after them. The same records give the same answer.
 * @param records that are whole @param isLast whether the last runs need a record
 */
export function evict(
  records: Iterable<RecordEntry>,
  limit: number,
  isLast: (record: RecordEntry) => boolean,
): Eviction {
  const kept = new KeptRecords([...records]);
  const evicted = new Set<RecordEntry>();
  const queue = new Heap<Candidate>((a, b) => isBefore(a, b));
  const offer = (record: RecordEntry) => {
    if (!evicted.has(record) && !kept.isPart(record)) queue.push(candidate(record, kept, isLast(record)));
  };
  for (const record of kept.records) offer(record);
  let needed = 0;
  while (kept.bytes > limit) {
    const next = queue.pop();
    if (next === undefined) break;
    const { record, freed } = next;
    if (evicted.has(record) || freed !== kept.freedBy(record)) continue; // offered again since
    evicted.add(record);
    if (next.rank === RANK.last) needed += 1;
    for (const changed of kept.remove(record)) offer(changed);
  }
  return { evicted, bytes: kept.bytes, needed };
}

interface Candidate {
  readonly record: RecordEntry;
  readonly rank: number;
  /** Bytes that go with it. */
  readonly freed: number;
  readonly secondsPerByte: number;
}

const RANK = { state: 0, result: 1, last: 2 } as const;

function candidate(record: RecordEntry, kept: KeptRecords, isLast: boolean): Candidate {
  const freed = kept.freedBy(record);
  const rank = isLast ? RANK.last : record.state === undefined ? RANK.result : RANK.state;
  return { record, rank, freed, secondsPerByte: record.seconds / freed };
}

function isBefore(a: Candidate, b: Candidate): boolean {
  if (a.rank !== b.rank) return a.rank < b.rank;
  if (a.secondsPerByte !== b.secondsPerByte) return a.secondsPerByte < b.secondsPerByte;
  const [one, other] = [a.record, b.record];
  if (one.identity !== other.identity) return one.identity < other.identity;
  return one.time !== other.time ? one.time < other.time : one.place.offset < other.place.offset;
}

/** Which records share objects, and which were put together from which. */
class KeptRecords {
  bytes: number;
  readonly #users = new Map<Digest, Set<RecordEntry>>();
  readonly #wholes = new Map<Digest, number>();
  readonly #byIdentity: ReadonlyMap<Digest, readonly RecordEntry[]>;

  constructor(readonly records: readonly RecordEntry[]) {
    this.bytes = total(records.map(({ place }) => place.length)) + total(neededObjects(records).values());
    this.#byIdentity = Map.groupBy(records, ({ identity }) => identity);
    for (const record of records) {
      for (const [digest] of record.objects) this.#usersOf(digest).add(record);
      for (const part of new Set(record.parts)) this.#wholes.set(part, (this.#wholes.get(part) ?? 0) + 1);
    }
  }

  /** Whether a kept record was put together from this one. */
  isPart({ identity }: RecordEntry): boolean {
    return (this.#wholes.get(identity) ?? 0) > 0;
  }

  /** Bytes of its line, and of objects that no other record needs. */
  freedBy({ place, objects }: RecordEntry): number {
    const own = new Map(objects.filter(([digest]) => this.#usersOf(digest).size === 1));
    return place.length + total(own.values());
  }

  /** @returns The records that can be evicted now, or for another number of bytes */
  remove(record: RecordEntry): RecordEntry[] {
    this.bytes -= this.freedBy(record);
    const changed: RecordEntry[] = [];
    for (const [digest] of record.objects) {
      const users = this.#usersOf(digest);
      users.delete(record);
      if (users.size === 1) changed.push(...users);
    }
    for (const part of new Set(record.parts)) {
      const left = this.#wholes.get(part)! - 1;
      this.#wholes.set(part, left);
      if (left === 0) changed.push(...this.#byIdentity.get(part) ?? []);
    }
    return changed;
  }

  #usersOf(digest: Digest): Set<RecordEntry> {
    const users = this.#users.get(digest);
    if (users !== undefined) return users;
    const none = new Set<RecordEntry>();
    this.#users.set(digest, none);
    return none;
  }
}
