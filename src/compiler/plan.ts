import type { Diagnostic } from "../core/diagnostic.ts";
import type { JsonObject } from "../core/json.ts";
import type { FileAnswers, FilesRead } from "../core/own_files.ts";
import { once } from "../core/once.ts";
import type {
  InputOutlook,
  InputOutlooks,
  Item,
  Labels,
  StageKind,
  TableColumns,
} from "../core/stage_kind.ts";
import type { Stage, StageInput, StageInstance } from "../language/instances.ts";
import type { BudgetSettings, LimitSettings } from "../language/limits_schema.ts";
import type { LocatedEntry } from "../language/located.ts";
import type { Coordinates } from "../language/matrix.ts";
import type { Pipeline } from "../language/normalize.ts";
import { oncePerStage } from "../language/once_per_stage.ts";
import { withoutNeutral } from "../language/schema_walk.ts";
import type { Checked } from "../language/validate.ts";
import { evaluate, memberBudget, type Planning, refused } from "./evaluate.ts";
import type { Unknown } from "./unknown.ts";

/** What a pipeline is to do: its nodes with all that can be known of them without a disk. */
export interface Plan {
  readonly name: string;
  readonly description: string;
  readonly path: string;
  /** In topological order. */
  readonly nodes: readonly PlanNode[];
  /** Amounts of the named resources that there are; what the stages take of them is in their `limits`. */
  readonly resources: Readonly<Record<string, number>>;
  readonly budget: Budget;
  /** What has no effect, or not the one that may be meant. */
  readonly warnings: readonly Diagnostic[];
}

/** When a run ends before all is done: what runs then is stopped and keeps its states, and nothing new starts. */
export interface Budget {
  readonly minutes?: number;
  /** How many items may fail: one more ends the run. */
  readonly maxFailures?: number;
}

/** How a stage may run. It decides no result, so it is in no identity. */
export interface NodeLimits {
  /** How many of its items run at once, over all of its instances. */
  readonly concurrency?: number;
  /** What each of its items, or the stage where it has none, takes of the named resources while it runs. */
  readonly resources?: Readonly<Record<string, number>>;
  /** For each item, or for the stage where it has none. */
  readonly timeoutSeconds?: number;
  /** How often an item is tried again after an error that can pass. */
  readonly retries?: number;
}

export interface PlanNode {
  /** Unique in the plan: `figure2/data=mnist`. */
  readonly instance: string;
  readonly stage: string;
  /** The axes that the stage has, with the values that this instance is for. */
  readonly coordinates: Coordinates;
  /** The axes that it takes together. */
  readonly gather: readonly string[];
  readonly kind: StageKind;
  /** The settings with defaults filled in. */
  readonly config: JsonObject;
  /** What of the settings decides the output: without the names of inputs and without what is neutral. */
  readonly identityConfig: JsonObject;
  readonly inputs: Readonly<Record<string, PlanInput>>;
  readonly limits: NodeLimits;
  /** Present if and only if the node is evaluated: its kind is a `plan` kind, and no file is absent. */
  readonly output?: unknown;
  /** Present if and only if its kind is an `items` kind all of whose inputs are evaluated. */
  readonly items?: readonly Item<unknown>[];
  /** Present if and only if it would be evaluated, or have items, but for files that are absent. */
  readonly unknown?: Unknown;
  /** The files of the user that it was evaluated from, for a kind that reads files. */
  readonly files?: FilesRead;
  /** The stage's name in the file, and its settings with their places. */
  readonly source: LocatedEntry;
}

export interface PlanInput {
  readonly instances: readonly string[];
  /** Of each instance. */
  readonly labels: readonly Labels[];
  /** Whether the kind gets a list of artifacts rather than one. */
  readonly list: boolean;
}

/**
 * Turns instances into nodes and evaluates what is pure. A node that cannot be evaluated takes those that read it along.
 * @param answers What is known of the files that stages name; without it nothing is
 */
