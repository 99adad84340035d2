import type { Json } from "../../core/json.ts";
import type { Table } from "../../core/table.ts";
import { COLUMNS } from "./columns.ts";
import {
  BINS,
  type Distribution,
  type Histogram,
  type Normalization,
  NORMALIZATIONS,
  POINTS,
  RANGES,
} from "./distribution.ts";
import { DISTRIBUTION_PHASES, type TensorMeasures } from "./measure.ts";
import { POSITIONS } from "./tensors.ts";

const ESTIMATES = ["histogram", "kde"] as const;
type Estimate = typeof ESTIMATES[number];

/** Mean and spread of the curves added so far, point by point (Welford 1962), and why others have none. */
interface Average {
  readonly reasons: Set<string>;
  n: number;
  readonly mean: Float64Array;
  readonly squares: Float64Array;
}

/**
 * Table `distribution`: densities averaged over the tensors of a group that stand at one position in their
 * networks. A combination without any density has one row with nulls and the reasons.
 */
export class DistributionTable {
  /** By the row's first six values. */
  readonly #averages = new Map<string, Average>();
  readonly #roles = new Set<string>();

  constructor(private readonly groups: readonly string[]) {}

  add(_member: string, group: string, tensors: readonly TensorMeasures[]): void {
    for (const { position, role, distribution } of tensors) {
      this.#roles.add(role);
      for (const phase of DISTRIBUTION_PHASES) {
        for (const normalization of NORMALIZATIONS) {
          const measured = distribution![phase][normalization];
          for (const estimate of ESTIMATES) {
            const key = keyOf([group, position, role, phase, normalization, estimate]);
            const average = this.#averages.get(key) ?? emptyAverage(estimate);
            this.#averages.set(key, average);
            addTo(average, densityOf(measured, normalization, estimate), reasonOf(measured, estimate));
          }
        }
      }
    }
  }

  build(): Table {
    const orders = [this.groups, POSITIONS, [...this.#roles], DISTRIBUTION_PHASES, NORMALIZATIONS, ESTIMATES];
    const rows = combinations(orders).flatMap((names) => {
      const average = this.#averages.get(keyOf(names));
      return average === undefined ? [] : rowsOf(names, average);
    });
    return { columns: COLUMNS.distribution, rows };
  }
}

function keyOf(names: readonly string[]): string {
  return JSON.stringify(names);
}

function emptyAverage(estimate: Estimate): Average {
  const points = estimate === "histogram" ? BINS : POINTS;
  return { reasons: new Set(), n: 0, mean: new Float64Array(points), squares: new Float64Array(points) };
}

function addTo(average: Average, density: readonly number[] | null, reason: string | null): void {
  if (reason !== null) average.reasons.add(reason);
  if (density === null) return;
  average.n++;
  for (let i = 0; i < density.length; i++) {
    const before = density[i]! - average.mean[i]!;
    average.mean[i]! += before / average.n;
    average.squares[i]! += before * (density[i]! - average.mean[i]!);
  }
}

function densityOf(
  measured: Distribution,
  normalization: Normalization,
  estimate: Estimate,
): readonly number[] | null {
  if (estimate === "kde") return measured.kde?.density ?? null;
  return measured.histogram === null ? null : histogramDensity(measured.histogram, normalization);
}

/** Counts over (n times the bin width), n being all values: it sums to the share inside. */
function histogramDensity({ counts, below, above }: Histogram, normalization: Normalization): number[] {
  const { start, stop } = RANGES[normalization];
  const all = counts.reduce((sum, count) => sum + count, below + above);
  return counts.map((count) => count / (all * (stop - start) / BINS));
}

function reasonOf(measured: Distribution, estimate: Estimate): string | null {
  return estimate === "kde" ? measured.kde_reason : measured.reason;
}

function combinations(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>((all, list) => all.flatMap((one) => list.map((name) => [...one, name])), [
    [],
  ]);
}

function rowsOf(names: readonly string[], { n, mean, squares, reasons }: Average): Json[][] {
  if (n === 0) return [[...names, null, null, null, 0, [...reasons].sort().join(", ")]];
  const x = placesOf(names[4] as Normalization, names[5] as Estimate);
  return x.map((place, i) => {
    const sd = n === 1 ? null : rounded(Math.sqrt(squares[i]! / n));
    return [...names, place, rounded(mean[i]!), sd, n, null];
  });
}

function placesOf(normalization: Normalization, estimate: Estimate): number[] {
  const { start, stop } = RANGES[normalization];
  if (estimate === "kde") {
    return Array.from({ length: POINTS }, (_, i) => rounded(start + i * (stop - start) / (POINTS - 1)));
  }
  return Array.from({ length: BINS }, (_, i) => start + (i + 0.5) * (stop - start) / BINS);
}

/**
 * To 8 significant digits: enough for any picture, half as long, and beyond what a last bit of `Math.exp`
 * moves.
 */
function rounded(value: number): number {
  return Number(value.toPrecision(8));
}
