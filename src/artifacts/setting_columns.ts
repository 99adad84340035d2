/** Settings of members as columns of tables. */
import { isJsonObject, type Json } from "../core/json.ts";
import type { Column } from "../core/table.ts";
import { partsOf, pathBelow } from "./domain.ts";
import type { Member } from "./sample.ts";
import type { ConvolutionSettings, MemberSettings } from "./settings.ts";

/**
 * A column for each setting that any member has, under its full path, sorted, the items of a list by number. A list is one text, `300-100`; one of
 * convolutions is, too, and each setting of its items has a column besides. Quantitative are those in which all are numbers.
 */
export function settingColumns(members: readonly Pick<Member, "settings">[]): Column[] {
  const types = new Map<string, Column["type"]>();
  for (const { settings } of members) {
    for (const [path, value] of flatSettings(settings)) {
      if (typeof value !== "number") types.set(path, "nominal");
      else if (!types.has(path)) types.set(path, "quantitative");
    }
  }
  const sorted = [...types].sort(([a], [b]) => comparePaths(a, b));
  return sorted.map(([name, type]) => ({ name, type, description: descriptionOf(name) }));
}

/** The values of a member in such columns; null where it has not the setting. In a nominal column numbers are texts, too. */
export function settingCells(settings: MemberSettings, columns: readonly Column[]): Json[] {
  const flat = flatSettings(settings);
  return columns.map(({ name, type }) => {
    const value = flat.get(name) ?? null;
    return typeof value === "number" && type === "nominal" ? String(value) : value;
  });
}

/**
 * Settings as full paths and values without parts: `architecture.depth` → 3, `architecture.convolutions.2.channels` → 16.
 * `architecture.kind` has a column of its own.
 */
export function flatSettings(settings: MemberSettings): Map<string, Json> {
  const flat = new Map<string, Json>();
  const add = (node: Json, path: string) => {
    if (path === "architecture.kind") return;
    if (Array.isArray(node)) flat.set(path, listText(node));
    if (!Array.isArray(node) && !isJsonObject(node)) flat.set(path, node);
    else if (!Array.isArray(node) || isJsonObject(node[0])) {
      for (const [name, part] of partsOf(node)) add(part, pathBelow(path, name));
    }
  };
  add(settings as unknown as Json, "");
  return flat;
}

/** Name by name; `convolutions.2` comes before `convolutions.10`. */
function comparePaths(a: string, b: string): number {
  const [names, others] = [a.split("."), b.split(".")];
  let i = 0;
  while (i < names.length && names[i] === others[i]) i++;
  const [name = "", other = ""] = [names[i], others[i]];
  return Number(name) - Number(other) || (name < other ? -1 : 1);
}

/** `300-100`; of convolutions `16-M-32k5`. */
function listText(list: readonly Json[]): string {
  return list.map((item) =>
    isJsonObject(item) ? convolutionText(item as unknown as ConvolutionSettings) : String(item)
  ).join("-");
}

/** As networks of convolutions are written since VGG: the filters, M for a max pooling; and what is not usual. */
function convolutionText({ channels, kernel, stride, padding, pool }: ConvolutionSettings): string {
  const size = kernel === 3 ? "" : `k${kernel}`;
  const step = stride === 1 ? "" : `s${stride}`;
  const border = padding === "valid" ? "" : padding;
  return `${channels}${size}${step}${border}${pool ? "-M" : ""}`;
}

function descriptionOf(path: string): string {
  if (path !== "architecture.convolutions") return `Setting ${path}`;
  return "The convolutions, by their channels; k: kernel unless 3; s: stride unless 1; same: padding; M: max pooling";
}
