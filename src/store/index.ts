import type { Digest } from "../core/digest.ts";
import { canonicalJson } from "../core/json.ts";
import { Follower } from "./follow.ts";
import { IndexPlace } from "./index_place.ts";
import type { IndexRow } from "./index_row.ts";
import { IN_MEMORY, IndexDamage, IndexTables, OtherVersion, type PlacedRow } from "./index_tables.ts";
import type { Objects } from "./objects.ts";
import { objectsOf, type StoredRecord } from "./records.ts";
import { listSegments, readRecordAt, readSegment, type Segment, segmentIn } from "./segments.ts";

export interface IndexOptions {
  /** Told what is wrong with the index, and with the segments as they are read. */
  readonly warn: (message: string) => void;
  /** Folder for what can be made again; that of core/cache_dir.ts where it is not given. */
  readonly cache?: string;
}

/**
 * Where the records of identities stand: a cache of the segments, on this machine. It may be removed at any time; a
 * damaged one is made anew, and where it cannot be kept in a file, it is kept in memory.
 */
export class Index {
  #tables: IndexTables | undefined;
  #place: IndexPlace | undefined;
  #recovered = 0;
  readonly #folder: string;
  readonly #follower: Follower;

  /** Opens the index of the store at `root`, and reads what was added to its segments. */
  constructor(root: string, private readonly objects: Objects, private readonly options: IndexOptions) {
    this.#folder = `${root}/records`;
    this.#follower = new Follower(this.#folder, objects, options.warn);
    try {
      this.#place = new IndexPlace(root, options.cache);
    } catch (error) {
      this.#goOnInMemory(error);
    }
    try {
      this.refresh();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Rows of the records under an identity, in the order of their adding. */
  rows(identity: Digest): PlacedRow[] {
    return this.#guarded((tables) => tables.rows(identity));
  }

  /** Rows of all records that need an object. */
  rowsWith(object: Digest): { identity: Digest; row: IndexRow }[] {
    return this.#guarded((tables) => tables.rowsWith(object));
  }

  /**
   * The record that a row is about, from its segment.
   * @returns undefined if another stands there, or none: the index is then set right
   */
  record(identity: Digest, row: IndexRow): StoredRecord | undefined {
    const name = this.#guarded((tables) => tables.segmentName(row.segment));
    const segment = segmentIn(this.#folder, name ?? "");
    const record = name === undefined ? undefined : readRecordAt(segment, row);
    if (record !== undefined && record.identity === identity && isAbout(row, record)) return record;
    this.#setRight(identity, row, segment);
  }

  /** Keeps when a row's objects were last written where they were found right. */
  update(identity: Digest, placed: PlacedRow): void {
    this.#guarded((tables) => tables.transaction(() => tables.updateRow(identity, placed)));
  }

  /** Reads what was added to the segments. */
  refresh(): void {
    this.#guarded((tables) => this.#follower.followAll(tables));
  }

  /** Reads what was added to one segment. */
  follow(segment: Segment): void {
    this.#guarded((tables) => this.#follower.follow(tables, segment));
  }

  /** A text that was kept under a key, unless it was given up for others that were used later. */
  note(key: string): string | undefined {
    return this.#guarded((tables) => tables.note(key));
  }

  setNote(key: string, text: string): void {
    this.#guarded((tables) => tables.setNote(key, text));
  }

  /** How the index differs from the segments; reads all of both. */
  audit(): string[] {
    return this.#guarded((tables) => {
      this.#follower.followAll(tables);
      return [...tables.integrity(), ...this.#differences(tables)];
    });
  }

  /** Makes the index anew from the segments. */
  rebuild(): void {
    this.#replace();
    this.refresh();
  }

  close(): void {
    this.#tables?.close();
    this.#tables = undefined;
  }

  /** Does the work on the tables; where these turn out damaged or cannot be used, on new ones. */
  #guarded<Value>(work: (tables: IndexTables) => Value): Value {
    for (;;) {
      try {
        return work(this.#tables ??= this.#open());
      } catch (error) {
        if (!isOfIndex(error) || this.#tables?.path === IN_MEMORY) throw error;
        this.#recover(error);
      }
    }
  }

  #open(): IndexTables {
    try {
      return new IndexTables(this.#place?.current() ?? IN_MEMORY);
    } catch (error) {
      throw isOfIndex(error) ? error : new Unavailable(reason(error));
    }
  }

  #recover(error: unknown): void {
    if (isUnavailable(error) || ++this.#recovered > RECOVERIES) return this.#goOnInMemory(error);
    if (!(error instanceof OtherVersion)) {
      this.options.warn(`Cannot use the store's index: it is damaged (${reason(error)}); it is made anew`);
    }
    this.rebuild();
  }

  #goOnInMemory(error: unknown): void {
    this.options.warn(`Cannot use the store's index: ${reason(error)}; all records are read instead`);
    this.close();
    this.#place = undefined;
    this.refresh();
  }

  #replace(): void {
    const path = this.#tables?.path ?? this.#place?.current();
    this.close();
    if (this.#place === undefined || path === undefined) return;
    try {
      this.#place.successor(path);
    } catch (error) {
      this.#goOnInMemory(error);
    }
  }

  /** First the segment is read again; if the row is there all the same, the index is wrong. */
  #setRight(identity: Digest, wrong: IndexRow, segment: Segment): void {
    this.#guarded((tables) => this.#follower.followAnew(tables, segment));
    const isStillThere = ({ row }: PlacedRow) => row.offset === wrong.offset && row.segment === wrong.segment;
    if (!this.rows(identity).some(isStillThere)) return;
    this.options.warn("Cannot use the store's index: it names a record that is not there; it is made anew");
    this.rebuild();
  }

  #differences(tables: IndexTables): string[] {
    const differences: string[] = [];
    let records = 0;
    for (const segment of listSegments(this.#folder)) {
      const id = tables.segment(segment.name)?.id;
      for (const { record, offset, length } of readSegment(segment)) {
        if (record === undefined) continue;
        records += 1;
        const isThis = ({ row }: PlacedRow) =>
          row.segment === id && row.offset === offset && row.length === length && isAbout(row, record);
        if (!tables.rows(record.identity).some(isThis)) {
          differences.push(`no row for the record at byte ${offset} of "${segment.path}"`);
        }
      }
    }
    const rows = tables.rowCount();
    if (differences.length === 0 && rows !== records) differences.push(`${rows} rows for ${records} records`);
    return differences;
  }
}

/** How often a damaged index is made anew before the file is given up. */
const RECOVERIES = 2;

/** The index cannot have a file. */
class Unavailable extends Error {}

/** Whether a row says of a record what it holds. */
function isAbout(row: IndexRow, record: StoredRecord): boolean {
  const objects = objectsOf(record);
  return row.output === record.output && row.hasValueObject === "object" in record.value &&
    canonicalJson(row.meta) === canonicalJson(record.meta) && row.objectCount === objects.length &&
    objects.every(([digest, size], i) => row.objectDigest(i) === digest && row.objectSize(i) === size);
}

function isOfIndex(error: unknown): boolean {
  return error instanceof IndexDamage || error instanceof OtherVersion || error instanceof Unavailable ||
    ["ERR_SQLITE_ERROR", "ERR_OUT_OF_RANGE"].includes((error as { code?: string }).code ?? "");
}

/** Whether the file cannot be used where it is, whatever it holds. */
function isUnavailable(error: unknown): boolean {
  return error instanceof Unavailable || error instanceof Deno.errors.NotCapable ||
    /locked|is full|readonly|unable to open|disk I\/O/.test(reason(error));
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
