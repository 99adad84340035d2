import { type Digest, isDigest, sha256 } from "../core/digest.ts";
import { syncFolder, writeAll } from "../core/files.ts";
import { canonicalJson, isJsonObject, type Json } from "../core/json.ts";
import { explained } from "./errors.ts";

/** What the store knows about one result. All that varies from run to run stands in `meta`. */
export interface StoredRecord {
  readonly identity: Digest;
  /** The value itself, or the object that holds its canonical JSON, with its size in bytes. */
  readonly value: { readonly inline: Json } | { readonly object: Digest; readonly size: number };
  /** Objects that the value names, and their sizes in bytes. */
  readonly objects: Readonly<Record<Digest, number>>;
  /** What other results know the value by, where that is not the identity. */
  readonly output?: Digest;
  /** Identities of the results that it was put together from. */
  readonly parts?: readonly Digest[];
  readonly meta: RecordMeta;
}

export interface RecordMeta {
  readonly seconds: number;
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly time: string;
}

/** The line of a segment for a record: `{"check":"16 hex digits","record":{...}}` and a line feed. */
export function encodeLine(record: StoredRecord): string {
  const text = canonicalJson(record);
  return `${HEAD}${checksum(text)}${MIDDLE}${text}}\n`;
}

/** The record of a line without its line feed, or undefined if the line is torn or damaged. */
export function decodeLine(line: string): StoredRecord | undefined {
  const start = HEAD.length + CHECK_LENGTH + MIDDLE.length;
  const text = line.slice(start, -1);
  const check = line.slice(HEAD.length, HEAD.length + CHECK_LENGTH);
  if (!line.startsWith(HEAD) || !line.endsWith("}") || checksum(text) !== check) return undefined;
  const record = JSON.parse(text);
  return isJsonObject(record) && isDigest(record.identity) ? record as unknown as StoredRecord : undefined;
}

/**
 * All records of the segments in `folder`, in the order of the segments' names and then of their lines. A torn last
 * line is what a killed writer leaves, and passes silently; a damaged line before it is told to `warn`.
 */
export async function readSegments(folder: string, warn: (message: string) => void): Promise<StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (const name of await segmentNames(folder)) {
    const lines = (await Deno.readTextFile(`${folder}/${name}`)).split("\n");
    const last = lines.length - 1;
    for (const [i, line] of lines.entries()) {
      const record = decodeLine(line);
      if (record !== undefined) records.push(record);
      else if (i < last) {
        warn(`Cannot read line ${i + 1} of "${folder}/${name}": it is damaged; its result counts as missing`);
      }
    }
  }
  return records;
}

/** Appends to one segment, which no other process writes. Records that come while a write is under way share the next. */
export class SegmentWriter {
  #file: Promise<Deno.FsFile> | undefined;
  #waiting: { line: string; done: PromiseWithResolvers<void> }[] = [];
  #writing: Promise<void> | undefined;

  constructor(private readonly folder: string, private readonly name: string) {}

  /** Resolves when the record is on the disk. */
  append(record: StoredRecord): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ line: encodeLine(record), done });
    this.#writing ??= this.#writeWaiting().finally(() => this.#writing = undefined);
    return done.promise;
  }

  async close(): Promise<void> {
    await this.#writing;
    const file = this.#file;
    this.#file = undefined;
    await file?.then((file) => file.close(), () => {});
  }

  async #writeWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      try {
        await explained(
          `write records into "${this.folder}"`,
          () => this.#write(batch.map(({ line }) => line)),
        );
        for (const { done } of batch) done.resolve();
      } catch (error) {
        for (const { done } of batch) done.reject(error);
      }
    }
  }

  async #write(lines: readonly string[]): Promise<void> {
    const file = await (this.#file ??= this.#open());
    const { nlink, size } = await file.stat();
    if (nlink === 0) throw new Deno.errors.NotFound("the segment was deleted");
    try {
      await writeAll(file, new TextEncoder().encode(lines.join("")));
      await file.syncData();
    } catch (error) {
      await file.truncate(size).catch(() => {}); // half a line would spoil the next
      throw error;
    }
  }

  async #open(): Promise<Deno.FsFile> {
    await Deno.mkdir(this.folder, { recursive: true });
    const file = await Deno.open(`${this.folder}/${this.name}.jsonl`, { append: true, create: true });
    await syncFolder(this.folder);
    return file;
  }
}

const HEAD = '{"check":"';
const MIDDLE = '","record":';
const CHECK_LENGTH = 16;

function checksum(text: string): string {
  return sha256(text).slice(0, CHECK_LENGTH);
}

async function segmentNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (entry.isFile && entry.name.endsWith(".jsonl")) names.push(entry.name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // no store yet
  }
  return names.sort();
}
