import { UserError } from "../core/diagnostic.ts";
import type { Digest } from "../core/digest.ts";
import type { Held } from "../core/file_lock.ts";
import { canonicalJson, type Json } from "../core/json.ts";
import { explained, explainedNow, StoreError } from "./errors.ts";
import { fileState } from "./files.ts";
import { Index } from "./index.ts";
import type { IndexRow } from "./index_row.ts";
import type { PlacedRow } from "./index_tables.ts";
import { Objects } from "./objects.ts";
import type { StoredRecord } from "./records.ts";
import type { FoundResult, NewResult, StoredResult } from "./results.ts";
import { SegmentWriter } from "./segment_writer.ts";
import { listSegments, type Segment } from "./segments.ts";
import { StoreLocks } from "./store_locks.ts";

export type { RecordMeta } from "./records.ts";
export type { FoundResult, NewResult, StoredResult } from "./results.ts";

/** Values whose canonical JSON has more UTF-16 units than this become objects. */
export const INLINE_LIMIT = 4096;

/** The making of one result, taken by its holder: others wait for it. It ends with the process, however that dies. */
export type Claim = Held;

export interface StoreOptions {
  /** Told what is wrong with the store's files where reading goes on without them. */
  readonly warn?: (message: string) => void;
  /** A run keeps others from removing results while the store is open; "read" is the default. */
  readonly use?: "run" | "read";
  /** Ends the waiting for the store's lock. */
  readonly signal?: AbortSignal;
  /** Folder for the index; that of core/cache_dir.ts where it is not given. */
  readonly cache?: string;
}

/** Results by identity. Records are the truth; an object or a record is there whole or not at all. */
export class Store {
  readonly objects: Objects;
  readonly #warn: (message: string) => void;
  readonly #locks: StoreLocks;
  readonly #forgotten = new Set<Digest>();
  readonly #writer: SegmentWriter;
  /** What messages say of a failure to read. */
  readonly #reading: string;
  /** Undefined as long as there is no store. */
  #index: Index | undefined;
  #refreshed = performance.now();
  #lock: Held | undefined;

  private constructor(readonly root: string, private readonly options: StoreOptions) {
    this.#warn = options.warn ?? (() => {});
    this.#reading = `read the store "${root}"`;
    this.objects = new Objects(root, this.#warn);
    this.#locks = new StoreLocks(root, this.#warn);
    this.#writer = new SegmentWriter(
      `${root}/records`,
      (segment) => this.#openIndex().follow(segment),
      () => this.#lock !== undefined,
    );
  }

