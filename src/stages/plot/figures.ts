import type { Problem } from "../../core/diagnostic.ts";
import type { FigureName, PlotConfig } from "./schema.ts";

type Setting = Exclude<keyof PlotConfig, "figure" | "title">;

interface FigureNeeds {
  /** Inputs without which there is nothing to draw. */
  readonly needs: readonly Setting[];
  /** Inputs that it can do without. */
  readonly uses: readonly Setting[];
  /** Its own settings, with what they are when the file does not say. */
  readonly defaults: Partial<PlotConfig>;
}

/** What each figure is drawn from. */
export const FIGURES: Readonly<Record<FigureName, FigureNeeds>> = {
  convergence: { needs: ["population"], uses: ["groups"], defaults: {} },
  "weight-statistics": {
    needs: ["analysis"],
    uses: [],
    defaults: { phase: "final", statistics: ["std", "skewness", "excess_kurtosis"] },
  },
  "weight-distribution": {
    needs: ["analysis"],
    uses: [],
    defaults: { phase: "final", normalization: "z_score" },
  },
};

/** The settings with those of the figure filled in. */
export function withFigureDefaults(config: PlotConfig): PlotConfig {
  return { ...FIGURES[config.figure].defaults, ...config };
}

/** What the schema cannot say: a figure has all that it is drawn from, and nothing that it would not show. */
export function checkFigure(config: PlotConfig): Problem[] {
  return [...checkMissing(config), ...checkUnused(config), ...checkPhase(config)];
}

function checkMissing(config: PlotConfig): Problem[] {
  return FIGURES[config.figure].needs.filter((input) => config[input] === undefined).map((input) => ({
    code: "figure-input-missing",
    message: `Cannot draw figure "${config.figure}": "${input}" is missing`,
    at: ["figure"],
    help: `add "${input}" with the name of ${MAKERS[input]}`,
  }));
}

function checkUnused(config: PlotConfig): Problem[] {
  const settings = Object.keys(config).filter((key): key is Setting => key !== "figure" && key !== "title");
  return settings.filter((setting) => !settingsOf(config.figure).includes(setting)).map((setting) => ({
    code: "figure-setting-unused",
    message: `Cannot use "${setting}" in figure "${config.figure}": it is drawn from ` +
      listed(settingsOf(config.figure), "and"),
    at: [setting],
    help: `remove it; figures that use it: ${figuresWith(setting).join(", ")}`,
  }));
}

function checkPhase({ figure, phase }: PlotConfig): Problem[] {
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

function listed(names: readonly string[], word: string): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} ${word} ${names.at(-1)}`;
}