export function plan(pipeline: Pipeline, answers?: FileAnswers): Checked<Omit<Plan, "warnings">> {
  const nodes = new Map<string, KnownNode>();
  const problems: Diagnostic[] = [];
  const budget = memberBudget();
  for (const stage of pipeline.stages) {
    const evaluated = stage.instances.map((instance) =>
      planInstance(stage, instance, { nodes, budget, answers })
    );
    for (const problem of oncePerStage(evaluated)) problems.push(problem);
    for (const { node } of evaluated) if (node !== undefined) nodes.set(node.instance, node);
  }
  const all = [...nodes.values()].filter(({ isSound }) => isSound).map((
    { tables: _, isSound: __, ...node },
  ) => node);
  const { name, description, path, resources } = pipeline;
  const value = { name, description, path, nodes: all, resources, budget: budgetOf(pipeline.budget) };
  return { value, problems };
}

/**
 * A node, and the columns of the tables that its output will have. One that is not sound has a mistake, or reads one that
 * has: it is known so that those that read it can be checked as far as possible, and is no part of the plan.
 */
type KnownNode = PlanNode & { readonly tables: () => TableColumns; readonly isSound: boolean };

interface PlannedInstance {
  readonly coordinates: Coordinates;
  readonly problems: readonly Diagnostic[];
  readonly node?: KnownNode;
}

function planInstance(stage: Stage, instance: StageInstance, planning: Planning<KnownNode>): PlannedInstance {
  const { nodes } = planning;
  const { coordinates, config, state } = instance;
  const { kind } = stage;
  const inputs = planInputs(instance.inputs);
  const read = Object.values(inputs).flatMap(({ instances }) => instances.map((name) => nodes.get(name)));
  if (read.includes(undefined)) return { coordinates, problems: [] };
  const outlooks = outlooksOf(inputs, nodes);
  const misfits = state === "malformed" ? [] : kind.checkInputs?.(config, outlooks) ?? [];
  const isFit = state === "right" && misfits.length === 0 && read.every((node) => node!.isSound);
  const node = unevaluated(stage, instance, inputs);
  const { node: evaluated, problems } = isFit ? evaluate(node, planning) : refused(node, misfits);
  const tables = once(() => state === "malformed" ? {} : kind.tables?.(config, outlooks) ?? {});
  return { coordinates, problems, node: { ...evaluated ?? node, tables, isSound: evaluated !== undefined } };
}

function planInputs(inputs: Readonly<Record<string, StageInput>>): PlanNode["inputs"] {
  return Object.fromEntries(
    Object.entries(inputs).map(([role, { list, entries }]) => [role, {
      instances: entries.map(({ instance }) => instance),
      labels: entries.map(({ labels }) => labels),
      list,
    }]),
  );
}

function outlooksOf(inputs: PlanNode["inputs"], nodes: ReadonlyMap<string, KnownNode>): InputOutlooks {
  return Object.fromEntries(
    Object.entries(inputs).map(([role, { instances, labels }]) => [
      role,
      instances.map((instance, i): InputOutlook => {
        const { output, tables, inputs: read } = nodes.get(instance)!;
        const reads = Object.fromEntries(
          Object.entries(read).map(([role, { instances }]) => [role, instances]),
        );
        return { labels: labels[i]!, instance, reads, tables, ...(output !== undefined && { output }) };
      }),
    ]),
  );
}

function unevaluated(
  { kind, name, gather }: Stage,
  { name: instance, coordinates, config, limits, source }: StageInstance,
  inputs: PlanNode["inputs"],
): PlanNode {
  const own = Object.entries(config).filter(([key]) => !Object.hasOwn(kind.inputs, key));
  const identityConfig = withoutNeutral(kind.schema, Object.fromEntries(own)) as JsonObject;
  return {
    instance,
    stage: name,
    coordinates,
    gather,
    kind,
    config,
    identityConfig,
    inputs,
    limits: limitsOf(limits),
    source,
  };
}

function budgetOf({ minutes, max_failures: maxFailures }: BudgetSettings): Budget {
  return { ...(minutes !== undefined && { minutes }), ...(maxFailures !== undefined && { maxFailures }) };
}

function limitsOf({ timeout, ...others }: LimitSettings): NodeLimits {
  return { ...others, ...(timeout !== undefined && { timeoutSeconds: 60 * timeout.minutes }) };
}
