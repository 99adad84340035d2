import type { ImageShape } from "../../../artifacts/dataset.ts";

/**
 * Images in another size, each axis for itself: one that shrinks by area averaging, one that grows by bilinear
 * interpolation between the centres of pixels. Computed in whole numbers and rounded once, halves up.
 *
 * These are `torch.nn.functional.interpolate` with `mode="area"` (adaptive average pooling: output i is the mean of the
 * inputs from floor(i n / m) to before ceil((i + 1) n / m), of n inputs and m outputs) and with `mode="bilinear",
 * align_corners=False` (output i lies at (i + 1/2) n / m - 1/2).
 * @param images uint8 [count, height, width, channels]
 * @returns uint8 [count, newHeight, newWidth, channels]
 * @see https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
 */
export function resize(
  images: Uint8Array,
  [height, width, channels]: ImageShape,
  [newHeight, newWidth]: readonly [number, number],
): Uint8Array {
  const down = axis(height, newHeight, 1);
  const across = axis(width, newWidth, channels);
  const rowLength = width * channels;
  const area = height * rowLength;
  const resized = new Uint8Array(images.length / area * newHeight * newWidth * channels);
  const rows = new Float64Array(rowLength);
  const sums = new Float64Array(newWidth * channels);
  let to = 0;
  for (let image = 0; image < images.length; image += area) {
    for (let row = 0; row < newHeight; row++) {
      sumRows(images, image, down, row, rows);
      sumColumns(rows, channels, across, sums);
      round(sums, down.divisors[row]!, across.divisors, resized, to);
      to += sums.length;
    }
  }
  return resized;
}

/**
 * How the values of an axis come from others: value i is a weighted sum of neighbours from place `from[i]`, over
 * `divisors[i]`. All have as many neighbours; those that need less have weights of 0.
 */
interface Axis {
  readonly from: Int32Array;
  /** For each neighbour the weights of all values; whole numbers. */
  readonly weights: readonly Float64Array[];
  readonly divisors: Float64Array;
}

/** @param channels how many values lie at each place of the axis, each of which comes from those of its own channel */
function axis(inputs: number, outputs: number, channels: number): Axis {
  const taps = outputs > inputs ? bilinearTaps : areaTaps;
  const all = Array.from({ length: outputs }, (_, i) => taps(i, inputs, outputs));
  const most = Math.max(...all.map(({ weights }) => weights.length));
  const fitted = all.map((taps) => withZeros(taps, most, inputs));
  const each = (value: (taps: Taps, channel: number) => number) =>
    fitted.flatMap((taps) => Array.from({ length: channels }, (_, channel) => value(taps, channel)));
  return {
    from: Int32Array.from(each(({ from }, channel) => from * channels + channel)),
    weights: Array.from(
      { length: most },
      (_, tap) => Float64Array.from(each(({ weights }) => weights[tap]!)),
    ),
    divisors: Float64Array.from(each(({ weights }) => weights.reduce((sum, weight) => sum + weight, 0))),
  };
}

/** Neighbouring inputs of one output, and their weights. */
interface Taps {
  readonly from: number;
  readonly weights: readonly number[];
}

function areaTaps(i: number, inputs: number, outputs: number): Taps {
  const from = Math.floor(i * inputs / outputs);
  const end = Math.ceil((i + 1) * inputs / outputs);
  return { from, weights: Array<number>(end - from).fill(1) };
}

/** All in units of 1 / (2 outputs). Before the first centre and after the last the outermost input alone counts. */
function bilinearTaps(i: number, inputs: number, outputs: number): Taps {
  const unit = 2 * outputs;
  const at = Math.min(Math.max(0, (2 * i + 1) * inputs - outputs), (inputs - 1) * unit);
  const from = Math.floor(at / unit);
  const beyond = at - from * unit;
  return { from, weights: beyond === 0 ? [unit] : [unit - beyond, beyond] };
}

/** The same from as many neighbours, all of which there are. */
function withZeros({ from, weights }: Taps, count: number, inputs: number): Taps {
  const start = Math.min(from, inputs - count);
  const padded = Array<number>(count).fill(0);
  for (const [i, weight] of weights.entries()) padded[from - start + i] = weight;
  return { from: start, weights: padded };
}

/** rows[x] = the weighted sum of those rows of an image that make `row`. */
function sumRows(
  images: Uint8Array,
  image: number,
  { from, weights }: Axis,
  row: number,
  rows: Float64Array,
): void {
  rows.fill(0);
  for (let tap = 0; tap < weights.length; tap++) {
    const weight = weights[tap]![row]!;
    const start = image + (from[row]! + tap) * rows.length;
    for (let x = 0; x < rows.length; x++) rows[x]! += weight * images[start + x]!;
  }
}

/** The same along a row. */
function sumColumns(
  rows: Float64Array,
  channels: number,
  { from, weights }: Axis,
  sums: Float64Array,
): void {
  sums.fill(0);
  for (let tap = 0; tap < weights.length; tap++) {
    const own = weights[tap]!;
    const further = tap * channels;
    for (let i = 0; i < sums.length; i++) sums[i]! += own[i]! * rows[from[i]! + further]!;
  }
}

function round(
  sums: Float64Array,
  rowDivisor: number,
  divisors: Float64Array,
  resized: Uint8Array,
  to: number,
): void {
  for (let i = 0; i < sums.length; i++) {
    resized[to + i] = Math.floor(sums[i]! / (rowDivisor * divisors[i]!) + 0.5);
  }
}
