import { type Digest, isDigest } from "../../core/digest.ts";
import { explainedNow } from "../errors.ts";
import { fileState } from "../files.ts";
import { objectsOf, type StoredRecord } from "../records.ts";
import { listSegments, readSegment, type Segment, type SegmentLine } from "../segments.ts";

/** All that stands in a store's folder, without the values and the bytes of its objects. */
export interface Inventory {
  readonly segments: readonly SegmentEntry[];
  /** In the order in which they are read: of equal identities the first whole one counts. */
  readonly records: readonly RecordEntry[];
  /** Sizes in bytes of the objects that are there. */
  readonly objects: ReadonlyMap<Digest, number>;
  /** Files of writers: those of one that died stay behind. */
  readonly temporary: readonly FileEntry[];
  readonly claims: readonly FileEntry[];
  /** Paths of what stands among the objects and can be none: it is not weft's. */
  readonly strangers: readonly string[];
}

export interface SegmentEntry extends Segment {
  readonly bytes: number;
  /** Numbers, from 1, of lines that hold no record. */
  readonly damaged: readonly number[];
  /** Bytes of a last line without an end: its writer is writing it, or was killed then. */
  readonly torn: number;
}

/** A record and where it stands. */
export interface RecordEntry {
  readonly segment: Segment;
  /** Of its line in the segment. */
  readonly place: Pick<SegmentLine, "offset" | "length">;
  readonly identity: Digest;
  readonly of: string | undefined;
  readonly state: StoredRecord["state"];
  /** The objects that it needs, with their sizes. */
  readonly objects: readonly (readonly [digest: Digest, size: number])[];
  readonly parts: readonly Digest[];
  readonly seconds: number;
  /** ISO 8601, UTC. */
  readonly time: string;
}

export interface FileEntry {
  readonly path: string;
  readonly bytes: number;
}

/**
 * Reads all records and lists all files of the store in `root`: records first, so that objects that they need are listed.
 * @throws {StoreError} If the file system refuses
 */
export function takeInventory(root: string): Inventory {
  return explainedNow(`read the store "${root}"`, () => {
    const records: RecordEntry[] = [];
    const segments = listSegments(`${root}/records`).map((segment) => readEntries(segment, records));
    const { objects, strangers } = listObjects(`${root}/objects`);
    const [temporary, claims] = [filesIn(`${root}/tmp`), filesIn(`${root}/claims`)];
    return { segments, records, objects, strangers, temporary, claims };
  });
}

/** Whether all objects of a record are there with their full sizes. */
export function isComplete({ objects }: RecordEntry, present: Inventory["objects"]): boolean {
  return objects.every(([digest, size]) => present.get(digest) === size);
}

/** Bytes of all files that weft keeps in a store. */
export function sizeOf({ segments, objects, temporary, claims }: Inventory): number {
  return bytesOf([...segments, ...temporary, ...claims]) + total(objects.values());
}

/**
 * Bytes of a store's records and objects, without reading any: quick enough to ask after each run.
 * @throws {StoreError} If the file system refuses
 */
export function bytesOnDisk(root: string): number {
  return explainedNow(
    `read the store "${root}"`,
    () => bytesOf(filesIn(`${root}/records`)) + total(listObjects(`${root}/objects`).objects.values()),
  );
}

export function bytesOf(files: readonly { readonly bytes: number }[]): number {
  return total(files.map(({ bytes }) => bytes));
}

export function total(numbers: Iterable<number>): number {
  let sum = 0;
  for (const number of numbers) sum += number;
  return sum;
}

function readEntries(segment: Segment, records: RecordEntry[]): SegmentEntry {
  const damaged: number[] = [];
  let [read, line] = [0, 0];
  for (const { offset, length, record } of readSegment(segment)) {
    line += 1;
    if (record === undefined) damaged.push(line);
    else records.push(entryOf(record, segment, { offset, length }));
    read = offset + length;
  }
  const bytes = Math.max(read, Deno.statSync(segment.path).size);
  return { ...segment, bytes, damaged, torn: bytes - read };
}

function entryOf(record: StoredRecord, segment: Segment, place: RecordEntry["place"]): RecordEntry {
  const { identity, of, state, parts = [], meta: { seconds, time } } = record;
  return { segment, place, identity, of, state, objects: objectsOf(record), parts, seconds, time };
}

function listObjects(folder: string): Pick<Inventory, "objects" | "strangers"> {
  const objects = new Map<Digest, number>();
  const strangers: string[] = [];
  for (const { name, isDirectory } of entriesOf(folder)) {
    if (!isDirectory) strangers.push(`${folder}/${name}`);
    for (const entry of isDirectory ? entriesOf(`${folder}/${name}`) : []) {
      const path = `${folder}/${name}/${entry.name}`;
      const digest = name + entry.name;
      if (name.length !== 2 || !isDigest(digest) || entry.isDirectory) strangers.push(path);
      else {
        const state = fileState(path);
        if (state !== undefined) objects.set(digest, state.size); // a run may have removed it meanwhile
      }
    }
  }
  return { objects, strangers };
}

/** What a folder holds, by name, less what is hidden: systems leave such files. Nothing where there is no such folder. */
function entriesOf(folder: string): Deno.DirEntry[] {
  try {
    const entries = [...Deno.readDirSync(folder)].filter(({ name }) => !name.startsWith("."));
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** The files of a folder, by name. */
function filesIn(folder: string): FileEntry[] {
  return entriesOf(folder).filter(({ isDirectory }) => !isDirectory).flatMap(({ name }) => {
    const path = `${folder}/${name}`;
    const state = fileState(path); // a run may have removed it meanwhile
    return state === undefined ? [] : [{ path, bytes: state.size }];
  });
}
