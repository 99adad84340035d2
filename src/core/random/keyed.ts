import { digestOf, sha256 } from "../digest.ts";
import { canonicalJson, type Json, type JsonObject } from "../json.ts";
import { exp, log } from "./elementary.ts";
import { philox, type PhiloxKey } from "./philox.ts";

/** The key of a draw: the first 64 bits of the identity of the record that names it. */
export function drawKey(record: { readonly record: string } & JsonObject): PhiloxKey {
  const digest = digestOf(record);
  return { k0: parseInt(digest.slice(0, 8), 16), k1: parseInt(digest.slice(8, 16), 16) };
}

/**
 * The key of one of the streams of random numbers that a seed has, e.g. the initial weights or the order of batches.
 * @param seed 64 bits as 16 lower-case hexadecimal digits
 * @throws {TypeError} If the seed is anything else
 */
export function stream(seed: string, name: string): PhiloxKey {
  if (!/^[0-9a-f]{16}$/.test(seed)) {
    throw new TypeError(`Cannot use "${seed}" as a seed: it is not 16 hexadecimal digits`);
  }
  return drawKey({ record: "stream/1", seed, name });
}

/** Uniform in the open interval (0, 1), with 52 random bits. */
export function uniform01(key: PhiloxKey): number {
  return toUnit(philox([0, 0, 0, 0], key));
}

/** Uniform in [low, high], rounded to 6 significant digits. */
export function uniform(low: number, high: number, key: PhiloxKey): number {
  return clamp(roundTo6Digits(low + (high - low) * uniform01(key)), low, high);
}

/** In [low, high] with a uniform logarithm, rounded to 6 significant digits. */
export function logUniform(low: number, high: number, key: PhiloxKey): number {
  const start = log(low);
  return clamp(roundTo6Digits(exp(start + (log(high) - start) * uniform01(key))), low, high);
}

/** Each integer of low, ..., high with equal probability. @throws {RangeError} If there are more than 2^52, or none */
export function intUniform(low: number, high: number, key: PhiloxKey): number {
  const count = high - low + 1;
  if (!(count >= 1 && count <= 2 ** 52)) {
    throw new RangeError(`Cannot draw an integer from ${low} to ${high}`);
  }
  const limit = 2 ** 52 - 2 ** 52 % count; // draws above would favour the first integers
  for (let attempt = 0;; attempt++) {
    const bits = to52Bits(philox([attempt, 0, 0, 0], key));
    if (bits < limit) return low + bits % count;
  }
}

/**
 * Chooses by weighted rendezvous hashing: the value v with the largest -w(v) / ln u(v), u uniform and keyed by the
 * value. The order of the values has no influence, and a value that is added takes its share evenly from the others:
 * for any key, the choice either stays or becomes the new value.
 * @param weights one for each value, not negative, not all 0; without them all are 1
 * @returns The index of the chosen value
 * @see Schindelhauer, Schomaker, Weighted distributed hash tables (SPAA 2005), logarithmic method
 */
export function rendezvousChoice(
  values: readonly Json[],
  weights: readonly number[] | undefined,
  key: PhiloxKey,
): number {
  let best = -1;
  let highest = 0;
  for (const [i, counter] of countersOf(values).entries()) {
    const score = -(weights?.[i] ?? 1) / log(toUnit(philox(counter, key)));
    if (score > highest) [best, highest] = [i, score];
  }
  if (best < 0) throw new RangeError("Cannot choose a value: no value has a weight above 0");
  return best;
}

/** A number with 6 significant digits, as drawn and derived settings have them. */
export function roundTo6Digits(x: number): number {
  return Number(x.toPrecision(6));
}

type Counter = readonly [number, number, number, number];
/** A sampling draws from the same list for each member, and hashing its values takes longer than the draw. */
const knownCounters = new WeakMap<readonly Json[], readonly Counter[]>();

function countersOf(values: readonly Json[]): readonly Counter[] {
  let counters = knownCounters.get(values);
  if (counters === undefined) {
    counters = values.map(counterOf);
    knownCounters.set(values, counters);
  }
  return counters;
}

/** 128 bits that stand for a value. */
function counterOf(value: Json): Counter {
  const digest = sha256(canonicalJson(value));
  const word = (i: number) => parseInt(digest.slice(8 * i, 8 * i + 8), 16);
  return [word(0), word(1), word(2), word(3)];
}

function toUnit(block: Uint32Array): number {
  return (to52Bits(block) + 0.5) * 2 ** -52;
}

function to52Bits(block: Uint32Array): number {
  return block[0]! * 2 ** 20 + (block[1]! >>> 12);
}

function clamp(x: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, x));
}
