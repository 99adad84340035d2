import { type Grid, kde } from "./kde.ts";
import type { Reason, Statistics } from "./statistics.ts";

/** How values are made comparable between tensors: (w - mean) / std, w / max |w|, w sqrt(fan_in). */
export const NORMALIZATIONS = ["z_score", "max_abs", "fan_in"] as const;
export type Normalization = typeof NORMALIZATIONS[number];

/** Bins of a histogram, and points of a density estimate. */
export const BINS = 64;
export const POINTS = 201;
export const RANGES: Readonly<Record<Normalization, { readonly start: number; readonly stop: number }>> = {
  z_score: { start: -4, stop: 4 },
  max_abs: { start: -1, stop: 1 },
  fan_in: { start: -4, stop: 4 },
};

/** The distribution of one tensor's normalized values; a part that does not exist is null, with a reason. */
export interface Distribution {
  readonly reason: DistributionReason | null;
  readonly histogram: Histogram | null;
  readonly kde_reason: DistributionReason | null;
  readonly kde: { readonly bandwidth: number; readonly density: readonly number[] } | null;
}
export type DistributionReason = Reason | "all_zero" | "no_fan_in";

export interface Histogram {
  /** Of equal bins; each holds its left edge, and the last one both edges. */
  readonly counts: readonly number[];
  /** How many values lie outside. */
  readonly below: number;
  readonly above: number;
}

/** The distributions of a tensor's values under every normalization. */
export function distributions(
  values: Float64Array,
  statistics: Statistics,
): Record<Normalization, Distribution> {
  return {
    z_score: distribution("z_score", values, statistics),
    max_abs: distribution("max_abs", values, statistics),
    fan_in: distribution("fan_in", values, statistics),
  };
}

/**
 * Counts of values in equal bins. The bin width must be a power of two: then no value is rounded across an
 * edge.
 */
export function histogram(values: Float64Array, start: number, stop: number, bins: number): Histogram {
  const perUnit = bins / (stop - start);
  const first = start * perUnit;
  const counts = new Array<number>(bins).fill(0);
  let [below, above] = [0, 0];
  for (const value of values) {
    if (value < start) below++;
    else if (value > stop) above++;
    else counts[Math.min(bins - 1, Math.floor(value * perUnit) - first)]!++;
  }
  return { counts, below, above };
}

function distribution(
  normalization: Normalization,
  values: Float64Array,
  statistics: Statistics,
): Distribution {
  const reason = reasonAgainst(normalization, statistics);
  if (reason !== null) return { reason, histogram: null, kde_reason: reason, kde: null };
  const { start, stop } = RANGES[normalization];
  const normalized = normalize(normalization, values, statistics);
  return {
    reason: null,
    histogram: histogram(normalized, start, stop, BINS),
    kde_reason: statistics.reason,
    kde: statistics.reason === null ? plainKde(normalized, { start, stop, points: POINTS }) : null,
  };
}

function reasonAgainst(normalization: Normalization, statistics: Statistics): DistributionReason | null {
  const { reason, min, max, fan_in } = statistics;
  if (reason === "no_elements" || reason === "not_finite") return reason;
  switch (normalization) {
    case "z_score":
      return reason;
    case "max_abs":
      return min === 0 && max === 0 ? "all_zero" : null;
    case "fan_in":
      return fan_in === null ? "no_fan_in" : null;
  }
}

/** Only for values that `reasonAgainst` lets pass: then the statistics needed are there. */
function normalize(normalization: Normalization, values: Float64Array, statistics: Statistics): Float64Array {
  switch (normalization) {
    case "z_score": {
      const [mean, std] = [statistics.mean!, statistics.std!];
      return values.map((value) => (value - mean) / std);
    }
    case "max_abs": {
      const largest = Math.max(-statistics.min!, statistics.max!);
      return values.map((value) => value / largest);
    }
    case "fan_in": {
      const factor = Math.sqrt(statistics.fan_in!);
      return values.map((value) => value * factor);
    }
  }
}

function plainKde(values: Float64Array, grid: Grid) {
  const { bandwidth, density } = kde(values, grid);
  return { bandwidth, density: [...density] };
}
