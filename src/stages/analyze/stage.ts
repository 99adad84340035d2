import { type Analysis, analysisArtifact } from "../../artifacts/analysis.ts";
import { checkSamePopulation, type Groups } from "../../artifacts/groups.ts";
import type { Population } from "../../artifacts/population.ts";
import { measuresRecord } from "../../core/identity.ts";
import type { ItemsKind } from "../../core/stage_kind.ts";
import { checkWithout } from "./check_without.ts";
import { COLUMNS } from "./columns.ts";
import type { MeasureOutcome, MeasureWork } from "./measure.ts";
import { type AnalyzeConfig, analyzeSchema, type Measure, MEASURES } from "./schema.ts";

export interface AnalyzeInputs {
  readonly population: Population;
  readonly groups?: Groups;
}

/** Versions of the measures. Raise one when its numbers change: stored results stop matching. */
const MEASURE_VERSIONS: Readonly<Record<Measure, number>> = { statistics: 2, distribution: 2 };

/** Of all measures together, on one core of an Intel Xeon. */
const SECONDS_A_PARAMETER = 2e-6;

export const analyze: ItemsKind<AnalyzeConfig, AnalyzeInputs, MeasureWork, MeasureOutcome, Analysis> = {
  name: "analyze",
  version: 1,
  description: analyzeSchema.description,
  contract: "items",
  place: "head",
  noun: "model",
  schema: analyzeSchema,
  inputs: { population: { artifact: "population" }, groups: { artifact: "groups", optional: true } },
  output: analysisArtifact,
  normalize: (config) => ({
    ...config,
    measures: MEASURES.filter((measure) => config.measures.includes(measure)),
  }),
  checkInputs: (config, inputs) => [
    ...config.groups === undefined ? [] : checkSamePopulation(config.groups, inputs),
    ...checkWithout(config, inputs),
  ],
  tables: ({ measures }) => Object.fromEntries(measures.map((measure) => [measure, COLUMNS[measure]])),
  // Groups are absent on purpose: another rule changes the tables and measures no model anew.
  list: ({ measures }, { population }) =>
    population.members.map(({ id, weights, parameters }) => ({
      id,
      identity: measuresRecord({ versions: versionsOf(measures), weights }),
      affinity: "",
      cost: parameters * SECONDS_A_PARAMETER,
      work: { weights, measures },
    })),
  load: async () => (await import("./measure.ts")).measureMember,
  collect: async (config, inputs, items, outcomes, { objects }) => {
    const { collectTables } = await import("./collect.ts");
    return collectTables(
      config,
      inputs,
      items.map(({ id }, i) => ({ id, outcome: outcomes[i] ?? null })),
      objects,
    );
  },
};

function versionsOf(measures: readonly Measure[]): Record<string, number> {
  return Object.fromEntries(measures.map((measure) => [measure, MEASURE_VERSIONS[measure]]));
}
