import { anyOfWords } from "../../core/describe.ts";
import type { JsonObject } from "../../core/json.ts";
import { counted } from "./figure_spec.ts";
import type { Statistic } from "./schema.ts";

/** What axes and panels say of a statistic. */
export const TITLES: Readonly<Record<Statistic, string>> = {
  mean: "Mean",
  std: "Standard deviation",
  std_times_sqrt_fan_in: "Std × √fan-in",
  skewness: "Skewness",
  excess_kurtosis: "Excess kurtosis",
  min: "Minimum",
  max: "Maximum",
  l1: "L1 norm",
  l2: "L2 norm",
  sparsity: "Share of |w| < 0.001",
};

/** A sentence for all statistics that as many kernels lack for the same reasons. */
export function missingNotes(statistics: readonly Statistic[], rows: readonly JsonObject[]): string[] {
  const alike = Map.groupBy(statistics, (statistic) => missingKernels(statistic, rows));
  return [...alike].flatMap(([missing, lacking]) => {
    const names = lacking.map((statistic) => inSentence(TITLES[statistic]));
    return missing === null ? [] : [`No ${anyOfWords(names)}: ${missing}`];
  });
}

/** `2 of 79 kernels (zero variance)`; null if none lacks the statistic. */
function missingKernels(statistic: Statistic, rows: readonly JsonObject[]): string | null {
  const missing = rows.filter((row) => row[statistic] === null);
  if (missing.length === 0) return null;
  const reasons = new Set(missing.map((row) => String(row.reason).replaceAll("_", " ")));
  return `${missing.length} of ${counted(rows.length, "kernel")} (${[...reasons].sort().join(", ")})`;
}

/** `Standard deviation` becomes `standard deviation`; `L2 norm` stays. */
function inSentence(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}
