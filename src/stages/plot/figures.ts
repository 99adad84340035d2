import { allOfWords } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { JsonObject } from "../../core/json.ts";
import type { InputOutlooks } from "../../core/stage_kind.ts";
import { convergenceOutlook } from "./convergence.ts";
import type { FigureOutlook } from "./figure_spec.ts";
import type { FigureName, PlotConfig } from "./schema.ts";
import { checkOverride } from "./spec/override.ts";
import { entriesOf, stagesOf } from "./spec/table_names.ts";
import { weightDistributionOutlook } from "./weight_distribution.ts";
import { weightStatisticsOutlook } from "./weight_statistics.ts";

/** Settings that belong to some figures. */
type Setting = Exclude<keyof PlotConfig, "figure" | "title" | "spec" | "override">;

interface FigureNeeds {
  /** Inputs without which there is nothing to draw. */
  readonly needs: readonly Setting[];
  /** Inputs that it can do without. */
  readonly uses: readonly Setting[];
  /** The table of the analysis that it shows. */
  readonly table?: string;
  /** Its own settings, with what they are when the file does not say. */
  readonly defaults: Partial<PlotConfig>;
}

/** What each figure is drawn from. */
export const FIGURES: Readonly<Record<FigureName, FigureNeeds>> = {
  convergence: { needs: ["population"], uses: ["groups"], defaults: {} },
  "weight-statistics": {
    needs: ["analysis"],
    uses: [],
    table: "statistics",
    defaults: { phase: "final", statistics: ["std", "skewness", "excess_kurtosis"] },
  },
  "weight-distribution": {
    needs: ["analysis"],
    uses: [],
    table: "distribution",
    defaults: { phase: "final", normalization: "z_score" },
  },
};

/** A plot of one of the figures. */
export type FigureConfig = PlotConfig & { readonly figure: FigureName };

export function isFigure(config: PlotConfig): config is FigureConfig {
  return config.figure !== undefined;
}

/** The settings with those of the figure filled in. */
export function withFigureDefaults<Config extends PlotConfig>(config: Config): Config {
  return isFigure(config) ? { ...FIGURES[config.figure].defaults, ...config } : config;
}

/** What the schema cannot say: a figure has all that it is drawn from, and nothing that it would not show. */
export function checkFigure(config: PlotConfig): Problem[] {
  if (config.spec !== undefined) return checkBesideSpec(config);
  if (isFigure(config)) return [...checkMissing(config), ...checkUnused(config), ...checkPhase(config)];
  return [{
    code: "nothing-to-draw",
    message: 'Cannot draw a plot that says neither "figure" nor "spec"',
    at: [],
    help: `add "figure" (${Object.keys(FIGURES).join(", ")}), or "spec" with a Vega-Lite spec`,
  }];
}

/** Whether the analyses have the table that a figure shows. */
export function checkFigureTables(config: PlotConfig, inputs: InputOutlooks): Problem[] {
  const table = isFigure(config) ? FIGURES[config.figure].table : undefined;
  if (table === undefined) return [];
  const stages = stagesOf(config, "analysis");
  return stages.flatMap((stage, i) => {
    const entries = entriesOf(inputs["analysis"] ?? [], [stage]);
    if (entries.every((entry) => table in entry.tables())) return [];
    return [{
      code: "figure-table-missing",
      message: `Cannot draw figure "${config.figure}": stage "${stage}" makes no table "${table}"`,
      at: Array.isArray(config.analysis) ? ["analysis", i] : ["analysis"],
      help: `add ${table} to the "measures" of stage "${stage}"`,
    }];
  });
}

/** Whether an override names fields that the figure has. */
export function checkFigureOverride(config: PlotConfig, inputs: InputOutlooks): Problem[] {
  if (!isFigure(config) || config.override === undefined || checkMissing(config).length > 0) return [];
  return checkOverride(config.override as JsonObject, config.figure, figureOutlook(config, inputs));
}

/** What a figure will be, as far as its settings and its inputs tell before there are any values. */
export function figureOutlook(config: FigureConfig, inputs: InputOutlooks): FigureOutlook {
  const { figure, statistics, normalization } = withFigureDefaults(config);
  const { population = [], groups, analysis = [] } = inputs;
  // Whether an analysis has groups shows in none of its columns: it may.
  const mayBeGrouped = true;
  switch (figure) {
    case "convergence":
      return convergenceOutlook(population, groups);
    case "weight-statistics":
      return weightStatisticsOutlook(analysis, statistics!, mayBeGrouped);
    case "weight-distribution":
      return weightDistributionOutlook(analysis, normalization!, mayBeGrouped);
    default:
      return figure satisfies never;
  }
}

/** A spec says all that is drawn; only inputs stand beside it. */
function checkBesideSpec(config: PlotConfig): Problem[] {
  const beside = Object.keys(config).filter((key) =>
    !["spec", "population", "groups", "analysis"].includes(key)
  );
  return beside.map((setting) => ({
    code: "spec-setting-unused",
    message: `Cannot use ${JSON.stringify(setting)} beside "spec": a spec says all that is drawn`,
    at: [setting],
    on: "key",
    help: setting === "figure" ? 'remove one of "figure" and "spec"' : "remove it, and say it in the spec",
  }));
}

function checkMissing(config: FigureConfig): Problem[] {
  return FIGURES[config.figure].needs.filter((input) => config[input] === undefined).map((input) => ({
    code: "figure-input-missing",
    message: `Cannot draw figure "${config.figure}": "${input}" is missing`,
    at: ["figure"],
    help: `add "${input}" with the name of ${MAKERS[input]}`,
  }));
}

function checkUnused(config: FigureConfig): Problem[] {
  const always = ["figure", "title", "override"];
  const settings = Object.keys(config).filter((key): key is Setting => !always.includes(key));
  return settings.filter((setting) => !settingsOf(config.figure).includes(setting)).map((setting) => ({
    code: "figure-setting-unused",
    message: `Cannot use "${setting}" in figure "${config.figure}": it is drawn from ` +
      allOfWords(settingsOf(config.figure)),
    at: [setting],
    help: `remove it; figures that use it: ${figuresWith(setting).join(", ")}`,
  }));
}

function checkPhase({ figure, phase }: FigureConfig): Problem[] {
  if (figure !== "weight-distribution" || phase !== "difference") return [];
  return [{
    code: "figure-phase-unknown",
    message:
      `Cannot draw figure "${figure}" of phase "${phase}": densities are estimated of phases init and final`,
    at: ["phase"],
    help: `write init or final, or draw figure "weight-statistics"`,
  }];
}

const MAKERS: Partial<Record<Setting, string>> = {
  population: "a stage of kind train",
  analysis: "a stage of kind analyze",
};

function settingsOf(figure: FigureName): Setting[] {
  const { needs, uses, defaults } = FIGURES[figure];
  return [...needs, ...uses, ...Object.keys(defaults) as Setting[]];
}

function figuresWith(setting: Setting): FigureName[] {
  return (Object.keys(FIGURES) as FigureName[]).filter((figure) => settingsOf(figure).includes(setting));
}
