import type { Diagnostic, Span } from "../core/diagnostic.ts";
import type { JsonObject } from "../core/json.ts";
import type { Item, StageKind } from "../core/stage_kind.ts";
import { keySpan } from "../language/located.ts";
import { type Pipeline, type Stage, stageDiagnostic } from "../language/normalize.ts";
import { withoutNeutral } from "../language/schema_walk.ts";
import type { Checked } from "../language/validate.ts";

/** What a pipeline is to do: its nodes with all that can be known of them without a disk. */
export interface Plan {
  readonly name: string;
  readonly description: string;
  readonly path: string;
  /** In topological order. */
  readonly nodes: readonly PlanNode[];
}

export interface PlanNode {
  /** Unique in the plan. */
  readonly instance: string;
  readonly stage: string;
  readonly kind: StageKind;
  /** The settings with defaults filled in. */
  readonly config: JsonObject;
  /** What of the settings decides the output: without the names of inputs and without what is neutral. */
  readonly identityConfig: JsonObject;
  readonly inputs: Readonly<Record<string, PlanInput>>;
  /** Present if and only if the node is evaluated: its kind is a `plan` kind. */
  readonly output?: unknown;
  /** Present if and only if its kind is an `items` kind all of whose inputs are evaluated. */
  readonly items?: readonly Item<unknown>[];
  /** The stage's name in the file. */
  readonly at: Span;
}

export interface PlanInput {
  readonly instances: readonly string[];
  /** Whether the kind gets a list of artifacts rather than one. */
  readonly list: boolean;
}

/** Turns stages into nodes and evaluates what is pure. A node whose evaluation fails takes those that read it along. */
export function plan({ name, description, path, stages }: Pipeline): Checked<Plan> {
  const nodes = new Map<string, PlanNode>();
  const problems: Diagnostic[] = [];
  for (const stage of stages) {
    const inputs = planInputs(stage);
    if (!Object.values(inputs).every(({ instances }) => instances.every((instance) => nodes.has(instance)))) {
      continue;
    }
    const node = evaluate(unevaluated(stage, inputs), stage, nodes);
    problems.push(...node.problems);
    if (node.value !== undefined) nodes.set(node.value.instance, node.value);
  }
  return { value: { name, description, path, nodes: [...nodes.values()] }, problems };
}

/** What a kind gets for its inputs: by input, an artifact, or a list of them. */
export function inputValues(
  inputs: PlanNode["inputs"],
  valueOf: (instance: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(inputs).map(([role, { instances, list }]) => {
      const values = instances.map(valueOf);
      return [role, list ? values : values[0]];
    }),
  );
}

function planInputs({ inputs }: Stage): PlanNode["inputs"] {
  return Object.fromEntries(
    Object.entries(inputs).map((
      [role, names],
    ) => [role, { instances: [names].flat(), list: Array.isArray(names) }]),
  );
}

function unevaluated({ name, kind, config, source }: Stage, inputs: PlanNode["inputs"]): PlanNode {
  const own = Object.entries(config).filter(([key]) => !Object.hasOwn(kind.inputs, key));
  const identityConfig = withoutNeutral(kind.schema, Object.fromEntries(own)) as JsonObject;
  return { instance: name, stage: name, kind, config, identityConfig, inputs, at: keySpan(source, []) };
}

function evaluate(
  node: PlanNode,
  { source }: Stage,
  nodes: ReadonlyMap<string, PlanNode>,
): Checked<PlanNode | undefined> {
  const { kind, config, inputs } = node;
  const read = Object.values(inputs).flatMap(({ instances }) =>
    instances.map((instance) => nodes.get(instance)!)
  );
  const unknown = read.find(({ kind }) => kind.contract !== "plan");
  const values = () => inputValues(inputs, (instance) => nodes.get(instance)!.output);
  if (kind.contract === "items" && unknown === undefined) {
    return { value: { ...node, items: kind.list(config, values()) }, problems: [] };
  }
  if (kind.contract !== "plan") return { value: node, problems: [] };
  if (unknown !== undefined) {
    throw new Error(
      `Kind "${kind.name}" cannot be evaluated while planning: its input "${unknown.kind.name}" is not`,
    );
  }
  const output = kind.plan(config, values());
  if (output.ok) return { value: { ...node, output: output.value }, problems: [] };
  return { value: undefined, problems: output.error.map((problem) => stageDiagnostic(source, problem)) };
}
