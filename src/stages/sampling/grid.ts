import { domainOf, partsOf, pathBelow, settingAt, spaceSize, spaceValues } from "../../artifacts/domain.ts";
import type { Family } from "../../artifacts/family.ts";
import { type Digest, digestOf } from "../../core/digest.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Drawn } from "./draw.ts";
import { isAdmissible, settle } from "./settle.ts";

/** A point of a grid, known by the values that its domains have there. */
export interface GridPoint extends Drawn {
  readonly digest: Digest;
}

/**
 * All combinations of the values of a family's domains, less what is not admissible. Each case has the grid of its own space, and
 * weights have no influence. The order depends on the values alone: numbers ascend, texts follow the alphabet.
 */
export function gridPoints(family: Family): readonly GridPoint[] {
  const points = new Map<Digest, GridPoint>();
  for (const { name, space } of spacesOf(family)) {
    const chosen = domains(space, "").map(([path]) => path);
    for (const values of spaceValues(space)) {
      const settings = settle(values as JsonObject);
      if (!isAdmissible(settings, family)) continue;
      const digest = pointDigest(name, settings, chosen);
      if (!points.has(digest)) points.set(digest, { case: name, settings, digest });
    }
  }
  return [...points.values()];
}

/** How many combinations there are before exclusion; infinitely many where a domain has no steps. */
export function gridSize(family: Family): number {
  return spacesOf(family).reduce((sum, { space }) => sum + spaceSize(space), 0);
}

/** Full paths of the domains of which a grid cannot know how many values to take. */
export function endlessSettings(family: Family): string[] {
  const endless = spacesOf(family).flatMap(({ space }) =>
    domains(space, "").flatMap(([path, node]) => endlessIn(node, path))
  );
  return [...new Set(endless)].sort();
}

/** The spaces that members come from, in an order that does not depend on the file's. */
function spacesOf({ cases, space }: Family): { name: string | null; space: JsonObject }[] {
  if (cases.length === 0) return [{ name: null, space }];
  return cases.map(({ name, space }) => ({ name, space })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function pointDigest(name: string | null, settings: JsonObject, paths: readonly string[]): Digest {
  const chosen = Object.fromEntries(paths.map((path) => [path, settingAt(settings, path)]));
  const record = { record: "grid-point/1", case: name, chosen };
  return digestOf(record);
}

/** The outermost domains of a tree, with the paths of the settings that they stand for. */
function domains(node: Json, path: string): [string, Json][] {
  if (domainOf(node) !== null) return [[path, node]];
  return partsOf(node).flatMap(([name, part]) => domains(part, pathBelow(path, name)));
}

function endlessIn(node: Json, path: string): string[] {
  const domain = domainOf(node);
  if (domain?.type === "choice") {
    return domain.values.flatMap((value) =>
      domains(value, path).flatMap(([inner, own]) => endlessIn(own, inner))
    );
  }
  return domain !== null && domain.type !== "int_uniform" && domain.steps === undefined ? [path] : [];
}
