import type { Figure } from "../../artifacts/figure.ts";
import { UserError } from "../../core/diagnostic.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ObjectReader, RunContext } from "../../core/stage_kind.ts";
import { convergence, populationEntries } from "./convergence.ts";
import { type FigureParts, figureSpec, nothingToDraw } from "./figure_spec.ts";
import { type FigureConfig, isFigure, withFigureDefaults } from "./figures.ts";
import { type Pictures, render } from "./render.ts";
import type { PlotConfig } from "./schema.ts";
import { ownFigure } from "./spec/draw.ts";
import { overridden } from "./spec/override.ts";
import { specOf } from "./spec/table_names.ts";
import { specText } from "./spec_text.ts";
import type { PlotInputs } from "./stage.ts";
import { weightDistribution } from "./weight_distribution.ts";
import { weightStatistics } from "./weight_statistics.ts";
import { kernelEntries } from "./weights_rows.ts";

/**
 * Draws a figure and stores its spec and pictures.
 * @param config settings in which the kind's checks found no problem
 * @throws {UserError} If there is nothing to draw, or Vega-Lite cannot draw a spec or an override of one's own
 */
export async function drawFigure(
  config: PlotConfig,
  inputs: PlotInputs,
  context: RunContext,
): Promise<Figure> {
  const filled = withFigureDefaults(config);
  const spec = isFigure(filled)
    ? await namedFigure(filled, inputs, context.objects)
    : await ownFigure(specOf(filled)!, filled, inputs, context.objects);
  context.signal.throwIfAborted();
  const own = config.spec !== undefined ? "spec" : config.override !== undefined ? "override" : undefined;
  const { svg, png } = await (own === undefined ? render(spec) : renderOwn(spec, own));
  const put = (text: string) => context.objects.put(new TextEncoder().encode(text));
  return {
    files: { "vl.json": await put(specText(spec)), svg: await put(svg), png: await context.objects.put(png) },
  };
}

async function namedFigure(
  config: FigureConfig,
  inputs: PlotInputs,
  objects: ObjectReader,
): Promise<JsonObject> {
  const parts = await figureParts(config, inputs, objects);
  if (parts.rows.length === 0) throw nothingToDraw(`figure "${config.figure}"`);
  const spec = figureSpec({ ...parts, title: config.title ?? parts.title });
  return config.override === undefined ? spec : overridden(spec, config.override as JsonObject);
}

/** What Vega-Lite says of a spec that is not our own is told to who wrote it. */
async function renderOwn(spec: JsonObject, setting: "spec" | "override"): Promise<Pictures> {
  try {
    return await render(spec);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `Cannot draw the figure: Vega-Lite says "${message}"`,
      `correct the setting \`${setting}\``,
    );
  }
}

async function figureParts(
  config: FigureConfig,
  inputs: PlotInputs,
  objects: ObjectReader,
): Promise<FigureParts> {
  const { population, groups, analysis } = inputs;
  const { figure } = config;
  switch (figure) {
    case "convergence":
      return convergence(populationEntries(population!, groups));
    case "weight-statistics": {
      const entries = await kernelEntries(analysis!, "statistics", config.phase!, objects);
      return weightStatistics(entries, config.statistics!, config.phase!);
    }
    case "weight-distribution": {
      const entries = await kernelEntries(analysis!, "distribution", config.phase!, objects);
      return weightDistribution(entries, config.normalization!, config.phase!);
    }
    default:
      return figure satisfies never;
  }
}
