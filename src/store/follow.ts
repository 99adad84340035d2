import type { Digest } from "../core/digest.ts";
import { IndexRow } from "./index_row.ts";
import type { FollowedSegment, IndexTables } from "./index_tables.ts";
import type { Objects } from "./objects.ts";
import { objectsOf, type StoredRecord } from "./records.ts";
import { type FileState, fileState } from "./files.ts";
import {
  listSegments,
  readHeadAt,
  readSegment,
  type Segment,
  segmentIn,
  type SegmentLine,
} from "./segments.ts";

/** Brings index tables up to what the segments in a folder hold. Any number of processes may do so at once. */
export class Follower {
  constructor(
    private readonly folder: string,
    private readonly objects: Objects,
    private readonly warn: (message: string) => void,
  ) {}

  /** Reads what was added to the segments; reads no segment that is as it was. Tells which results are lost. */
  followAll(tables: IndexTables): void {
    const gone = tables.segments();
    const dropped: DroppedRows[] = [];
    for (const segment of listSegments(this.folder)) {
      const known = gone.get(segment.name);
      gone.delete(segment.name);
      const state = fileState(segment.path);
      if (isCurrent(known, state)) continue;
      if (known !== undefined && known.size > (state?.size ?? 0)) {
        dropped.push(rowsOf(tables, known, "was cut off"));
      }
      this.follow(tables, segment);
    }
    for (const known of gone.values()) {
      dropped.push(rowsOf(tables, known, "is gone"));
      tables.transaction(() => forget(tables, known.name));
    }
    if (dropped.length > 0 && !this.#isNew()) this.#tellLost(tables, dropped);
  }

  /** In pieces, so that other processes get their turn. */
  follow(tables: IndexTables, segment: Segment): void {
    while (tables.transaction(() => this.#followPiece(tables, segment)));
  }

  /** Reads a segment from its start, whatever was read of it before. */
  followAnew(tables: IndexTables, segment: Segment): void {
    tables.transaction(() => forget(tables, segment.name));
    this.follow(tables, segment);
  }

  /** @returns Whether there is more to read */
  #followPiece(tables: IndexTables, segment: Segment): boolean {
    const state = fileState(segment.path);
    const before = tables.segment(segment.name);
    if (state === undefined) return forget(tables, segment.name);
    if (isCurrent(before, state)) return false;
    const from = before !== undefined && continues(before, segment, state)
      ? before
      : started(tables, segment);
    let { readTo, lines, last, head } = from;
    for (const line of readSegment(segment, from.readTo)) {
      lines += 1;
      readTo = line.offset + line.length;
      [last, head] = [line.offset, line.head];
      if (line.record !== undefined) {
        tables.addRow(line.record.identity, this.#row(from.id, line, line.record));
      } else this.warn(damagedLine(segment, lines));
      if (readTo - from.readTo < PIECE) continue;
      tables.saveSegment({ ...from, readTo, lines, last, head, size: readTo, mtime: state.mtime });
      return true;
    }
    tables.saveSegment({ ...from, readTo, lines, last, head, ...state });
    return false;
  }

  /** Whether the store was deleted as a whole, and nothing is missed in it. */
  #isNew(): boolean {
    return listSegments(this.folder).length === 0 && this.objects.list().next().done === true;
  }

  /** Cleaning moves records from segment to segment: lost is what none holds any more. */
  #tellLost(tables: IndexTables, dropped: readonly DroppedRows[]): void {
    for (const { name, what, identities } of dropped) {
      const lost = identities.filter((identity) => tables.rows(identity).length === 0).length;
      if (lost === 0) continue;
      const results = lost === 1
        ? "1 result that stood in it counts"
        : `${lost} results that stood in it count`;
      this.warn(`"${segmentIn(this.folder, name).path}" ${what}: ${results} as missing`);
    }
  }

  #row(segment: number, { offset, length }: SegmentLine, record: StoredRecord): IndexRow {
    return IndexRow.of({
      segment,
      offset,
      length,
      ...(record.output && { output: record.output }),
      meta: record.meta,
      hasValueObject: "object" in record.value,
      objects: objectsOf(record).map(([digest, size]) => ({
        digest,
        size,
        mtime: this.#wholeSince(digest, size, Date.parse(record.meta.time)),
      })),
    });
  }

  /** An object was whole when its record was made: it is still, if nobody wrote it since. */
  #wholeSince(digest: Digest, size: number, recorded: number): number {
    const state = this.objects.state(digest);
    return state?.size === size && state.mtime <= recorded ? state.mtime : NaN;
  }
}

/** What the index knew of a segment that is not as it was. */
interface DroppedRows {
  readonly name: string;
  readonly what: string;
  readonly identities: readonly Digest[];
}

function rowsOf(tables: IndexTables, { id, name }: FollowedSegment, what: string): DroppedRows {
  return { name, what, identities: tables.identitiesIn(id) };
}

function damagedLine({ path }: Segment, line: number): string {
  return `Cannot read line ${line} of "${path}": it is damaged; its result counts as missing`;
}

/** Bytes of a segment that are read in one transaction: about 0.1 s. */
const PIECE = 4 << 20;

function isCurrent(followed: FollowedSegment | undefined, state: FileState | undefined): boolean {
  return followed !== undefined && followed.size === state?.size && followed.mtime === state.mtime;
}

/** Whether only lines came since: the rows that were made are right. */
function continues(
  { readTo, last, head, size }: FollowedSegment,
  segment: Segment,
  now: FileState,
): boolean {
  return now.size > size && now.size >= readTo && (readTo === 0 || readHeadAt(segment, last) === head);
}

function started(tables: IndexTables, { name }: Segment): FollowedSegment {
  forget(tables, name);
  return { id: tables.addSegment(name), name, readTo: 0, lines: 0, last: 0, head: "", size: 0, mtime: 0 };
}

function forget(tables: IndexTables, name: string): false {
  const known = tables.segment(name);
  if (known !== undefined) {
    tables.removeRowsOf(known.id);
    tables.removeSegment(known.id);
  }
  return false;
}
