import type { ArchitectureKind } from "../../artifacts/settings.ts";
import { anyOfWords } from "../../core/describe.ts";
import { nearestName } from "../../core/diagnostic.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { ARCHITECTURE_KINDS, ARCHITECTURES } from "./architecture_settings.ts";
import {
  isList,
  isMap,
  type ListSchema,
  type MapSchema,
  type ScalarSchema,
  type SettingSchema,
} from "./settings_schema.ts";
import { OTHER_SETTINGS } from "./training_settings.ts";

/** Stands in a path for the number of any item of a list. */
const ANY = "*";

/** The settings that members can have and conditions name: all but maps, and lists of maps. By path, with `*` for the number of an item. */
export type KnownSettings = ReadonlyMap<string, ScalarSchema | ListSchema>;

/**
 * The settings that members with one of these kinds of architecture can have.
 * @param has whether networks of a kind can have a setting below `architecture`
 */
export function settingsOf(
  kinds: readonly ArchitectureKind[],
  has: (kind: ArchitectureKind, name: string) => boolean = () => true,
): KnownSettings {
  const kind = { enum: ARCHITECTURE_KINDS, description: "The kind of network", examples: ["mlp"] };
  return new Map<string, ScalarSchema | ListSchema>([
    ["architecture.kind", kind],
    ...kinds.flatMap((kind) =>
      Object.entries(ARCHITECTURES[kind].properties).flatMap(([name, schema]) =>
        has(kind, name) ? settingsIn(schema, `architecture.${name}`) : []
      )
    ),
    ...Object.entries(OTHER_SETTINGS).flatMap(([name, map]) => settingsIn(map, name)),
  ]);
}

/** All settings: `training.optimizer.learning_rate`, `architecture.widths.*`, ... */
export const SETTINGS = settingsOf(ARCHITECTURE_KINDS);

/** What is known of the setting with a full path; nothing, if that is a map or a list of maps. */
export function schemaOf(setting: string): ScalarSchema | ListSchema | undefined {
  return SETTINGS.get(patternOf(setting));
}

/** The kinds of architecture that have a setting below `architecture`. */
export function kindsWith(name: string): ArchitectureKind[] {
  return ARCHITECTURE_KINDS.filter((kind) => Object.hasOwn(ARCHITECTURES[kind].properties, name));
}

/**
 * The full path of a setting from that path or from a unique end of it. What is inside of a list is named with the number
 * of its item.
 * @returns or what is wrong with the name, and help
 */
export function resolveSetting(
  name: string,
  known: Iterable<string> = SETTINGS.keys(),
): Result<string, { readonly why: string; readonly help: string }> {
  const paths = [...known];
  const pattern = patternOf(name);
  const matches = NAMED.test(name) ? paths.filter((path) => path === pattern || isEnd(pattern, path)) : [];
  const match = matches.length === 1 ? matches[0] : matches.find((path) => path === pattern);
  if (match !== undefined) return ok(numbered(match, name));
  if (matches.length > 1) {
    const ways = matches.map((path) => numbered(path, name));
    return fail({ why: "it is the end of several settings", help: `write one of ${ways.join(", ")}` });
  }
  const inItems = paths.filter((path) => isInItem(pattern, path));
  if (inItems.length > 0) {
    const ways = inItems.map((path) => path.replaceAll(ANY, "1"));
    const help = ways.length <= 2 ? `write ${anyOfWords(ways)}` : `write, for example, ${ways[0]}`;
    return fail({ why: "it does not say of which item of a list", help });
  }
  const near = nearestName(pattern, paths.flatMap(endsOf));
  const help = near === undefined
    ? `known are ${paths.map((path) => path.replaceAll(ANY, "N")).join(", ")}`
    : `did you mean "${numbered(near, name)}"?`;
  return fail({ why: NO_SUCH_SETTING, help });
}
export const NO_SUCH_SETTING = "there is no such setting";

/** Has names and numbers of items, and not numbers alone. */
const NAMED = /^(?=.*[a-z])[^*]+$/;

/** A path with `*` in place of each number. */
function patternOf(path: string): string {
  return path.replaceAll(NUMBER, ANY);
}
/** That of an item. */
const NUMBER = /(?<=^|\.)[1-9]\d*(?=\.|$)/g;

/** Whether a pattern is an end of a path that leaves out no number. */
function isEnd(pattern: string, path: string): boolean {
  return path.endsWith(`.${pattern}`) && !path.slice(0, -pattern.length).includes(ANY);
}

/** Whether a pattern leaves out the number of an item, or all that is in it. */
function isInItem(pattern: string, path: string): boolean {
  return path.endsWith(`.${pattern}`) || path.includes(`.${pattern}.${ANY}.`);
}

/** A path, and what is left of it without the first names. */
function endsOf(path: string): string[] {
  const names = path.split(".");
  return names.map((_, i) => names.slice(i).join("."));
}

/** A pattern with the numbers that a path has. */
function numbered(pattern: string, path: string): string {
  const numbers = path.match(NUMBER) ?? [];
  return pattern.replaceAll(ANY, () => numbers.shift() ?? "N");
}

function settingsIn(schema: SettingSchema, path: string): [string, ScalarSchema | ListSchema][] {
  if (isMap(schema)) return settingsInMap(schema, path);
  if (!isList(schema)) return [[path, schema]];
  const items = settingsIn(schema.items, `${path}.${ANY}`);
  return isMap(schema.items) ? items : [[path, schema], ...items];
}

function settingsInMap({ properties }: MapSchema, path: string): [string, ScalarSchema | ListSchema][] {
  return Object.entries(properties).flatMap(([name, inner]) => settingsIn(inner, `${path}.${name}`));
}
