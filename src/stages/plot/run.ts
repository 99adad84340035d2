import type { Figure } from "../../artifacts/figure.ts";
import { UserError } from "../../core/diagnostic.ts";
import type { ObjectReader, RunContext } from "../../core/stage_kind.ts";
import { convergence } from "./convergence.ts";
import { type FigureParts, figureSpec } from "./figure_spec.ts";
import { withFigureDefaults } from "./figures.ts";
import { render } from "./render.ts";
import type { PlotConfig } from "./schema.ts";
import { specText } from "./spec_text.ts";
import type { PlotInputs } from "./stage.ts";
import { weightDistribution } from "./weight_distribution.ts";
import { weightStatistics } from "./weight_statistics.ts";
import { kernelRows } from "./weights_rows.ts";

/**
 * Draws a figure and stores its spec and pictures.
 * @param config settings in which `checkFigure` found no problem
 */
export async function drawFigure(
  config: PlotConfig,
  inputs: PlotInputs,
  context: RunContext,
): Promise<Figure> {
  const parts = await figureParts(withFigureDefaults(config), inputs, context.objects);
  if (parts.rows.length === 0) throw nothingToDraw(config.figure);
  const spec = figureSpec({ ...parts, title: config.title ?? parts.title });
  context.signal.throwIfAborted();
  const { svg, png } = await render(spec);
  const put = (text: string) => context.objects.put(new TextEncoder().encode(text));
  return {
    files: { "vl.json": await put(specText(spec)), svg: await put(svg), png: await context.objects.put(png) },
  };
}

function nothingToDraw(figure: string): UserError {
  return new UserError(
    `Cannot draw figure "${figure}": its inputs hold no model that could be drawn`,
    "see in the tables of its inputs why each model failed or was left out",
  );
}

async function figureParts(
  config: PlotConfig,
  inputs: PlotInputs,
  objects: ObjectReader,
): Promise<FigureParts> {
  const { population, groups, analysis } = inputs;
  switch (config.figure) {
    case "convergence":
      return convergence(population!, groups);
    case "weight-statistics": {
      const rows = await kernelRows(analysis!, "statistics", config.phase!, objects);
      return weightStatistics(analysis!, rows, config.statistics!, config.phase!);
    }
    case "weight-distribution": {
      const rows = await kernelRows(analysis!, "distribution", config.phase!, objects);
      return weightDistribution(analysis!, rows, config.normalization!, config.phase!);
    }
    default:
      return config.figure satisfies never;
  }
}
