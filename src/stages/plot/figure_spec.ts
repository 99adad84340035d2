import { UserError } from "../../core/diagnostic.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { FONT } from "./font.ts";
import { coloursOf, UNGROUPED_COLOUR } from "./palette.ts";

/** What a figure shows, before it gets its frame. */
export interface FigureParts {
  readonly title: string;
  /** How the members were grouped, as `Groups` words it; null without groups. */
  readonly rule: string | null;
  /** Sentences under the title: what is drawn, what was counted, what is missing. */
  readonly notes: readonly string[];
  /** Width of the drawing in pixels, about: notes are broken to fit. */
  readonly width: number;
  /** Marks, encodings and panels, without data. */
  readonly body: JsonObject;
  /** The data: only the fields that `body` reads. */
  readonly rows: readonly JsonObject[];
}

/** What is known of a figure before its data are there. */
export interface FigureOutlook {
  /** The fields of its rows. */
  readonly fields: readonly string[];
  /** Its views with their transforms; numbers and words that the data decide are others. */
  readonly body: JsonObject;
}

/** A whole Vega-Lite spec. The data come last, so that the file reads from the top. */
export function figureSpec({ title, rule, notes, width, body, rows }: FigureParts): JsonObject {
  const lines = [
    ...rule === null ? [] : linesOf(rulePhrases(rule), width),
    ...linesOf(sentences(notes), width),
  ];
  return {
    $schema: SCHEMA,
    title: { text: linesOf([title], width / TITLE_SCALE), subtitle: lines },
    config: CONFIG,
    ...body,
    data: { values: rows.map(forDrawing) },
  };
}

/** The groups that have something to show, each with its colour and its words in the legend. */
export interface GroupKey {
  /** All labels that the rule can give, worst first. */
  readonly labels: readonly string[];
  /** What the legend says of each label that is drawn: "low (n = 8)". */
  readonly legend: ReadonlyMap<string, string>;
}

/** Groups of which nothing is known but that there are some. */
export const GROUPS_TO_COME: GroupKey = { labels: [], legend: new Map() };

/** The fields that rows have: without groups, none is `group`. */
export function rowFields(all: readonly string[], grouped: boolean): readonly string[] {
  return grouped ? all : all.filter((field) => field !== "group");
}

/** A row with these fields and no others. */
export function picked(row: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(fields.map((field) => [field, row[field]!]));
}

/** All labels of several rules, worst first as far as the rules say so. */
export function allLabels(rules: readonly (readonly string[])[]): string[] {
  const all: string[] = [];
  for (const labels of rules) {
    labels.forEach((label, i) => {
      if (all.includes(label)) return;
      const next = labels.slice(i + 1).map((better) => all.indexOf(better)).find((place) => place >= 0);
      all.splice(next ?? all.length, 0, label);
    });
  }
  return all;
}

/** The rule of all groups of a figure; where bounds differ, what they bound. Null without groups. */
export function commonRule(rules: readonly string[], labels: readonly string[]): string | null {
  const [first, ...others] = new Set(rules);
  if (first === undefined || others.length === 0) return first ?? null;
  const metrics = new Set(rules.map((rule) => rule.split(":")[0]!));
  return `${[...metrics].join(" or ")}: ${labels.join(", ")}; each panel has bounds of its own`;
}

/** The colour channel of field `group`; one plain colour without groups. */
export function groupColour(groups: GroupKey | null, legend: JsonObject = {}): JsonObject {
  if (groups === null) return { value: UNGROUPED_COLOUR };
  const colours = coloursOf(groups.labels);
  const domain = drawnLabels(groups);
  return {
    field: "group",
    type: "nominal",
    scale: { domain, range: domain.map((label) => colours.get(label)!) },
    legend: {
      title: "Group",
      symbolOpacity: 1,
      labelExpr: `${JSON.stringify(Object.fromEntries(groups.legend))}[datum.label]`,
      ...legend,
    },
  };
}

/** The labels that are drawn, worst first. */
export function drawnLabels({ labels, legend }: GroupKey): string[] {
  return labels.filter((label) => legend.has(label));
}

export function nothingToDraw(what: string): UserError {
  return new UserError(
    `Cannot draw ${what}: its inputs hold no model that could be drawn`,
    "see in the tables of its inputs why each model failed or was left out",
  );
}

/** The name of a quantity over the panels that show it. */
export function panelsTitle(text: string): JsonObject {
  return { text, anchor: "start", frame: "group", fontSize: 12, offset: 8 };
}

/** Ticks of an axis whose numbers may have any size: `2e+8` and `5e-5` where all digits would not fit beside it. */
export const SHORT_LABELS: JsonObject = {
  labelExpr:
    "datum.value !== 0 && (abs(datum.value) < 1e-3 || abs(datum.value) >= 1e5) ? format(datum.value, '~e') : datum.label",
};

/** How many there are of a noun: "1 model", "24 models". */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** Mean width of a character of DejaVu Sans at 11 pixels, as notes and labels are. */
export const CHARACTER_WIDTH = 6.5;

/** How much wider the title's characters are: 14 pixels, bold. */
const TITLE_SCALE = 1.5;

/** The version of Vega-Lite that figures are written for and drawn with. */
export const SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json";

/** The look of all figures. */
export const CONFIG: JsonObject = {
  font: FONT,
  background: "white",
  padding: 10,
  view: { stroke: null },
  title: {
    anchor: "start",
    frame: "bounds",
    fontSize: 14,
    offset: 14,
    subtitleFontSize: 11,
    subtitleColor: "#444444",
    subtitleLineHeight: 15,
    subtitlePadding: 5,
  },
  axis: {
    domainColor: "#555555",
    gridColor: "#E6E6E6",
    labelColor: "#222222",
    labelFlush: false,
    labelFontSize: 10,
    tickColor: "#555555",
    tickSize: 4,
    titleColor: "#222222",
    titleFontSize: 11,
    titleFontWeight: "normal",
    titlePadding: 7,
    zindex: 1,
  },
  header: { labelColor: "#222222", labelFontSize: 11, labelFontWeight: "bold", labelPadding: 6 },
  legend: { labelColor: "#222222", labelFontSize: 11, labelLimit: 400, titleFontSize: 11, titleLimit: 400 },
};

function rulePhrases(rule: string): string[] {
  return `Groups by ${rule.replaceAll("<=", "≤").replaceAll(">=", "≥")}`.split(/(?<=;) /);
}

function sentences(notes: readonly string[]): string[] {
  return notes.map((note, i) => i < notes.length - 1 ? `${note}.` : note);
}

/** Lines no wider than `width`, broken between phrases, and within one only where it is too long for a line. */
function linesOf(phrases: readonly string[], width: number): string[] {
  const longest = Math.floor(width / CHARACTER_WIDTH);
  const pieces = phrases.flatMap((phrase) => phrase.length > longest ? phrase.split(" ") : [phrase]);
  const lines: string[] = [];
  for (const piece of pieces) {
    const longer = `${lines.at(-1)} ${piece}`;
    if (lines.length > 0 && longer.length <= longest) lines[lines.length - 1] = longer;
    else lines.push(piece);
  }
  return lines;
}

/** Numbers to 6 significant digits: no picture shows more, and the spec is a third shorter. */
function forDrawing(row: JsonObject): JsonObject {
  const rounded = (value: Json) => typeof value === "number" ? Number(value.toPrecision(6)) : value;
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, rounded(value)]));
}
