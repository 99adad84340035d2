import { quantileOfSorted } from "../../core/quantile.ts";

/** Statistics of one tensor's values. A value that does not exist is null, and `reason` says why. */
export interface Statistics {
  readonly count: number;
  /**
   * Inputs of a unit: in for a dense kernel, height * width * in for a convolution; null for anything else.
   */
  readonly fan_in: number | null;
  readonly mean: number | null;
  /** Population standard deviation: sqrt(m2), where m_k is the mean of (w - mean)^k. */
  readonly std: number | null;
  readonly min: number | null;
  readonly max: number | null;
  /** m3 / m2^1.5 */
  readonly skewness: number | null;
  /** m4 / m2^2 - 3 */
  readonly excess_kurtosis: number | null;
  readonly q01: number | null;
  readonly q05: number | null;
  readonly q25: number | null;
  readonly q50: number | null;
  readonly q75: number | null;
  readonly q95: number | null;
  readonly q99: number | null;
  readonly l1: number | null;
  readonly l2: number | null;
  /** Share of the values with |w| < 0.001. */
  readonly sparsity: number | null;
  readonly std_times_sqrt_fan_in: number | null;
  readonly reason: Reason | null;
}

/** Why a value does not exist. One value says nothing of spread; equal values have no shape. */
export type Reason = "no_elements" | "not_finite" | "single_element" | "zero_variance";

const SPARSE_BELOW = 0.001;

/**
 * Statistics in float64 of a tensor's values. Two passes: moments are taken about the mean, not subtracted.
 */
export function statistics(values: Float64Array, fanIn: number | null): Statistics {
  const count = values.length;
  const sums = sumsOf(values);
  if (count === 0) return nothing(count, fanIn, "no_elements");
  if (!Number.isFinite(sums.l1)) return nothing(count, fanIn, "not_finite");
  const reason = count === 1 ? "single_element" : sums.min === sums.max ? "zero_variance" : null;
  // The mean of equal values may differ from them in its last bit; they are their own mean.
  const mean = reason === null ? sums.sum / count : sums.min;
  const { m2, m3, m4 } = momentsAbout(mean, values);
  const std = reason === "single_element" ? null : Math.sqrt(m2);
  return {
    count,
    fan_in: fanIn,
    mean,
    std,
    min: sums.min,
    max: sums.max,
    skewness: reason === null ? m3 / (m2 * Math.sqrt(m2)) : null,
    excess_kurtosis: reason === null ? m4 / (m2 * m2) - 3 : null,
    ...quantiles(values),
    l1: sums.l1,
    l2: Math.sqrt(sums.squares),
    sparsity: sums.small / count,
    std_times_sqrt_fan_in: std === null || fanIn === null ? null : std * Math.sqrt(fanIn),
    reason,
  };
}

function quantiles(values: Float64Array) {
  const sorted = values.toSorted();
  return {
    q01: quantileOfSorted(sorted, 0.01),
    q05: quantileOfSorted(sorted, 0.05),
    q25: quantileOfSorted(sorted, 0.25),
    q50: quantileOfSorted(sorted, 0.5),
    q75: quantileOfSorted(sorted, 0.75),
    q95: quantileOfSorted(sorted, 0.95),
    q99: quantileOfSorted(sorted, 0.99),
  };
}

function sumsOf(values: Float64Array) {
  let [sum, l1, squares, small, min, max] = [0, 0, 0, 0, Infinity, -Infinity];
  for (const value of values) {
    const size = Math.abs(value);
    sum += value;
    l1 += size;
    squares += value * value;
    if (size < SPARSE_BELOW) small++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { sum, l1, squares, small, min, max };
}

function momentsAbout(mean: number, values: Float64Array) {
  let [m2, m3, m4] = [0, 0, 0];
  for (const value of values) {
    const deviation = value - mean;
    const square = deviation * deviation;
    m2 += square;
    m3 += square * deviation;
    m4 += square * square;
  }
  return { m2: m2 / values.length, m3: m3 / values.length, m4: m4 / values.length };
}

function nothing(count: number, fanIn: number | null, reason: Reason): Statistics {
  return {
    count,
    fan_in: fanIn,
    mean: null,
    std: null,
    min: null,
    max: null,
    skewness: null,
    excess_kurtosis: null,
    q01: null,
    q05: null,
    q25: null,
    q50: null,
    q75: null,
    q95: null,
    q99: null,
    l1: null,
    l2: null,
    sparsity: null,
    std_times_sqrt_fan_in: null,
    reason,
  };
}
