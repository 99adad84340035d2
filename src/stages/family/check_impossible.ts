import { domainOf, pathBelow, settingAt, spaceSize, spaceValues, withParts } from "../../artifacts/domain.ts";
import { meets } from "../../artifacts/conditions.ts";
import { exclusionHelp, type Impossible, whyImpossible } from "../../artifacts/exclusions.ts";
import type { Family } from "../../artifacts/family.ts";
import type { ArchitectureSettings } from "../../artifacts/settings.ts";
import { allOfWords } from "../../core/describe.ts";
import type { Problem } from "../../core/diagnostic.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { type Violation, violationOf } from "../../engine/models/model.ts";
import type { Place } from "./check_tree.ts";
import { placesIn } from "./places.ts";
import type { FamilyConfig } from "./schema.ts";

/** Up to so many architectures of a family are all looked at. */
const MAX_POINTS = 10_000;
/** Of a range of more integers only the bounds are looked at, if there are too many architectures otherwise. */
const MAX_INTEGERS = 16;

/**
 * Architectures of a family that cannot be built for its images. What depends on settings with too many values to look at is
 * left to a sampling, which knows the values that it draws.
 */
export function checkImpossible(config: FamilyConfig, family: Family): Problem[] {
  const spaces = surveys(family);
  if (spaces === undefined) return [];
  const hopeless = spaces.filter(({ knowsAll, possible, clashes }) =>
    knowsAll && possible.length === 0 && clashes.length > 0
  );
  const others = spaces.filter((space) => !hopeless.includes(space));
  return [
    ...hopeless.map((space) => nothingPossible(config, family, space)),
    ...(family.impossible === "skip" ? [] : partlyImpossible(config, others)),
  ];
}

/** The architectures of the family or of a case. */
interface Survey {
  /** Index of the case. */
  readonly of: number | undefined;
  readonly count: number;
  readonly possible: readonly JsonObject[];
  readonly clashes: readonly Clash[];
  /** Whether all values of all settings were looked at. */
  readonly knowsAll: boolean;
}

interface Clash extends Impossible {
  readonly why: string;
  readonly of: number | undefined;
}

function surveys({ space, cases, exclude, dataset }: Family): Survey[] | undefined {
  const trees = cases.length === 0
    ? [{ of: undefined, architecture: space["architecture"]! }]
    : cases.map(({ space }, of) => ({ of, architecture: space["architecture"]! }));
  for (const most of [Infinity, MAX_INTEGERS]) {
    const outlines = trees.map(({ of, architecture }) => ({ of, ...outlineOf(architecture, most) }));
    const size = outlines.reduce((sum, { tree }) => sum + spaceSize(tree), 0);
    if (size > MAX_POINTS) continue;
    return outlines.map(({ of, tree, open }) => survey(of, tree, open, exclude, dataset.shape));
  }
  return undefined;
}

/**
 * An architecture's tree with only the bounds of each range whose values cannot all be looked at, or of which only a grid
 * knows which it takes; and the paths of the settings that have such.
 */
function outlineOf(tree: Json, most: number): { tree: Json; open: ReadonlySet<string> } {
  const open = new Set<string>();
  const outline = (node: Json, path: string): Json => {
    const domain = domainOf(node);
    if (domain?.type === "choice") return { choice: domain.values.map((value) => outline(value, path)) };
    if (domain !== null) {
      const isListed = domain.type === "int_uniform" && domain.steps === undefined &&
        domain.high - domain.low < most;
      if (isListed) return node;
      open.add(path);
      return { choice: [domain.low, domain.high] };
    }
    return withParts(node, (part, name) => outline(part, pathBelow(path, name)));
  };
  return { tree: outline(tree, "architecture"), open };
}

