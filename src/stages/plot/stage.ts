import type { Analysis } from "../../artifacts/analysis.ts";
import { type Figure, figureArtifact } from "../../artifacts/figure.ts";
import type { Groups } from "../../artifacts/groups.ts";
import type { Population } from "../../artifacts/population.ts";
import type { WholeKind } from "../../core/stage_kind.ts";
import { checkFigure, withFigureDefaults } from "./figures.ts";
import { type PlotConfig, plotSchema } from "./schema.ts";

export interface PlotInputs {
  readonly population?: Population;
  readonly groups?: Groups;
  readonly analysis?: Analysis;
}

export const plot: WholeKind<PlotConfig, PlotInputs, Figure> = {
  name: "plot",
  version: 1,
  description: plotSchema.description,
  contract: "whole",
  schema: plotSchema,
  inputs: {
    population: { artifact: "population", optional: true },
    groups: { artifact: "groups", optional: true },
    analysis: { artifact: "analysis", optional: true },
  },
  output: figureArtifact,
  check: checkFigure,
  normalize: withFigureDefaults,
  load: async () => (await import("./run.ts")).drawFigure,
};
