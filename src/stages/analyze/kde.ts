/** Evenly spaced points from `start` to `stop`, both among them. */
export interface Grid {
  readonly start: number;
  readonly stop: number;
  readonly points: number;
}

export interface Kde {
  /** Scott's rule: s n^(-1/5), s the standard deviation with n - 1. */
  readonly bandwidth: number;
  /** One a grid point. */
  readonly density: Float64Array;
}

/** Beyond this many bandwidths a kernel adds less than 3e-18 of its peak: less than float64 keeps of a sum. */
const REACH = 9;

/**
 * Gaussian kernel density estimate on a grid: the mean over values v of phi((x - v) / h) / h.
 *
 * With x_k the k-th point from the one nearest to v, t = (x_0 - v) / h and a = step / h:
 *
 *     exp(-(t + k a)^2 / 2) = exp(-t^2 / 2) exp(-t a)^k exp(-(k a)^2 / 2)
 *
 * So there are two exponentials a value, one product a point, and the last factor comes from a table. Nothing
 * overflows: k >= 1 is reached only where a <= 18, so |t| a <= 162.
 * @param values at least two, not all equal, all finite
 * @see Scott, Multivariate Density Estimation (1992), 6.5, for the bandwidth
 * @see Greengard and Lee, Accelerating the Nonuniform Fast Fourier Transform (2004): fast Gaussian gridding
 */
export function kde(values: Float64Array, { start, stop, points }: Grid): Kde {
  const bandwidth = sampleStd(values) * values.length ** -0.2;
  const step = (stop - start) / (points - 1);
  const a = step / bandwidth;
  const reach = Math.min(points - 1, Math.floor(REACH / a + 0.5));
  const spread = Float64Array.from({ length: reach + 1 }, (_, k) => Math.exp(-0.5 * (k * a) ** 2));
  const sums = new Float64Array(points + 2 * reach); // with margins, so that the loop needs no bounds
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const nearest = Math.min(points - 1, Math.max(0, Math.round((value - start) / step)));
    const t = (start + nearest * step - value) / bandwidth;
    if (Math.abs(t) > REACH) continue;
    const peak = Math.exp(-0.5 * t * t);
    const centre = nearest + reach;
    sums[centre]! += peak;
    if (reach === 0) continue;
    const fall = Math.exp(-t * a);
    const rise = 1 / fall;
    let right = peak;
    let left = peak;
    for (let k = 1; k <= reach; k++) {
      right *= fall;
      left *= rise;
      const factor = spread[k]!;
      sums[centre + k]! += right * factor;
      sums[centre - k]! += left * factor;
    }
  }
  const scale = 1 / (values.length * bandwidth * Math.sqrt(2 * Math.PI));
  return { bandwidth, density: sums.subarray(reach, reach + points).map((sum) => sum * scale) };
}

function sampleStd(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}
