import { syncFolder } from "../core/files.ts";
import { explained } from "./errors.ts";
import { makeFolder } from "./files.ts";
import { encodeLine, type StoredRecord } from "./records.ts";
import { listSegments, type Segment, segmentIn } from "./segments.ts";

/** At most so many records share one sync. */
const BATCH = 64;

/**
 * Appends to one segment, which no other process writes; after a failure to another. Records that come while a write is under way share the next.
 */
export class SegmentWriter {
  #segment: Promise<OpenSegment> | undefined;
  #waiting: { line: string; done: PromiseWithResolvers<void> }[] = [];
  #writing: Promise<void> | undefined;

  /**
   * @param written Called when records are on the disk, before it is told to who appended them
   * @param mustExist Whether the folder above is there as long as nobody deletes it: then it is not made again
   */
  constructor(
    private readonly folder: string,
    private readonly written: (segment: Segment) => void = () => {},
    private readonly mustExist: () => boolean = () => false,
  ) {}

  /** Resolves when the record is on the disk. */
  append(record: StoredRecord): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#waiting.push({ line: encodeLine(record), done });
    this.#writing ??= this.#writeWaiting();
    return done.promise;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#letGo();
  }

  async #writeWaiting(): Promise<void> {
    await Promise.resolve(); // what is added in the same turn belongs to the first batch
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH);
      try {
        const lines = batch.map(({ line }) => line).join("");
        this.written(await explained(`write records into "${this.folder}"`, () => this.#write(lines)));
        for (const { done } of batch) done.resolve();
      } catch (error) {
        for (const { done } of batch) done.reject(error);
      }
    }
    this.#writing = undefined; // in the turn that found nothing waiting: what comes later starts anew
  }

  async #write(lines: string): Promise<Segment> {
    const segment = await this.#opened();
    if (segment.file.statSync().nlink === 0) throw new Deno.errors.NotFound("the segment was deleted");
    try {
      writeAllNow(segment.file, new TextEncoder().encode(lines));
      await segment.file.syncData();
    } catch (error) {
      await this.#letGo(); // it may end in half a line, which would spoil the next: that goes into another segment
      throw error;
    }
    return segment;
  }

  async #letGo(): Promise<void> {
    const segment = this.#segment;
    this.#segment = undefined;
    await segment?.then(({ file }) => file.close(), () => {});
  }

  /** One that could not be opened is tried again with the next record. */
  #opened(): Promise<OpenSegment> {
    this.#segment ??= this.#open().catch((error) => {
      this.#segment = undefined;
      throw error;
    });
    return this.#segment;
  }

  async #open(): Promise<OpenSegment> {
    if (this.mustExist()) await makeFolder(this.folder);
    else await Deno.mkdir(this.folder, { recursive: true });
    const segment = segmentIn(this.folder, newSegmentName(listSegments(this.folder).at(-1)?.name));
    const file = await Deno.open(segment.path, { write: true, createNew: true });
    try {
      await syncFolder(this.folder);
    } catch (error) {
      file.close();
      throw error;
    }
    return { ...segment, file };
  }
}

interface OpenSegment extends Segment {
  readonly file: Deno.FsFile;
}

/** Into the system's memory, which is faster than handing it to a thread; it is the sync that takes time. */
function writeAllNow(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
}

/**
 * The time in seconds and some digits that no other process has. Sorts after `last`, wherever the clock stands: the
 * index is made anew in the order of names, and the earlier of two results under one identity is the one that is read.
 */
export function newSegmentName(last = ""): string {
  const iso = last.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z-.*$/, "$1-$2-$3T$4:$5:$6Z");
  const earliest = (Date.parse(iso) || 0) + 1000;
  const time = new Date(Math.max(Date.now(), earliest)).toISOString().replace(/[-:]|\.\d+/g, "");
  return `${time}-${crypto.randomUUID().slice(0, 8)}`;
}
