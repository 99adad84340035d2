const POWERS: Readonly<Record<string, number>> = { "": 0, k: 1, m: 2, g: 3, t: 4 };

/**
 * A size that a person wrote, in bytes; undefined for anything else. kB, MB, GB and TB are powers of 1000, KiB and so on
 * of 1024; capital and small letters are the same.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(["20GB", "1.5 MiB", "300", "much"].map(parseBytes), [20_000_000_000, 1_572_864, 300, undefined]);
 * ```
 */
export function parseBytes(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:([kmgt]?)(i?)b)?\s*$/i.exec(text);
  if (match === null) return undefined;
  const [, number, prefix = "", binary = ""] = match;
  if (binary !== "" && prefix === "") return undefined; // "iB" is no unit
  const power = POWERS[prefix.toLowerCase()]!;
  return Math.floor(Number(number) * (binary === "" ? 1000 : 1024) ** power);
}
