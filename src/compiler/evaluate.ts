import type { Diagnostic, Problem } from "../core/diagnostic.ts";
import type { FileAnswers } from "../core/own_files.ts";
import type { PlanKind } from "../core/stage_kind.ts";
import { stageDiagnostic } from "../language/normalize.ts";
import { inputValues } from "./input_values.ts";
import { lookedUp } from "./own_files.ts";
import type { PlanNode } from "./plan.ts";
import { unknownNode } from "./unknown.ts";

/** What the nodes of a plan are made with. */
export interface Planning<Node extends PlanNode = PlanNode> {
  /** Those that came before. */
  readonly nodes: ReadonlyMap<string, Node>;
  /** How many members there may still be. */
  readonly budget: { members: number };
  readonly answers: FileAnswers | undefined;
}

export function memberBudget(): Planning["budget"] {
  return { members: MAX_MEMBERS };
}

/** Members of all samples of a pipeline. */
const MAX_MEMBERS = 1_000_000;

/** Without a node it has a mistake. */
export interface Evaluated {
  readonly node?: PlanNode;
  readonly problems: readonly Diagnostic[];
}

/** Evaluates a node whose inputs are evaluated, or lists its items. */
export function evaluate(node: PlanNode, planning: Planning): Evaluated {
  const { kind, inputs } = node;
  const read = Object.values(inputs).flatMap(({ instances }) =>
    instances.map((instance) => planning.nodes.get(instance)!)
  );
  const unevaluated = read.find(({ kind }) => kind.contract !== "plan");
  if (kind.contract === "plan") {
    if (unevaluated === undefined) return evaluatePlanKind(node, kind, read, planning);
    throw new Error(
      `Kind "${kind.name}" cannot be evaluated while planning: its input "${unevaluated.kind.name}" is not`,
    );
  }
  if (kind.contract === "whole" || unevaluated !== undefined) return { node, problems: [] };
  if (read.some(({ unknown }) => unknown !== undefined)) {
    return { node: unknownNode(node, read, []), problems: [] };
  }
  return { node: { ...node, items: kind.list(node.config, valuesOf(node, planning)) }, problems: [] };
}

function evaluatePlanKind(
  node: PlanNode,
  kind: PlanKind,
  read: readonly PlanNode[],
  planning: Planning,
): Evaluated {
  const { config, source } = node;
  const looked = lookedUp(kind, config, source, planning.answers);
  if (looked.state === "wrong") return refused(node, looked.problems);
  if (looked.state === "absent") {
    return {
      node: unknownNode(node, read, looked.files),
      problems: looked.files.map(({ warning }) => warning),
    };
  }
  if (looked.state === "not looked" || read.some(({ unknown }) => unknown !== undefined)) {
    return { node: unknownNode(node, read, []), problems: [] };
  }
  const values = valuesOf(node, planning);
  const tooMany = checkSize(node, kind, values, planning.budget);
  if (tooMany !== undefined) return refused(node, [tooMany]);
  const { facts, files } = looked.state === "known" ? looked : {};
  const output = kind.plan(config, values, facts);
  if (!output.ok) return refused(node, output.error);
  return { node: { ...node, output: output.value, ...(files && { files }) }, problems: [] };
}

function valuesOf({ inputs }: PlanNode, { nodes }: Planning): Record<string, unknown> {
  return inputValues(inputs, (instance) => nodes.get(instance)!.output);
}

/** @param problems in the settings of a node */
export function refused({ source }: PlanNode, problems: readonly Problem[]): Evaluated {
  return { problems: problems.map((problem) => stageDiagnostic(source, problem)) };
}

function checkSize(
  { config, stage }: PlanNode,
  kind: PlanKind,
  inputs: Record<string, unknown>,
  budget: { members: number },
): Problem | undefined {
  const size = kind.size?.(config, inputs) ?? 0;
  if (size > MAX_MEMBERS) return undefined; // the kind itself says what is too many
  budget.members -= size;
  if (budget.members >= 0 || budget.members + size < 0) return undefined; // told by the first one
  return {
    code: "too-many-members",
    message: `Cannot sample stage "${stage}": the pipeline then has more than ${MAX_MEMBERS} members`,
    at: [],
    help: "take fewer draws, replicates or values of the matrix",
  };
}
