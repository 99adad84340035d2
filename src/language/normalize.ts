import type { Diagnostic, Problem } from "../core/diagnostic.ts";
import type { JsonObject } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { keySpan, type LocatedEntry, valueSpan } from "./located.ts";
import { orderStages } from "./order.ts";
import { checkReferences, referencesOf } from "./references.ts";
import { withDefaults } from "./schema_walk.ts";
import type { Checked, Spec, SpecStage } from "./validate.ts";

/** A pipeline with nothing left to check but what its kinds find when they are evaluated. */
export interface Pipeline {
  readonly path: string;
  readonly name: string;
  readonly description: string;
  /** In topological order; stages that are ready at the same time stand as in the file. */
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly name: string;
  readonly kind: StageKind;
  /** The settings with defaults filled in, as the kind normalizes them. */
  readonly config: JsonObject;
  /** The stages that the kind's inputs name, by input: one name, or a list where the input takes a list. */
  readonly inputs: Readonly<Record<string, string | readonly string[]>>;
  readonly source: LocatedEntry;
}

/** Fills in defaults, resolves references and orders the stages; a stage that is wrong takes those that read it along. */
export function normalize(spec: Spec): Checked<Pipeline> {
  const byName = new Map(spec.stages.map((stage) => [stage.name, stage]));
  const order = orderStages(spec.stages);
  const problems = [...order.problems];
  const misled = new Set<SpecStage>();
  for (const stage of spec.stages) {
    const own = checkReferences(stage, byName);
    if (own.length > 0) misled.add(stage);
    problems.push(...own);
  }
  const stages = new Map<string, Stage>();
  for (const stage of order.value) {
    const normal = normalizeStage(stage);
    problems.push(...normal.problems);
    const readable = !misled.has(stage) && referencesOf(stage).every(({ target }) => stages.has(target));
    if (normal.value !== undefined && readable) stages.set(stage.name, normal.value);
  }
  const { path, name, description } = spec;
  return { value: { path, name, description, stages: [...stages.values()] }, problems };
}

/** The place of a problem that a kind found: of the value or key that it names, or of the stage's name. */
export function stageDiagnostic(source: LocatedEntry, { code, message, at, on, help }: Problem): Diagnostic {
  const span = on === "key" || at.length === 0 ? keySpan(source, at) : valueSpan(source, at);
  return { severity: "error", code, message, at: span, help };
}

function normalizeStage({ name, kind, settings, wellFormed, source }: SpecStage): Checked<Stage | undefined> {
  if (kind === undefined || !wellFormed) return { value: undefined, problems: [] };
  const filled = withDefaults(kind.schema, settings) as JsonObject;
  const config: JsonObject = kind.normalize?.(filled) ?? filled;
  const problems = (kind.check?.(config) ?? []).map((problem) => stageDiagnostic(source, problem));
  if (problems.length > 0) return { value: undefined, problems };
  return { value: { name, kind, config, inputs: inputsOf(kind, settings), source }, problems };
}

function inputsOf(kind: StageKind, settings: JsonObject): Stage["inputs"] {
  const given = Object.entries(kind.inputs).filter(([role]) => Object.hasOwn(settings, role));
  return Object.fromEntries(given.map(([role, { list }]) => {
    const names = settings[role] as string | readonly string[];
    return [role, list === true ? [names].flat() : names];
  }));
}