  /** Opens the store in `root`. Unless it is for a run, nothing is made there before the first result. */
  static async open(root: string, options: StoreOptions = {}): Promise<Store> {
    const store = new Store(root, options);
    try {
      if (options.use === "run") {
        store.#lock = await store.lockShared(options.signal);
        explainedNow(store.#reading, () => store.objects.removeAbandoned());
      }
      store.refresh();
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /** Whether a result is stored and all of its objects are whole. Reads none that is as it was when it was written. */
  has(identity: Digest): boolean {
    return this.#find(identity) !== undefined;
  }

  /** What is known of a result, or undefined where has() says no. */
  find(identity: Digest): FoundResult | undefined {
    const placed = this.#find(identity);
    return placed && found(placed.row);
  }

  /** A result, or undefined where it is missing. One whose value turns out damaged is missing, with a warning. */
  read(identity: Digest): Promise<StoredResult | undefined> {
    return explained(this.#reading, async () => {
      for (let tries = 0; tries < READ_TRIES; tries++) {
        const placed = this.#find(identity);
        if (placed === undefined) return undefined;
        const result = await this.#read(identity, placed);
        if (result !== undefined) return result;
      }
    });
  }

  /** From now on the results under an identity count as missing here, until one is added: it is made anew. */
  forget(identity: Digest): void {
    this.#forgotten.add(identity);
  }

  /** All results under one identity that are whole: states that were kept on the way, in the order of their adding. */
  readAll(identity: Digest): Promise<StoredResult[]> {
    return explained(this.#reading, async () => {
      if (this.#find(identity) === undefined) return [];
      const whole = this.#rows(identity).filter((placed) => this.#isWhole(identity, placed));
      const results = await Promise.all(whole.map((placed) => this.#read(identity, placed)));
      return results.filter((result) => result !== undefined);
    });
  }

  /** Stores a result and gives it back as it will be read; it is durable when the promise resolves. */
  async add(
    { identity, value, objects, seconds, output, parts, of, state }: NewResult,
  ): Promise<StoredResult> {
    const first = this.#forgotten.delete(identity) && state === undefined && await this.read(identity);
    if (first) return this.#compared(first, { identity, value, output });
    const text = canonicalJson(value);
    const sizes = this.#sizes([...new Set(objects)].sort());
    const packed = await this.#pack(text);
    const meta = { seconds, host: Deno.hostname(), time: new Date().toISOString() };
    await this.#writer.append({
      identity,
      value: packed,
      objects: sizes,
      meta,
      ...(output && { output }),
      ...(parts && { parts }),
      ...(of && { of }),
      ...(state && { state }),
    });
    return {
      ...(output && { output }),
      objects: Object.keys(sizes) as Digest[],
      meta,
      value: JSON.parse(text),
    };
  }

  /**
   * Takes the making of a result; undefined while another has it, in this process or in another.
   * @throws {StoreError} If the store cannot be written
   */
  claim(identity: Digest): Claim | undefined {
    return this.#locks.claim(identity);
  }

  /**
   * Removes the results under an identity that name none but these objects, so that they count as missing: what no
   * other result needs of their objects is removed.
   */
  async discard(identity: Digest, objects: readonly Digest[]): Promise<void> {
    const index = this.#index;
    if (index === undefined) return;
    const given = new Set(objects);
    const isDiscarded = (row: IndexRow) => row.namedObjects.every((digest) => given.has(digest));
    const needed = index.rows(identity).filter(({ row }) => isDiscarded(row)).flatMap(({ row }) =>
      row.objects
    );
    await this.objects.remove(
      needed.filter((digest) =>
        index.rowsWith(digest).every((other) => other.identity === identity && isDiscarded(other.row))
      ),
    );
  }

  /** A text that was kept under a key on this machine; it may be gone at any time. */
  note(key: string): string | undefined {
    return this.#index?.note(key);
  }

  /** Keeps a text on this machine. Of many, those that were used last are kept. */
  setNote(key: string, text: string): void {
    this.#index?.setNote(key, text);
  }

  /** Reads what other processes have stored since. A result that is missing has it done, ten times a second at most. */
  refresh(): void {
    this.#refreshed = performance.now();
    explainedNow(this.#reading, () => {
      if (this.#index !== undefined) this.#index.refresh();
      else if (fileState(this.root) !== undefined) this.#openIndex();
    });
  }

  segments(): Segment[] {
    return listSegments(`${this.root}/records`);
  }

  /** How the index differs from the segments; reads all of both. */
  auditIndex(): string[] {
    return this.#index?.audit() ?? [];
  }

  rebuildIndex(): void {
    this.#index?.rebuild();
  }

  /** For a run: waits while results are being removed. */
  lockShared(signal?: AbortSignal): Promise<Held> {
    return this.#locks.shared(signal);
  }

  /** For what removes results. @throws {StoreError} If a run is using the store, or it cannot be written */
  lockExclusive(): Held {
    return this.#locks.exclusive();
  }

  async close(): Promise<void> {
    await this.#writer.close();
    this.#index?.close();
    this.#index = undefined;
    this.#lock?.release();
    this.#lock = undefined;
  }

  #openIndex(): Index {
    const { cache } = this.options;
    return this.#index ??= new Index(this.root, this.objects, { warn: this.#warn, ...(cache && { cache }) });
  }

  /** Of two results of one identity the first stays: others may have been made of it. */
  #compared(first: StoredResult, made: Pick<NewResult, "identity" | "value" | "output">): StoredResult {
    if (first.output !== made.output || canonicalJson(first.value) !== canonicalJson(made.value)) {
      this.#warn(
        `Result ${made.identity} came out differently than the one that is stored, which stays: ` +
          "what computes it is not deterministic",
      );
    }
    return first;
  }

  /** The first of the identity's records that is whole. */
  #find(identity: Digest): PlacedRow | undefined {
    if (this.#forgotten.has(identity)) return undefined;
    const isWhole = (placed: PlacedRow) => this.#isWhole(identity, placed);
    const findWhole = () => explainedNow(this.#reading, () => this.#rows(identity).find(isWhole));
    const known = findWhole();
    if (known !== undefined || performance.now() - this.#refreshed < REFRESH_AFTER) return known;
    this.refresh();
    return findWhole();
  }

  #rows(identity: Digest): PlacedRow[] {
    return this.#index?.rows(identity) ?? [];
  }

  /** Looks at every object; keeps in the index what it found out. */
  #isWhole(identity: Digest, placed: PlacedRow): boolean {
    const { row } = placed;
    let hasChanged = false;
    for (let i = 0; i < row.objectCount; i++) {
      const known = row.mtime(i);
      const since = this.objects.wholeSince(row.objectDigest(i), row.objectSize(i), known);
      if (since === undefined) return false;
      if (since === known) continue;
      row.setMtime(i, since);
      hasChanged = true;
    }
    if (hasChanged) this.#index!.update(identity, placed);
    return true;
  }

  /** The content of a record, or undefined if its line or its value is damaged: it is missing from then on. */
  async #read(identity: Digest, { row }: PlacedRow): Promise<StoredResult | undefined> {
    const record = this.#index!.record(identity, row);
    if (record === undefined) return undefined;
    try {
      return { ...found(row), value: await this.#value(record) };
    } catch (error) {
      if (!(error instanceof UserError) || error instanceof StoreError) throw error;
      this.#warn(error.message);
    }
  }

  async #pack(text: string): Promise<StoredRecord["value"]> {
    if (text.length <= INLINE_LIMIT) return { inline: JSON.parse(text) };
    const bytes = new TextEncoder().encode(text);
    return { object: await this.objects.put(bytes), size: bytes.length };
  }

  async #value({ value }: StoredRecord): Promise<Json> {
    if ("inline" in value) return value.inline;
    return JSON.parse(new TextDecoder().decode(await this.objects.get(value.object)));
  }

  #sizes(digests: readonly Digest[]): Record<Digest, number> {
    return Object.fromEntries(digests.map((digest) => {
      const size = this.objects.size(digest);
      if (size !== undefined) return [digest, size];
      throw new StoreError(
        `Cannot store a result: its object ${digest} is not in the store "${this.root}"`,
        "the store was deleted or moved while it was in use: run again",
      );
    }));
  }
}

/** Between two looks at what other processes have stored, in milliseconds. */
const REFRESH_AFTER = 100;
/** Each finds one of the identity's records damaged, which then counts as missing. */
const READ_TRIES = 10;

function found(row: IndexRow): FoundResult {
  const { output, meta } = row;
  return { ...(output && { output }), objects: row.namedObjects, meta };
}
