import { domainOf, type Range } from "../../artifacts/domain.ts";
import type { Family } from "../../artifacts/family.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { drawKey, intUniform, logUniform, rendezvousChoice, uniform } from "../../core/random/keyed.ts";
import type { PhiloxKey } from "../../core/random/philox.ts";
import { isExcluded, settle } from "./settle.ts";

/** Settings of one draw or of one point of a grid. */
export interface Drawn {
  readonly case: string | null;
  readonly settings: JsonObject;
}

/** After so many draws in a row that are excluded, nothing worth drawing is left. */
export const MAX_ATTEMPTS = 1000;

/**
 * The settings of draw `index`. Each setting is keyed by seed, index, attempt and its full path, so that a change of one
 * domain leaves the others' draws as they are. The case stays while excluded draws are repeated: shares of cases are as declared.
 * @returns The settings of the last attempt, and whether even these are excluded
 */
export function drawSettings(
  family: Family,
  seed: number,
  index: number,
): Drawn & { readonly isExcluded: boolean } {
  const own = drawCase(family, seed, index);
  const { space } = own ?? family;
  let settings: JsonObject = {};
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const key = (setting: string) => drawKey({ record: "draw/1", seed, index, attempt, setting });
    settings = settle(drawNode(space, "", key) as JsonObject);
    if (!isExcluded(settings, family.exclude)) {
      return { case: own?.name ?? null, settings, isExcluded: false };
    }
  }
  return { case: own?.name ?? null, settings, isExcluded: true };
}

function drawCase({ cases }: Family, seed: number, index: number): Family["cases"][number] | undefined {
  if (cases.length === 0) return undefined;
  const key = drawKey({ record: "draw-case/1", seed, index });
  return cases[rendezvousChoice(cases.map(({ name }) => name), cases.map(({ weight }) => weight), key)];
}

function drawNode(node: Json, path: string, key: (setting: string) => PhiloxKey): Json {
  const domain = domainOf(node);
  if (domain?.type === "choice") {
    const value = domain.values[rendezvousChoice(domain.values, domain.weights, key(path))]!;
    // A domain that was chosen draws for the same setting, and must not do so with the same key.
    return drawNode(value, domainOf(value) === null ? path : `${path}/`, key);
  }
  if (domain !== null) return drawNumber(domain, key(path));
  if (!isJsonObject(node)) return node;
  const entries = Object.entries(node).map(([name, inner]) =>
    [name, drawNode(inner, path === "" ? name : `${path}.${name}`, key)] as const
  );
  return Object.fromEntries(entries);
}

function drawNumber({ type, low, high }: Range, key: PhiloxKey): number {
  switch (type) {
    case "uniform":
      return uniform(low, high, key);
    case "log_uniform":
      return logUniform(low, high, key);
    case "int_uniform":
      return intUniform(low, high, key);
    default:
      return type satisfies never;
  }
}
