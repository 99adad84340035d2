import { domainOf, partsOf, pathBelow, type Range } from "../../artifacts/domain.ts";
import type { Family } from "../../artifacts/family.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { drawKey, intUniform, logUniform, rendezvousChoice, uniform } from "../../core/random/keyed.ts";
import type { PhiloxKey } from "../../core/random/philox.ts";
import { isAdmissible, settle } from "./settle.ts";

/** Settings of one draw or of one point of a grid. */
export interface Drawn {
  readonly case: string | null;
  readonly settings: JsonObject;
}

/** A draw that may have come to nothing: no settings that are admissible. */
export interface Attempted extends Omit<Drawn, "settings"> {
  readonly settings: JsonObject | undefined;
}

/** After so many draws in a row that are not admissible, nothing worth drawing is left. */
export const MAX_ATTEMPTS = 1000;

/**
 * The settings of draw `index`. Each setting is keyed by seed, index, attempt and its full path, so that a change of one
 * domain leaves the others' draws as they are. The case stays while draws that are not admissible are repeated: shares of
 * cases are as declared.
 */
export function drawSettings(family: Family, seed: number, index: number): Attempted {
  const own = drawCase(family, seed, index);
  const plan = planOf((own ?? family).space);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const key = (setting: string) => drawKey({ record: "draw/1", seed, index, attempt, setting });
    const settings = settle(plan(key) as JsonObject);
    if (isAdmissible(settings, family)) return { case: own?.name ?? null, settings };
  }
  return { case: own?.name ?? null, settings: undefined };
}

function drawCase({ cases }: Family, seed: number, index: number): Family["cases"][number] | undefined {
  if (cases.length === 0) return undefined;
  const { names, weights } = sharesOf(cases);
  return cases[rendezvousChoice(names, weights, drawKey({ record: "draw-case/1", seed, index }))];
}

/** The very same lists for each draw: those that are chosen from are known by the list (see `rendezvousChoice`). */
const knownShares = new WeakMap<Family["cases"], { names: string[]; weights: number[] }>();

function sharesOf(cases: Family["cases"]) {
  const shares = knownShares.get(cases) ??
    { names: cases.map(({ name }) => name), weights: cases.map(({ weight }) => weight) };
  knownShares.set(cases, shares);
  return shares;
}

/** Draws from a node of a space, given the key of each setting. */
type Draw = (key: (setting: string) => PhiloxKey) => Json;

/** A space is drawn from once for each member, and finding its domains takes longer than a draw. */
const knownPlans = new WeakMap<JsonObject, Draw>();

function planOf(space: JsonObject): Draw {
  let plan = knownPlans.get(space);
  if (plan === undefined) {
    plan = planNode(space, "");
    knownPlans.set(space, plan);
  }
  return plan;
}

function planNode(node: Json, path: string): Draw {
  const domain = domainOf(node);
  if (domain?.type === "choice") {
    const { values, weights } = domain;
    // A domain that was chosen draws for the same setting, and must not do so with the same key.
    const plans = values.map((value) => planNode(value, domainOf(value) === null ? path : `${path}/`));
    return (key) => plans[rendezvousChoice(values, weights, key(path))]!(key);
  }
  if (domain !== null) return (key) => drawNumber(domain, key(path));
  const entries = partsOf(node).map(([name, part]) => [name, planNode(part, pathBelow(path, name))] as const);
  if (Array.isArray(node)) return (key) => entries.map(([, plan]) => plan(key));
  if (!isJsonObject(node)) return () => node;
  return (key) => {
    const drawn: Record<string, Json> = {};
    for (const [name, plan] of entries) drawn[name] = plan(key);
    return drawn;
  };
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
