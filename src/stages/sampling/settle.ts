import { meets } from "../../artifacts/conditions.ts";
import { lastName } from "../../artifacts/domain.ts";
import type { Family } from "../../artifacts/family.ts";
import { CONDITIONAL_SETTINGS, type MemberSettings } from "../../artifacts/settings.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { usedCount } from "../../engine/examples.ts";
import { type Violation, violationOf } from "../../engine/models/model.ts";

/**
 * Drawn settings without those that have no meaning beside the others, such as Adam's beside sgd, with the defaults of
 * those that have, and a dense layer in a list as one without it, so that a network has one form.
 */
export function settle(settings: JsonObject): JsonObject {
  return MAPS.reduce((settled, map) => settleAt(settled, map.way, map), withPlainDense(settings));
}

/** Whether a family lets settings be drawn: none of its exclusions holds for them, nor are they skipped as impossible. */
export function isAdmissible(settings: JsonObject, family: Family): boolean {
  if (family.exclude.some((conditions) => meets(settings, conditions))) return false;
  return family.impossible !== "skip" || violationIn(settings, family) === undefined;
}

/** What stands against building, or training, the networks that settings describe. */
export function violationIn(settings: JsonObject, { dataset }: Family): Violation | undefined {
  const { architecture, training } = settings as unknown as MemberSettings;
  return violationOf(architecture, dataset.shape) ?? shortage(training, dataset.splits.train.count);
}

/** Fewer examples than a batch takes. */
function shortage(training: MemberSettings["training"], count: number): Violation | undefined {
  const used = usedCount(training, count);
  if (used >= training.batch_size) return undefined;
  return {
    why: `a batch of ${training.batch_size} takes more than the ${used} training examples`,
    settings: ["training.batch_size", ...used < count ? ["training.fraction"] : []],
  };
}

/** A map of settings of which some mean something only beside some values of `of`. */
interface ConditionalMap {
  /** Names from the outermost map to it. */
  readonly way: readonly string[];
  readonly of: string;
  readonly conditional: readonly (readonly [name: string, where: Readonly<Record<string, Json>>])[];
}

const MAPS: readonly ConditionalMap[] = Array.from(
  Map.groupBy(Object.entries(CONDITIONAL_SETTINGS), ([, { of }]) => of),
  ([of, settings]) => ({
    way: of.split(".").slice(0, -1),
    of: lastName(of),
    conditional: settings.map(([path, { where }]) => [lastName(path), where] as const),
  }),
);

function settleAt(node: JsonObject, [name, ...below]: readonly string[], map: ConditionalMap): JsonObject {
  if (name === undefined) return settleMap(node, map);
  const inner = node[name];
  return isJsonObject(inner) ? { ...node, [name]: settleAt(inner, below, map) } : node;
}

function settleMap(node: JsonObject, { of, conditional }: ConditionalMap): JsonObject {
  const settled: Record<string, Json> = { ...node };
  for (const [name, where] of conditional) {
    const usual = where[String(node[of])];
    if (usual === undefined) delete settled[name];
    else if (usual !== null) settled[name] ??= usual;
  }
  return settled;
}

function withPlainDense(settings: JsonObject): JsonObject {
  const { architecture } = settings;
  if (!isJsonObject(architecture)) return settings;
  const { dense } = architecture;
  if (!Array.isArray(dense) || dense.length !== 1) return settings;
  return { ...settings, architecture: { ...architecture, dense: dense[0] as Json } };
}