function survey(
  of: number | undefined,
  tree: Json,
  open: ReadonlySet<string>,
  exclude: Family["exclude"],
  shape: Family["dataset"]["shape"],
): Survey {
  const exclusions = exclude.map((conditions) => architecturePart(conditions, open));
  const possible: JsonObject[] = [];
  const clashes: Clash[] = [];
  let count = 0;
  for (const architecture of spaceValues(tree)) {
    const settings = { architecture };
    const met = exclusions.filter(({ part }) => meets(settings, part));
    if (met.some(({ isAll }) => isAll)) continue;
    count++;
    const violation = violationOf(architecture as unknown as ArchitectureSettings, shape);
    if (violation === undefined) possible.push(settings);
    else if (met.length === 0 && !violation.settings.some((path) => open.has(path))) {
      clashes.push(clashOf(violation, settings, of));
    }
  }
  return { of, count, possible, clashes, knowsAll: open.size === 0 };
}

function clashOf({ why, settings: clash }: Violation, settings: JsonObject, of: number | undefined): Clash {
  return { settings, clash, why, of };
}

/** Of an exclusion, the conditions that show for an architecture alone, and whether these are all. Without any it tells nothing. */
function architecturePart(conditions: JsonObject, open: ReadonlySet<string>) {
  const entries = Object.entries(conditions);
  const own = entries.filter(([path]) => path.startsWith("architecture.") && !open.has(path));
  const part: JsonObject = own.length === 0 ? { "architecture.kind": [] } : Object.fromEntries(own);
  return { part, isAll: own.length === entries.length };
}

function nothingPossible(
  config: FamilyConfig,
  { cases }: Family,
  { of, count, clashes }: Survey,
): Problem {
  const owner = of === undefined ? "this family" : `case "${cases[of]!.name}"`;
  const what = count === 1 ? `the networks of ${owner}` : `any of the ${count} architectures of ${owner}`;
  return {
    code: "impossible",
    message: `Cannot build ${what}: ${whyImpossible(clashes)}`,
    at: placeOf(config, clashes[0]!),
    help: `change ${allOfWords(causesOf(clashes[0]!))}`,
  };
}

/** The settings that clash; of many, the lists that these are in. */
function causesOf({ clash }: Clash): string[] {
  return clash.length <= MAX_CAUSES ? [...clash] : [...new Set(clash.map((path) => path.split(ITEM)[0]!))];
}
const MAX_CAUSES = 4;
/** The number of an item, and what is in it. */
const ITEM = /\.\d+(?:\.|$)/;

/** A problem for each set of settings that clash. */
function partlyImpossible(config: FamilyConfig, spaces: readonly Survey[]): Problem[] {
  const count = spaces.reduce((sum, space) => sum + space.count, 0);
  const possible = spaces.flatMap((space) => space.possible);
  const knowsAll = spaces.every((space) => space.knowsAll);
  const groups = Map.groupBy(spaces.flatMap((space) => space.clashes), ({ clash }) => clash.join());
  return [...groups.values()].map((impossible) => ({
    code: "impossible",
    message: `Cannot build ${impossible.length} of the ${count} architectures of this family: ${
      whyImpossible(impossible)
    }`,
    at: placeOf(config, impossible[0]!),
    help: exclusionHelp({ impossible, possible, knowsAll }, ""),
  }));
}

/** Where the file gives the first of the settings that clash its value; the architecture, where all of them are defaults. */
function placeOf({ architecture, cases = [] }: FamilyConfig, { of, settings, clash }: Clash): Place {
  const wanted = [...clash, "architecture.kind"].map((path) => ({
    way: path.split(".").slice(1), // below architecture
    value: settingAt(settings, path)!,
  }));
  const over = of === undefined ? undefined : cases[of]!.architecture;
  const inCase = over === undefined ? undefined : placesIn(over, wanted, true)?.find(isSetting);
  if (inCase !== undefined) return ["cases", of!, "architecture", ...inCase];
  return ["architecture", ...placesIn(architecture, wanted, false)?.find(isSetting) ?? []];
}

function isSetting(place: Place): boolean {
  return place.at(-1) !== "kind";
}
