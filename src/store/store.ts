import { UserError } from "../core/diagnostic.ts";
import type { Digest } from "../core/digest.ts";
import { canonicalJson, type Json } from "../core/json.ts";
import { explained, StoreError } from "./errors.ts";
import { Objects } from "./objects.ts";
import { readSegments, type RecordMeta, SegmentWriter, type StoredRecord } from "./records.ts";

export type { RecordMeta } from "./records.ts";

/** Values whose canonical JSON has more UTF-16 units than this become objects. */
export const INLINE_LIMIT = 4096;

/** What is told to the store about a new result. */
export interface NewResult {
  /** Digest of all that decides the value. */
  readonly identity: Digest;
  readonly value: Json;
  /** The objects that the value names. They are in the store already. */
  readonly objects: Iterable<Digest>;
  /** How long it took to compute. */
  readonly seconds: number;
  /** What other results know the value by, where that is not its identity: see core/identity.ts. */
  readonly output?: Digest;
  /** Identities of the results that it was put together from: they are kept as long as it is. */
  readonly parts?: readonly Digest[];
}

/** What is known of a stored result without reading its content. */
export interface FoundResult {
  readonly output?: Digest;
  readonly objects: readonly Digest[];
  readonly meta: RecordMeta;
}

export interface StoredResult extends FoundResult {
  readonly value: Json;
}

/** The making of one result, taken by this process: others wait for it. It ends with the process, however that dies. */
export interface Claim {
  release(): void;
}

export interface StoreOptions {
  /** Told what is wrong with the store's files where reading goes on without them. */
  readonly warn?: (message: string) => void;
  /** Name of the segment that this process appends to; no two processes may share one. */
  readonly writer?: string;
}

/** Results by identity. Records are the truth; an object or a record is there whole or not at all. */
export class Store {
  readonly objects: Objects;
  readonly #records = new Map<Digest, StoredRecord[]>();
  readonly #segment: SegmentWriter;

  private constructor(readonly root: string, private readonly options: StoreOptions) {
    this.objects = new Objects(root);
    this.#segment = new SegmentWriter(`${root}/records`, options.writer ?? writerName());
  }

  /** Reads all records in `root`. Nothing is written, or made, before the first result. */
  static async open(root: string, options: StoreOptions = {}): Promise<Store> {
    const store = new Store(root, options);
    const read = () => readSegments(`${root}/records`, options.warn ?? (() => {}));
    for (const record of await explained(`read the store "${root}"`, read)) store.#keep(record);
    return store;
  }

  /** Whether a result is stored and all of its objects are there with their full sizes. Reads no content. */
  has(identity: Digest): boolean {
    return this.#find(identity) !== undefined;
  }

  /** What is known of a result, or undefined where it is missing or one of its objects is. Reads no content. */
  find(identity: Digest): FoundResult | undefined {
    const record = this.#find(identity);
    return record && found(record);
  }

  /** Takes the making of a result; undefined while another process of any machine has it. */
  claim(_identity: Digest): Claim | undefined {
    return { release: () => {} };
  }

  /** A result, or undefined where it is missing. One whose value turns out damaged is missing, with a warning. */
  async read(identity: Digest): Promise<StoredResult | undefined> {
    for (let record = this.#find(identity); record !== undefined; record = this.#find(identity)) {
      try {
        return { ...found(record), value: await this.#value(record) };
      } catch (error) {
        if (!(error instanceof UserError) || this.#find(identity) === record) throw error;
        this.options.warn?.(error.message);
      }
    }
  }

  /** All results under one identity that are whole: states that were kept on the way, in the order of their adding. */
  async readAll(identity: Digest): Promise<StoredResult[]> {
    const records = (this.#records.get(identity) ?? []).filter((record) => this.#complete(record));
    return await Promise.all(
      records.map(async (record) => ({ ...found(record), value: await this.#value(record) })),
    );
  }

  /** Removes a result's objects, so that it counts as missing, unless another result needs them. */
  async discard(_identity: Digest, objects: readonly Digest[]): Promise<void> {
    await this.objects.remove(objects);
  }

  /** Stores a result and gives it back as it will be read; it is durable when the promise resolves. */
  async add({ identity, value, objects, seconds, output, parts }: NewResult): Promise<StoredResult> {
    const text = canonicalJson(value);
    const needed = [...new Set(objects)];
    const meta = { seconds, host: Deno.hostname(), time: new Date().toISOString() };
    const record: StoredRecord = {
      identity,
      value: await this.#pack(text),
      objects: this.#sizes(needed),
      meta,
      ...(output && { output }),
      ...(parts && { parts }),
    };
    await this.#segment.append(record);
    this.#keep(record);
    return { ...found(record), value: JSON.parse(text) };
  }

  async close(): Promise<void> {
    await this.#segment.close();
  }

  #keep(record: StoredRecord): void {
    const others = this.#records.get(record.identity);
    if (others === undefined) this.#records.set(record.identity, [record]);
    else others.push(record);
  }

  /** The first of the identity's records that is complete. */
  #find(identity: Digest): StoredRecord | undefined {
    return this.#records.get(identity)?.find((record) => this.#complete(record));
  }

  #complete({ value, objects }: StoredRecord): boolean {
    const whole = (digest: string, size: number) => this.objects.size(digest as Digest) === size;
    if ("object" in value && !whole(value.object, value.size)) return false;
    return Object.entries(objects).every(([digest, size]) => whole(digest, size));
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

function found({ output, objects, meta }: StoredRecord): FoundResult {
  return { ...(output && { output }), objects: Object.keys(objects) as Digest[], meta };
}

/** Sorts by the time of the first result: where two processes stored one identity, the earlier run's is read. */
function writerName(): string {
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  return `${time}-${crypto.randomUUID().slice(0, 8)}`;
}
