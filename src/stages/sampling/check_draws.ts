import { exclusionHelp, type Impossible, whyImpossible } from "../../artifacts/exclusions.ts";
import type { Family } from "../../artifacts/family.ts";
import { allOfWords } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Drawn } from "./draw.ts";
import { violationIn } from "./settle.ts";

/**
 * The draws whose networks cannot be built: a problem for each set of settings that clash.
 * @param noun of the draws, for messages
 */
export function checkDraws(family: Family, draws: readonly Drawn[], noun: string): Problem[] {
  const possible: JsonObject[] = [];
  const clashes: (Impossible & { readonly why: string })[] = [];
  for (const { settings } of draws) {
    const violation = violationIn(settings, family);
    if (violation === undefined) possible.push(settings);
    else clashes.push({ settings, clash: violation.settings, why: violation.why });
  }
  const groups = Map.groupBy(clashes, ({ clash }) => clash.join());
  return [...groups.values()].map((impossible) => {
    const paths = allOfWords(impossible[0]!.clash.map((path) => `"${path}"`));
    return {
      code: "impossible",
      message: `Cannot build ${impossible.length} of the ${draws.length} ${noun}: ${
        whyImpossible(impossible)
      } (${paths})`,
      at: ["family"],
      help: possible.length === 0
        ? `change ${paths} of the family`
        : exclusionHelp({ impossible, possible, knowsAll: false }, " of the family"),
    };
  });
}
