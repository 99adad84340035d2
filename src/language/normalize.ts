import type { Diagnostic, Problem } from "../core/diagnostic.ts";
import type { JsonObject } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { instanceBudget, type PlacedStage, placeStage, type Settled, type Stage } from "./instances.ts";
import { keySpan, type LocatedEntry, relatedTo, valueSpan } from "./located.ts";
import { oncePerStage } from "./once_per_stage.ts";
import { orderStages } from "./order.ts";
import { checkReferences } from "./references.ts";
import { withDefaults } from "./schema_walk.ts";
import type { Checked, Spec, SpecStage, Variant } from "./validate.ts";

/** A pipeline with nothing left to check but what its kinds find beside their inputs, or when they are evaluated. */
export interface Pipeline {
  readonly path: string;
  readonly name: string;
  readonly description: string;
  /** In topological order; stages that are ready at the same time stand as in the file. */
  readonly stages: readonly Stage[];
  /** Amounts by name. */
  readonly resources: Spec["resources"];
  readonly budget: Spec["budget"];
}

/**
 * Fills in defaults, resolves references, orders the stages and makes their instances. A stage that has no
 * place takes those that read it along; of imported files those stages stay that the pipeline's own ones need.
 */
export function normalize(spec: Spec): Checked<Pipeline> {
  const byName = new Map(spec.stages.map((stage) => [stage.name, stage]));
  const order = orderStages(spec.stages);
  const problems = [...order.problems];
  const misled = new Set<SpecStage>();
  for (const stage of spec.stages) {
    const own = checkReferences(stage, byName);
    if (own.length > 0) misled.add(stage);
    for (const problem of own) problems.push(problem);
  }
  const placed = new Map<string, PlacedStage>();
  const budget = instanceBudget();
  for (const stage of order.value) {
    const settled = settle(stage);
    for (const problem of settled.problems) problems.push(problem);
    if (!stage.isPlaceable || misled.has(stage) || !readsAll(stage, placed)) continue;
    const { value, problems: own } = placeStage(stage, settled.value, placed, budget);
    for (const problem of own) problems.push(problem);
    if (value !== undefined) placed.set(stage.name, value);
  }
  const { path, name, description, resources, budget: runBudget } = spec;
  return {
    value: { path, name, description, stages: needed(placed), resources, budget: runBudget },
    problems,
  };
}

/** The place of a problem that a kind found: of the value or key that it names, or of the stage's name. */
export function stageDiagnostic(source: LocatedEntry, { code, message, at, on, help }: Problem): Diagnostic {
  const span = on === "key" || at.length === 0 ? keySpan(source, at) : valueSpan(source, at);
  const related = at.length === 0 ? [] : relatedTo(source, at);
  return { severity: "error", code, message, at: span, help, ...(related.length > 0 && { related }) };
}

/**
 * The settings of each variant as its kind normalizes them, and the mistakes that the kind finds in them. Of malformed ones
 * the sound part is looked at: what is missing there may stand in the file, but malformed.
 */
function settle({ kind, variants }: SpecStage): Checked<ReadonlyMap<Variant, Settled>> {
  const settled = new Map<Variant, Settled>();
  const wrong = variants.map((variant) => {
    const { coordinates, settings, wellFormed, soundPart, source } = variant;
    const sound = wellFormed ? settings : soundPart;
    if (kind === undefined || sound === undefined) {
      settled.set(variant, { config: settings, state: "malformed" });
      return { coordinates, problems: [] };
    }
    const config = configOf(kind, sound);
    const found = (kind.check?.(config) ?? []).filter(({ code }) => wellFormed || !ABSENCE.test(code));
    settled.set(variant, { config, state: wellFormed && found.length === 0 ? "right" : "wrong" });
    return { coordinates, problems: found.map((problem) => stageDiagnostic(source, problem)) };
  });
  return { value: settled, problems: oncePerStage(wrong) };
}

/** Codes of problems that say that something is not there. */
const ABSENCE = /missing|^nothing/;

function configOf(kind: StageKind, settings: JsonObject): JsonObject {
  const filled = withDefaults(kind.schema, settings) as JsonObject;
  return kind.normalize?.(filled) ?? filled;
}

function readsAll(stage: SpecStage, placed: ReadonlyMap<string, PlacedStage>): boolean {
  return stage.variants.length > 0 &&
    stage.variants.every((variant) => variant.references.every(({ target }) => placed.has(target)));
}

/** The stages of the pipeline's own file, and those of other files that they read. */
function needed(placed: ReadonlyMap<string, PlacedStage>): Stage[] {
  const stages = [...placed.values()];
  const wanted = new Set<string>();
  for (const { spec, stage } of stages.toReversed()) {
    if (spec.file.prefix !== "" && !wanted.has(stage.name)) continue;
    for (const variant of spec.variants) {
      for (const { target } of variant.references) wanted.add(target);
    }
    wanted.add(stage.name);
  }
  return stages.filter(({ stage }) => wanted.has(stage.name)).map(({ stage }) => stage);
}
