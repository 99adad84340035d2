import type { Digest } from "../../core/digest.ts";
import { type Inventory, isComplete, type RecordEntry } from "./inventory.ts";

/** What a store must keep: all that these need, too, is kept. */
export interface Roots {
  readonly results: ReadonlySet<Digest>;
  /** By what states are kept under: the results that they are on the way to. */
  readonly states: ReadonlyMap<Digest, ReadonlySet<Digest>>;
}

/** By identity, the records that are of use: of a result the first that is whole, of states all that are. */
export type UsableRecords = ReadonlyMap<Digest, readonly RecordEntry[]>;

/** Records that lack an object count as missing wherever they are read, so they are of no use. */
export function usableRecords({ records, objects }: Pick<Inventory, "records" | "objects">): UsableRecords {
  const usable = new Map<Digest, RecordEntry[]>();
  for (const record of records) {
    if (!isComplete(record, objects)) continue;
    const others = usable.get(record.identity);
    if (others === undefined) usable.set(record.identity, [record]);
    else if (record.state !== undefined && !others.some((other) => isCopy(record, other))) {
      others.push(record);
    }
  }
  return usable;
}

/** The records of the roots, and of all that they were put together from. */
export function neededRecords(usable: UsableRecords, { results, states }: Roots): Set<RecordEntry> {
  const needed = new Set<RecordEntry>();
  const waiting = [...results];
  const seen = new Set(waiting);
  for (let identity = waiting.pop(); identity !== undefined; identity = waiting.pop()) {
    for (const record of usable.get(identity) ?? []) {
      needed.add(record);
      for (const part of record.parts) if (!seen.has(part)) waiting.push(part);
      for (const part of record.parts) seen.add(part);
    }
  }
  for (const [identity, goals] of states) {
    const isUnderWay = [...goals].some((goal) => !usable.has(goal));
    for (const record of usable.get(identity) ?? []) {
      if (record.state === "lasting" || isUnderWay) needed.add(record);
    }
  }
  return needed;
}

/** All objects that records need, each once, with their sizes. */
export function neededObjects(records: Iterable<RecordEntry>): Map<Digest, number> {
  const objects = new Map<Digest, number>();
  for (const record of records) for (const [digest, size] of record.objects) objects.set(digest, size);
  return objects;
}

/** Whether two lines say the same: a clean-up that was killed leaves records in the old segment and in the new one. */
function isCopy(a: RecordEntry, b: RecordEntry): boolean {
  return a.time === b.time && a.seconds === b.seconds && a.place.length === b.place.length;
}
