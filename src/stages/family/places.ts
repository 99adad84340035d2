import { domainOf, partsOf, type Range } from "../../artifacts/domain.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import type { Place } from "./check_tree.ts";

/** A value somewhere below a node. */
export interface Wanted {
  /** Names of parts, as paths have them. */
  readonly way: readonly string[];
  readonly value: Json;
}

/**
 * Where a tree gives values that were taken from it together.
 * @param isPartial whether its maps may lack what is wanted, which then has no place
 * @returns undefined if it cannot give all of them
 */
export function placesIn(tree: Json, wanted: readonly Wanted[], isPartial: boolean): Place[] | undefined {
  const domain = domainOf(tree);
  if (domain?.type === "choice") {
    return firstDefined(
      domain.values,
      (value, i) => below(["choice", i], placesIn(value, wanted, isPartial)),
    );
  }
  if (domain !== null) {
    return wanted.every(({ value }) => isWithin(domain, value)) ? [[domain.type]] : undefined;
  }
  if (isJsonObject(tree) || Array.isArray(tree)) return placesInParts(tree, wanted, isPartial);
  return wanted.every(({ value }) => value === tree) ? [[]] : undefined;
}

function placesInParts(tree: Json, wanted: readonly Wanted[], isPartial: boolean): Place[] | undefined {
  const parts = new Map(partsOf(tree));
  const places: Place[] = [];
  for (const [name, inside] of Map.groupBy(wanted, ({ way }) => way[0]!)) {
    const part = parts.get(name);
    if (part === undefined && isPartial && isJsonObject(tree)) continue;
    const within = inside.map(({ way, value }) => ({ way: way.slice(1), value }));
    const found = part === undefined ? undefined : placesIn(part, within, isPartial);
    if (found === undefined) return undefined;
    places.push(...below([Array.isArray(tree) ? Number(name) - 1 : name], found)!);
  }
  return places;
}

function below(way: Place, places: readonly Place[] | undefined): Place[] | undefined {
  return places?.map((place) => [...way, ...place]);
}

function firstDefined<Item, Found>(
  items: readonly Item[],
  find: (item: Item, i: number) => Found | undefined,
): Found | undefined {
  for (const [i, item] of items.entries()) {
    const found = find(item, i);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isWithin({ low, high }: Range, value: Json): boolean {
  return typeof value === "number" && low <= value && value <= high;
}
