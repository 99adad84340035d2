import { type Digest, isDigest, sha256 } from "../core/digest.ts";
import { canonicalJson, isJsonObject, type Json } from "../core/json.ts";

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
  /** Tag of the record that the identity is the digest of: `result/1`. It tells people what is stored. */
  readonly of?: string;
  /** For a state on the way to a result: interim ones are of no use once that is stored, lasting ones are. */
  readonly state?: "interim" | "lasting";
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

/** The record of a line in UTF-8, with its line feed, or undefined if the line is torn or damaged. */
export function decodeLine(bytes: Uint8Array): StoredRecord | undefined {
  const line = decoder.decode(bytes);
  const text = line.slice(HEAD.length + CHECK_LENGTH + MIDDLE.length, -END.length);
  if (line !== `${HEAD}${checksum(text)}${MIDDLE}${text}${END}`) return undefined;
  const record = JSON.parse(text);
  return isRecord(record) ? record as unknown as StoredRecord : undefined;
}

/** Every object that a record needs, and its size in bytes: that of its value first, if it has one. */
export function objectsOf({ value, objects }: StoredRecord): [digest: Digest, size: number][] {
  const named = Object.entries(objects) as [Digest, number][];
  return "object" in value ? [[value.object, value.size], ...named] : named;
}

const HEAD = '{"check":"';
const MIDDLE = '","record":';
const END = "}\n";
const CHECK_LENGTH = 16;
const decoder = new TextDecoder();

function checksum(text: string): string {
  return sha256(text).slice(0, CHECK_LENGTH);
}

function isRecord(record: Json): boolean {
  return isJsonObject(record) && isDigest(record.identity) && isJsonObject(record.value ?? null) &&
    isJsonObject(record.objects ?? null) && isJsonObject(record.meta ?? null);
}
