import { bytesOf, sizeOf, takeInventory, total } from "./inventory.ts";
import { neededObjects, usableRecords } from "./needed.ts";
import { type Tally, tally } from "./tally.ts";

/** What a store holds. Sizes are in bytes, times of computing in seconds. */
export interface Listing {
  readonly bytes: number;
  /** Of all results. */
  readonly seconds: number;
  readonly results: readonly Tally[];
  readonly segments: number;
  readonly objects: number;
  /** What no result needs. */
  readonly unneeded: {
    /** Damaged lines, and records that lack an object or stand there twice. */
    readonly records: Count;
    readonly objects: Count;
    readonly temporary: Count;
  };
  /** When the first and the last of the results were stored: ISO 8601, UTC; null where there is none. */
  readonly oldest: string | null;
  readonly newest: string | null;
}

export interface Count {
  readonly count: number;
  readonly bytes: number;
}

/** Reads all records of the store in `root`, and of the objects their sizes. Others may use it meanwhile. */
export function listStore(root: string): Listing {
  const inventory = takeInventory(root);
  const { segments, objects, temporary } = inventory;
  const useful = [...usableRecords(inventory).values()].flat();
  const results = tally(useful);
  const needed = neededObjects(useful);
  const times = useful.map(({ time }) => time).sort();
  const lines = inventory.records.length + total(segments.map(({ damaged }) => damaged.length));
  const idle = [...objects].filter(([digest]) => !needed.has(digest));
  return {
    bytes: sizeOf(inventory),
    seconds: total(results.map(({ seconds }) => seconds)),
    results,
    segments: segments.length,
    objects: objects.size,
    unneeded: {
      records: {
        count: lines - useful.length,
        bytes: bytesOf(segments) - total(useful.map(({ place }) => place.length)),
      },
      objects: { count: idle.length, bytes: total(idle.map(([, size]) => size)) },
      temporary: { count: temporary.length, bytes: bytesOf(temporary) },
    },
    oldest: times[0] ?? null,
    newest: times.at(-1) ?? null,
  };
}
