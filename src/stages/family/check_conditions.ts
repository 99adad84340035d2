import { isSettingsMap, lastName } from "../../artifacts/domain.ts";
import { CONDITIONAL_SETTINGS } from "../../artifacts/settings.ts";
import { allOfWords, anyOfWords, quote } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Place } from "./check_tree.ts";
import type { FamilyConfig } from "./schema.ts";
import { schemaOf } from "./setting_names.ts";
import { completeSpace, overlayOf, overlaySpace, possibleValues } from "./space.ts";

/** Settings that do not go with the others, in the family and in each case laid over it. */
export function checkConditions(config: FamilyConfig): Problem[] {
  const space = completeSpace(config);
  const cases = (config.cases ?? []).flatMap((own, i) => {
    const over = overlayOf(own);
    const merged = overlaySpace(space, own);
    // What the family sets without need in a case is left out there; only what the case itself says can be wrong.
    return misplaced(merged, ["cases", i]).filter(({ setting, isMissing }) =>
      hasSetting(over, isMissing ? setting.slice(0, setting.lastIndexOf(".")) : setting)
    );
  });
  return [...misplaced(space, []), ...cases].map(({ problem }) => problem);
}

interface Misplaced {
  readonly problem: Problem;
  readonly setting: string;
  readonly isMissing: boolean;
}

/** Settings without effect, and settings that are needed and missing, in all maps of a tree. */
function misplaced(tree: JsonObject, at: Place): Misplaced[] {
  return settingsMaps(tree, "", at).flatMap((place) => [
    ...Object.keys(CONDITIONAL_SETTINGS)
      .filter((path) => path === `${place.setting}.${lastName(path)}`)
      .flatMap((path) => misplacedAt(place, path)),
    ...idleNesterov(place),
  ]);
}

function misplacedAt({ map, at }: MapPlace, setting: string): Misplaced[] {
  const { of, where } = CONDITIONAL_SETTINGS[setting]!;
  const possible = possibleValues(map[lastName(of)]);
  const defaults = possible.map((value) => where[String(value)]).filter((usual) => usual !== undefined);
  const isGiven = Object.hasOwn(map, lastName(setting));
  if (isGiven && defaults.length === 0) {
    const message = `Cannot set "${setting}" where "${of}" is ${
      anyOfWords(possible.map(quote))
    }: it belongs to ${allOfWords(Object.keys(where))}`;
    const place = { at: [...at, lastName(setting)], on: "key" } as const;
    return [{
      setting,
      isMissing: false,
      problem: { code: "unused-setting", message, ...place, help: "leave it out" },
    }];
  }
  if (!isGiven && defaults.includes(null)) {
    const needing = possible.filter((value) => where[String(value)] === null).map(quote);
    const message = `Cannot set "${of}" to ${anyOfWords(needing)}: "${setting}" is missing`;
    const help = schemaOf(setting)!.description;
    return [{
      setting,
      isMissing: true,
      problem: { code: "missing-key", message, at: [...at, lastName(of)], help },
    }];
  }
  return [];
}

/** Looking ahead along a momentum that is always 0. */
function idleNesterov({ map, setting, at }: MapPlace): Misplaced[] {
  const isAlways = (name: string, value: Json) => {
    const possible = possibleValues(map[name]);
    return possible.length > 0 && possible.every((each) => each === value);
  };
  if (setting !== "training.optimizer" || !isAlways("nesterov", true) || !isAlways("momentum", 0)) return [];
  const message =
    `Cannot set "${setting}.nesterov" where "${setting}.momentum" is 0: there is nothing to look ahead along`;
  const help = "give a momentum, such as 0.9, or leave it out";
  const problem = { code: "unused-setting", message, at: [...at, "nesterov"], on: "key", help } as const;
  return [{ setting: `${setting}.nesterov`, isMissing: false, problem }];
}

/** A map of settings, its full path, and where it is. */
interface MapPlace {
  readonly map: JsonObject;
  readonly setting: string;
  readonly at: Place;
}

/** Every map of settings in a tree, also those in choices. */
function settingsMaps(node: Json, setting: string, at: Place): MapPlace[] {
  if (!isJsonObject(node)) return [];
  if (!isSettingsMap(node)) {
    const values = Array.isArray(node["choice"]) ? node["choice"] as readonly Json[] : [];
    return values.flatMap((value, i) => settingsMaps(value, setting, [...at, "choice", i]));
  }
  const inner = Object.entries(node).flatMap(([name, value]) =>
    settingsMaps(value, setting === "" ? name : `${setting}.${name}`, [...at, name])
  );
  return [{ map: node, setting, at }, ...inner];
}

/** Whether a tree says something about a setting, by itself or in a domain that holds it. */
function hasSetting(tree: JsonObject, setting: string): boolean {
  let node: Json | undefined = tree;
  for (const name of setting.split(".")) {
    if (!isSettingsMap(node)) return node !== undefined;
    node = node[name];
  }
  return node !== undefined;
}
