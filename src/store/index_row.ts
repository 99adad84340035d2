import { crc32 } from "node:zlib";
import type { Digest } from "../core/digest.ts";
import type { RecordMeta } from "./records.ts";

/**
 * What the index knows about a record, packed into one piece of bytes: ten thousand of them, or one with ten thousand
 * objects, are looked at in the time that parsing JSON would take for a few.
 *
 * Bytes 0 to 3: CRC-32 of the identity and of all that follows; 4: flags; 8: number of the segment; 12: length of the
 * line; 16: offset of the line; 24: length of `meta`; 28: free; 32 to 63: digest of the output; then `meta` as JSON; then for each object its digest (32), size (8) and the time it is known to be whole since (8).
 * Numbers are little-endian, those of 8 bytes are doubles.
 */
export class IndexRow {
  readonly #view: DataView;

  private constructor(readonly bytes: Uint8Array<ArrayBuffer>) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  static of(content: RowContent): IndexRow {
    const meta = encoder.encode(JSON.stringify(content.meta));
    const row = new IndexRow(new Uint8Array(HEADER + meta.length + OBJECT * content.objects.length));
    row.#writeHeader(content, meta.length);
    row.bytes.set(meta, HEADER);
    for (const [i, { digest, size, mtime }] of content.objects.entries()) {
      row.bytes.set(Uint8Array.fromHex(digest), row.#place(i));
      row.#view.setFloat64(row.#place(i) + DIGEST, size, true);
      row.setMtime(i, mtime);
    }
    return row;
  }

  /** The row of these bytes, or undefined if they are damaged or those of another identity. */
  static read(identity: Uint8Array, bytes: Uint8Array<ArrayBuffer>): IndexRow | undefined {
    if (bytes.length < HEADER) return undefined;
    const row = new IndexRow(bytes);
    return row.check === checkOf(identity, bytes) ? row : undefined;
  }

  /** Before the row is stored, and after each change of it. */
  seal(identity: Uint8Array): void {
    this.#view.setUint32(0, checkOf(identity, this.bytes), true);
  }

  /** As it was when the row was read or sealed. */
  get check(): number {
    return this.#view.getUint32(0, true);
  }

  get segment(): number {
    return this.#view.getUint32(8, true);
  }

  get length(): number {
    return this.#view.getUint32(12, true);
  }

  get offset(): number {
    return this.#view.getFloat64(16, true);
  }

  get output(): Digest | undefined {
    return this.#flags & HAS_OUTPUT ? this.#digest(32) : undefined;
  }

  get meta(): RecordMeta {
    return JSON.parse(decoder.decode(this.bytes.subarray(HEADER, this.#place(0))));
  }

  /** The first object is the value itself. */
  get hasValueObject(): boolean {
    return (this.#flags & HAS_VALUE_OBJECT) !== 0;
  }

  get objectCount(): number {
    return (this.bytes.length - this.#place(0)) / OBJECT;
  }

  /** All objects that the record needs. */
  get objects(): Digest[] {
    return Array.from({ length: this.objectCount }, (_, i) => this.objectDigest(i));
  }

  /** Those that its value names. */
  get namedObjects(): Digest[] {
    return this.objects.slice(this.hasValueObject ? 1 : 0);
  }

  objectDigest(i: number): Digest {
    return this.#digest(this.#place(i));
  }

  objectSize(i: number): number {
    return this.#view.getFloat64(this.#place(i) + DIGEST, true);
  }

  /** As Objects.wholeSince() takes it. */
  mtime(i: number): number {
    return this.#view.getFloat64(this.#place(i) + DIGEST + 8, true);
  }

  setMtime(i: number, mtime: number): void {
    this.#view.setFloat64(this.#place(i) + DIGEST + 8, mtime, true);
  }

  get #flags(): number {
    return this.#view.getUint32(4, true);
  }

  #writeHeader({ segment, length, offset, output, hasValueObject }: RowContent, metaLength: number): void {
    this.#view.setUint32(8, segment, true);
    this.#view.setUint32(12, length, true);
    this.#view.setFloat64(16, offset, true);
    this.#view.setUint32(24, metaLength, true);
    this.#view.setUint32(4, (output ? HAS_OUTPUT : 0) | (hasValueObject ? HAS_VALUE_OBJECT : 0), true);
    if (output) this.bytes.set(Uint8Array.fromHex(output), 32);
  }

  #place(object: number): number {
    return HEADER + this.#view.getUint32(24, true) + OBJECT * object;
  }

  #digest(place: number): Digest {
    return this.bytes.subarray(place, place + DIGEST).toHex() as Digest;
  }
}

export interface RowContent {
  /** Number that the index gave the segment. */
  readonly segment: number;
  /** Of the record's line in the segment, in bytes. */
  readonly offset: number;
  readonly length: number;
  readonly output?: Digest;
  readonly meta: RecordMeta;
  /** Whether the first of the objects is the record's value. */
  readonly hasValueObject: boolean;
  readonly objects: readonly IndexedObject[];
}

export interface IndexedObject {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  /** When its file was last written where its bytes were known to be right, in ms since 1970; NaN where they never were. */
  readonly mtime: number;
}

const HEADER = 64;
const DIGEST = 32;
const OBJECT = DIGEST + 16;
const CHECK = 4;
const HAS_OUTPUT = 1;
const HAS_VALUE_OBJECT = 2;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function checkOf(identity: Uint8Array, row: Uint8Array): number {
  return crc32(row.subarray(CHECK), crc32(identity));
}
