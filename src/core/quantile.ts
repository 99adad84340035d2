/**
 * The value at q (n - 1) of `sorted`, linearly interpolated between neighbours: numpy's default.
 * @param sorted at least one number, ascending
 * @param q 0 to 1
 * @see Hyndman and Fan, Sample Quantiles in Statistical Packages (1996), definition 7
 */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const position = q * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  return below + (sorted[Math.ceil(position)]! - below) * (position - Math.floor(position));
}
