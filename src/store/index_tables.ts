import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type Digest, sha256 } from "../core/digest.ts";
import { IndexRow } from "./index_row.ts";

/** What the index read of a segment. */
export interface FollowedSegment {
  /** In the index; 0 before the segment is in it. */
  readonly id: number;
  readonly name: string;
  /** Bytes of whole lines that were read. */
  readonly readTo: number;
  /** Lines in them. */
  readonly lines: number;
  /** Offset of the last of them, and its first bytes: another file under this name has others there. */
  readonly last: number;
  readonly head: string;
  /** Size and time of the file when it was read. */
  readonly size: number;
  readonly mtime: number;
}

/** A row of the index, and where it stands there. */
export interface PlacedRow {
  readonly id: number;
  readonly row: IndexRow;
}

/** The index holds what it cannot have been given. */
export class IndexDamage extends Error {}

/** Another version of weft made the index. */
export class OtherVersion extends Error {}

/** The tables of an index, in a file or in memory. All errors are those of SQLite, or the two above. */
export class IndexTables {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @param path of a file that create() made, or ":memory:" */
  constructor(readonly path: string) {
    this.#database = new DatabaseSync(path, { timeout: LOCK_TIMEOUT });
    try {
      if (path === IN_MEMORY) this.#database.exec(SCHEMA);
      this.#database.exec("PRAGMA synchronous = NORMAL; PRAGMA cell_size_check = ON");
      const { user_version } = this.#get("PRAGMA user_version") as { user_version: number };
      if (user_version !== VERSION) throw new OtherVersion();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** Makes the file of an empty index, which is whole when this returns. */
  static create(path: string): void {
    const database = new DatabaseSync(path);
    try {
      database.exec(`PRAGMA journal_mode = WAL; ${SCHEMA}`);
    } finally {
      database.close();
    }
  }

  /** All that `work` changes, or nothing; no other process changes the tables meanwhile. */
  transaction<Value>(work: () => Value): Value {
    this.#run("BEGIN IMMEDIATE");
    try {
      const value = work();
      this.#run("COMMIT");
      return value;
    } catch (error) {
      if (this.#database.isTransaction) this.#run("ROLLBACK");
      throw error;
    }
  }

  segments(): Map<string, FollowedSegment> {
    const rows = this.#all(`SELECT ${SEGMENT} FROM segments`);
    return new Map(rows.map((row) => [row.name as string, segmentOf(row)]));
  }

  segment(name: string): FollowedSegment | undefined {
    return this.#all(`SELECT ${SEGMENT} FROM segments WHERE name = ?`, name).map(segmentOf)[0];
  }

  segmentName(id: number): string | undefined {
    const row = this.#get("SELECT name FROM segments WHERE id = ?", id);
    return row?.name as string | undefined;
  }

  /** @returns The segment's number */
  addSegment(name: string): number {
    return Number(this.#run("INSERT INTO segments (name) VALUES (?)", name).lastInsertRowid);
  }

  saveSegment(segment: FollowedSegment): void {
    const { id, readTo, lines, last, head, size, mtime } = segment;
    const sql =
      "UPDATE segments SET read_to = ?, lines = ?, last = ?, head = ?, size = ?, mtime = ?, sum = ? WHERE id = ?";
    this.#run(sql, readTo, lines, last, head, size, mtime, segmentSum(segment), id);
  }

  removeSegment(id: number): void {
    this.#run("DELETE FROM segments WHERE id = ?", id);
  }

  /** Rows of the records under an identity, in the order of their adding. */
  rows(identity: Digest): PlacedRow[] {
    const key = Uint8Array.fromHex(identity);
    return this.#all("SELECT id, row FROM records WHERE identity = ? ORDER BY id", key)
      .map(({ id, row }) => ({ id: id as number, row: rowOf(key, row) }));
  }

  addRow(identity: Digest, row: IndexRow): void {
    const key = Uint8Array.fromHex(identity);
    row.seal(key);
    const sql = "INSERT INTO records (identity, segment, row) VALUES (?, ?, ?)";
    const { lastInsertRowid } = this.#run(sql, key, row.segment, row.bytes);
    for (let i = 0; i < row.objectCount; i++) {
      const use = "INSERT OR IGNORE INTO uses (object, record) VALUES (?, ?)";
      this.#run(use, objectKey(row.objectDigest(i)), Number(lastInsertRowid));
    }
  }

  /** Nothing happens if the row is no longer the one that was read. */
  updateRow(identity: Digest, { id, row }: PlacedRow): void {
    const key = Uint8Array.fromHex(identity);
    const now = this.rows(identity).find((other) => other.id === id)?.row;
    if (now?.check !== row.check) return;
    row.seal(key);
    this.#run("UPDATE records SET row = ? WHERE id = ?", row.bytes, id);
  }

  identitiesIn(segment: number): Digest[] {
    return this.#all("SELECT identity FROM records WHERE segment = ?", segment)
      .map(({ identity }) => (identity as Uint8Array).toHex() as Digest);
  }

  removeRowsOf(segment: number): void {
    this.#run("DELETE FROM uses WHERE record IN (SELECT id FROM records WHERE segment = ?)", segment);
    this.#run("DELETE FROM records WHERE segment = ?", segment);
  }

  /** Rows of all records that need an object. */
  rowsWith(object: Digest): { identity: Digest; row: IndexRow }[] {
    const sql =
      "SELECT identity, row FROM records WHERE id IN (SELECT record FROM uses WHERE object = ?) ORDER BY id";
    return this.#all(sql, objectKey(object))
      .map(({ identity, row }) => ({ identity: identity as Uint8Array, row: rowOf(identity, row) }))
      .filter(({ row }) => row.objects.includes(object))
      .map(({ identity, row }) => ({ identity: identity.toHex() as Digest, row }));
  }

  note(key: string): string | undefined {
    const row = this.#get("SELECT text, sum, used FROM notes WHERE key = ?", key);
    if (row === undefined) return undefined;
    if (row.sum !== noteSum(key, row.text as string)) throw new IndexDamage(`note ${key}`);
    this.#run(`UPDATE notes SET used = ${NEXT_USE} WHERE key = ? AND used < ${NEXT_USE} - 1`, key);
    return row.text as string;
  }

  /** Of notes, only the ones that were used last are kept. */
  setNote(key: string, text: string): void {
    const sql = `INSERT OR REPLACE INTO notes (key, text, sum, used) VALUES (?, ?, ?, ${NEXT_USE})`;
    this.#run(sql, key, text, noteSum(key, text));
    this.#run("DELETE FROM notes WHERE key NOT IN (SELECT key FROM notes ORDER BY used DESC LIMIT ?)", NOTES);
  }

  /** What SQLite itself finds wrong with the file. */
  integrity(): string[] {
    const found = this.#all("PRAGMA integrity_check").map(({ integrity_check }) => String(integrity_check));
    return found.filter((line) => line !== "ok");
  }

  rowCount(): number {
    return this.#get("SELECT count(*) AS rows FROM records")!.rows as number;
  }

  close(): void {
    this.#database.close();
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  #run(sql: string, ...values: Value[]) {
    return this.#statement(sql).run(...values);
  }

  #get(sql: string, ...values: Value[]): Row | undefined {
    return this.#statement(sql).get(...values) as Row | undefined;
  }

  #all(sql: string, ...values: Value[]): Row[] {
    return this.#statement(sql).all(...values) as Row[];
  }
}

export const IN_MEMORY = ":memory:";

type Value = string | number | Uint8Array<ArrayBuffer>;
type Row = Record<string, unknown>;

/** Raised when the tables or the layout of rows change. */
const VERSION = 1;
const NOTES = 100;
/** How long to wait for another process that writes, in milliseconds: it does so for a fraction of a second. */
const LOCK_TIMEOUT = 10_000;
const SEGMENT = "id, name, read_to, lines, last, head, size, mtime, sum";
const NEXT_USE = "(SELECT ifnull(max(used), 0) + 1 FROM notes)";
const SCHEMA = `
  CREATE TABLE segments (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, read_to INTEGER, lines INTEGER,
    last INTEGER, head TEXT, size INTEGER, mtime INTEGER, sum TEXT);
  CREATE TABLE records (id INTEGER PRIMARY KEY, identity BLOB NOT NULL, segment INTEGER NOT NULL, row BLOB NOT NULL);
  CREATE INDEX records_by_identity ON records (identity);
  CREATE TABLE uses (object INTEGER, record INTEGER, PRIMARY KEY (object, record)) WITHOUT ROWID;
  CREATE TABLE notes (key TEXT PRIMARY KEY, text TEXT NOT NULL, sum TEXT NOT NULL, used INTEGER NOT NULL);
  PRAGMA user_version = ${VERSION};`;

function rowOf(identity: unknown, bytes: unknown): IndexRow {
  const row = isBytes(identity) && isBytes(bytes) ? IndexRow.read(identity, bytes) : undefined;
  if (row === undefined) throw new IndexDamage("a row's check differs");
  return row;
}

function isBytes(value: unknown): value is Uint8Array<ArrayBuffer> {
  return value instanceof Uint8Array;
}

function segmentOf({ read_to, sum, ...row }: Row): FollowedSegment {
  const segment = { ...row, readTo: read_to } as unknown as FollowedSegment;
  if (sum !== segmentSum(segment)) throw new IndexDamage(`the check of segment ${segment.name} differs`);
  return segment;
}

function segmentSum({ id, name, readTo, lines, last, head, size, mtime }: FollowedSegment): string {
  return sha256(JSON.stringify([id, name, readTo, lines, last, head, size, mtime])).slice(0, 16);
}

function noteSum(key: string, text: string): string {
  return sha256(`${key} ${text}`).slice(0, 16);
}

/** The first 48 bits: what a number can hold. Objects that agree in them are told apart in their rows. */
function objectKey(object: Digest): number {
  return parseInt(object.slice(0, 12), 16);
}
