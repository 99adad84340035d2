import { hash } from "node:crypto";
import { canonicalJson } from "./json.ts";

/** SHA-256 as 64 lower-case hexadecimal digits. */
export type Digest = string & { readonly digest: unique symbol };

/** SHA-256 of bytes, or of a text in UTF-8. `node:crypto` is ten times faster here than `crypto.subtle`. */
export function sha256(content: Uint8Array | string): Digest {
  return hash("sha256", content, "hex") as Digest;
}

/** The identity of a record: SHA-256 of its canonical JSON. Every record has a `record` tag, so no two kinds collide. */
export function digestOf(record: { readonly record: string }): Digest {
  return sha256(canonicalJson(record));
}

export function isDigest(text: unknown): text is Digest {
  return typeof text === "string" && /^[0-9a-f]{64}$/.test(text);
}
