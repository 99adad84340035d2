import type { Analysis } from "../../artifacts/analysis.ts";
import { type Figure, figureArtifact } from "../../artifacts/figure.ts";
import { checkSamePopulation, type Groups } from "../../artifacts/groups.ts";
import type { Population } from "../../artifacts/population.ts";
import type { Sourced, WholeKind } from "../../core/stage_kind.ts";
import { checkFigure, checkFigureOverride, checkFigureTables, withFigureDefaults } from "./figures.ts";
import { type PlotConfig, plotSchema } from "./schema.ts";
import { checkShape, checkTables } from "./spec/check.ts";
import { specOf, withNormalNames } from "./spec/table_names.ts";

export interface PlotInputs {
  readonly population?: readonly Sourced<Population>[];
  readonly groups?: readonly Sourced<Groups>[];
  readonly analysis?: readonly Sourced<Analysis>[];
}

export const plot: WholeKind<PlotConfig, PlotInputs, Figure> = {
  name: "plot",
  version: 3, // 1 drew a line for each model, however many; 2 wrote out the numbers of axes
  description: plotSchema.description,
  contract: "whole",
  schema: plotSchema,
  inputs: {
    population: { artifact: "population", optional: true, list: true },
    groups: { artifact: "groups", optional: true, list: true },
    analysis: { artifact: "analysis", optional: true, list: true },
  },
  output: figureArtifact,
  check: (config) => [...checkFigure(config), ...checkShape(config)],
  checkInputs: (config, inputs) => [
    ...config.groups === undefined ? [] : checkSamePopulation(config.groups, inputs),
    ...checkFigureTables(config, inputs),
    ...checkFigureOverride(config, inputs),
    ...checkTables(config, inputs),
  ],
  normalize: (config) => {
    const spec = specOf(config);
    return spec === undefined
      ? withFigureDefaults(config)
      : { ...config, spec: withNormalNames(spec, config) };
  },
  load: async () => (await import("./run.ts")).drawFigure,
};
