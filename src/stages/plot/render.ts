import { initWasm, Resvg } from "@resvg/resvg-wasm";
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { JsonObject } from "../../core/json.ts";
import { once } from "../../core/once.ts";
import { type FontMetrics, readFontMetrics } from "./font.ts";

/** Pixels of a PNG for one of its SVG's. */
const SCALE = 2;

export interface Pictures {
  readonly svg: string;
  readonly png: Uint8Array;
  /** What Vega-Lite and Vega found odd about the spec. */
  readonly warnings: readonly string[];
}

/** Draws a Vega-Lite spec whose data are inside it. Equal specs make equal bytes. */
export async function render(spec: JsonObject): Promise<Pictures> {
  const fonts = await loadFonts();
  measureTextWith(fonts);
  const warnings: string[] = [];
  const svg = await drawSvg(spec, collector(warnings));
  await loadRasterizer();
  return { svg, png: drawPng(svg, fonts), warnings };
}

async function drawSvg(spec: JsonObject, logger: vega.LoggerInterface): Promise<string> {
  const compiled = compile(spec as unknown as TopLevelSpec, { logger });
  const view = new vega.View(vega.parse(withPlainTitles(compiled.spec)), {
    renderer: "none",
    loader: noLoader,
    logger,
  });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Vega-Lite makes titles of fields as a spec has them, `init\.std`; people want `init.std`. */
function withPlainTitles({ data, ...spec }: vega.Spec): vega.Spec {
  const plain = (key: string, value: unknown) =>
    (key === "title" || key === "text") && typeof value === "string" ? value.replaceAll("\\.", ".") : value;
  return { ...JSON.parse(JSON.stringify(spec, plain)), ...data && { data } };
}

function drawPng(svg: string, fonts: Fonts): Uint8Array {
  const picture = new Resvg(svg, {
    fitTo: { mode: "zoom", value: SCALE },
    background: "white",
    font: {
      fontBuffers: [fonts.regular.bytes, fonts.bold.bytes],
      defaultFontFamily: "DejaVu Sans",
      sansSerifFamily: "DejaVu Sans",
    },
  });
  try {
    const image = picture.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    picture.free();
  }
}

interface Fonts {
  readonly regular: Font;
  readonly bold: Font;
}
interface Font {
  readonly bytes: Uint8Array;
  readonly metrics: FontMetrics;
}

const loadFonts = once(async (): Promise<Fonts> => {
  const [regular, bold] = await Promise.all([loadFont("DejaVuSans"), loadFont("DejaVuSans-Bold")]);
  return { regular, bold };
});

async function loadFont(name: string): Promise<Font> {
  const bytes = await readPackageFile(`dejavu-fonts-ttf/ttf/${name}.ttf`);
  return { bytes, metrics: readFontMetrics(bytes) };
}

const loadRasterizer = once(async () => initWasm(await readPackageFile("@resvg/resvg-wasm/index_bg.wasm")));

/** Found from this file, not from the working directory. */
function readPackageFile(specifier: string): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(new URL(import.meta.resolve(specifier)));
}

/** Vega guesses widths where it has no canvas, and uses one where npm's `canvas` happens to be there: neither fits. */
function measureTextWith({ regular, bold }: Fonts): void {
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: TextItem, text: unknown) => number };
  };
  textMetrics.width = ({ fontSize = 11, fontWeight, limit = 0 }, text) => {
    const heavy = fontWeight === "bold" || Number(fontWeight) >= 600;
    const width = (heavy ? bold : regular).metrics.width(String(text ?? "").trim(), fontSize);
    return limit > 0 ? Math.min(width, limit) : width;
  };
}
interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  /** Longest width drawn: longer texts are cut. */
  readonly limit?: number;
}

const refuse = (place: string) =>
  Promise.reject(new Error(`Cannot load "${place}": a figure holds its own data`));
const noLoader: vega.Loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };

/** A logger that keeps warnings and throws errors, which Vega would else print and go on from. */
function collector(warnings: string[]): vega.LoggerInterface {
  const logger: vega.LoggerInterface = {
    level: ((value?: number) => value === undefined ? vega.Warn : logger) as vega.LoggerInterface["level"],
    error: (...args) => {
      throw args[0] instanceof Error ? args[0] : new Error(args.join(" "));
    },
    warn: (...args) => (warnings.push(args.join(" ")), logger),
    info: () => logger,
    debug: () => logger,
  };
  return logger;
}
