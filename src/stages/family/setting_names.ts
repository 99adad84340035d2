import type { ArchitectureKind } from "../../artifacts/settings.ts";
import { nearestName } from "../../core/diagnostic.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { isMap } from "./domain_schema.ts";
import {
  ARCHITECTURE_KINDS,
  ARCHITECTURES,
  type MapSchema,
  OTHER_SETTINGS,
  type ScalarSchema,
} from "./settings_schema.ts";

/** The scalar settings that members with one of these kinds of architecture can have: by full path, with their schemas. */
export function settingsOf(kinds: readonly ArchitectureKind[]): ReadonlyMap<string, ScalarSchema> {
  const kind = { enum: ARCHITECTURE_KINDS, description: "The kind of network", examples: ["mlp"] };
  return new Map<string, ScalarSchema>([
    ["architecture.kind", kind],
    ...kinds.flatMap((kind) => scalarSettings(ARCHITECTURES[kind].properties, "architecture.")),
    ...scalarSettings(OTHER_SETTINGS, ""),
  ]);
}

/** All scalar settings by full path: `training.optimizer.learning_rate`, ... */
export const SETTINGS = settingsOf(ARCHITECTURE_KINDS);

/** The kinds of architecture that have a setting below `architecture`. */
export function kindsWith(name: string): ArchitectureKind[] {
  return ARCHITECTURE_KINDS.filter((kind) => Object.hasOwn(ARCHITECTURES[kind].properties, name));
}

/**
 * The full path of a setting from that path or from a unique end of it.
 * @returns or what is wrong with the name, and help
 */
export function resolveSetting(
  name: string,
  known: Iterable<string> = SETTINGS.keys(),
): Result<string, { readonly why: string; readonly help: string }> {
  const paths = [...known];
  const matches = paths.filter((path) => path === name || path.endsWith(`.${name}`));
  if (matches.length === 1 || matches.includes(name)) return ok(matches.includes(name) ? name : matches[0]!);
  if (matches.length > 1) {
    return fail({ why: "it is the end of several settings", help: `write one of ${matches.join(", ")}` });
  }
  const near = nearestName(name, [...paths, ...paths.map((path) => path.slice(path.lastIndexOf(".") + 1))]);
  const help = near === undefined ? `known are ${paths.join(", ")}` : `did you mean "${near}"?`;
  return fail({ why: "there is no such setting", help });
}

function scalarSettings(properties: MapSchema["properties"], prefix: string): [string, ScalarSchema][] {
  return Object.entries(properties).flatMap(([name, inner]): [string, ScalarSchema][] =>
    isMap(inner) ? scalarSettings(inner.properties, `${prefix}${name}.`) : [[`${prefix}${name}`, inner]]
  );
}
