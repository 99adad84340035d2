import { nearestName } from "../../core/diagnostic.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { settingsSchema } from "./settings_schema.ts";

/** The scalar settings by full path, each with its schema: `training.optimizer.learning_rate`, ... */
export const SETTINGS: ReadonlyMap<string, JsonObject> = new Map(scalarSettings(settingsSchema, ""));

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

function scalarSettings(schema: JsonObject, prefix: string): [string, JsonObject][] {
  return (Object.entries(schema["properties"] as JsonObject) as [string, JsonObject][]).flatMap((
    [name, inner],
  ) =>
    isJsonObject(inner["properties"])
      ? scalarSettings(inner, `${prefix}${name}.`)
      : [[`${prefix}${name}`, inner] as [string, JsonObject]]
  );
}
