import type { Transforms } from "../../../artifacts/dataset.ts";

/** What a model sees of a byte x in channel c: (x - mean[c]) / std[c]. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/**
 * unit: bytes become 0 to 1. standard: each channel has mean 0 and standard deviation 1 over the images given, those that
 * are trained on; a channel that is the same everywhere becomes 0.
 * @param images uint8 [n, height, width, channels]
 */
export function normalizationOf(
  method: "unit" | NonNullable<Transforms["normalize"]>,
  images: Uint8Array,
  channels: number,
): Normalization {
  if (method === "unit") return { mean: Array(channels).fill(0), std: Array(channels).fill(255) };
  const moments = Array.from({ length: channels }, (_, channel) => momentsOf(images, channel, channels));
  return { mean: moments.map(({ mean }) => mean), std: moments.map(({ std }) => std || 1) };
}

/** Mean and standard deviation (of the whole, not of a sample) of one channel, from exact sums. */
function momentsOf(images: Uint8Array, channel: number, channels: number): { mean: number; std: number } {
  const counts = new Float64Array(256);
  for (let i = channel; i < images.length; i += channels) counts[images[i]!]!++;
  let [sum, squares] = [0n, 0n];
  for (const [byte, count] of counts.entries()) {
    sum += BigInt(byte) * BigInt(count);
    squares += BigInt(byte * byte) * BigInt(count);
  }
  const n = BigInt(images.length / channels);
  const spread = n * squares - sum * sum; // n² times the variance, without cancellation
  return { mean: Number(sum) / Number(n), std: Math.sqrt(Number(spread)) / Number(n) };
}
