import { inputValues } from "../../compiler/input_values.ts";
import type { NodeLimits, Plan, PlanNode } from "../../compiler/plan.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { ok } from "../../core/result.ts";
import type { Item, ItemRun, ItemsKind, PlanKind, StageKind, WholeKind } from "../../core/stage_kind.ts";

/** A stage of a plan that is written by hand. */
export interface FakeStage {
  readonly kind: StageKind;
  readonly config?: JsonObject;
  /** By input: another stage's name. */
  readonly inputs?: Readonly<Record<string, string>>;
  readonly limits?: NodeLimits;
}

/** The plan that the compiler would make of these stages, which are in topological order. */
export function fakePlan(
  stages: Readonly<Record<string, FakeStage>>,
  { resources = {}, budget = {} }: Partial<Pick<Plan, "resources" | "budget">> = {},
): Plan {
  const nodes = new Map<string, PlanNode>();
  for (const [name, { kind, config = {}, inputs = {}, limits = {} }] of Object.entries(stages)) {
    const planInputs = Object.fromEntries(
      Object.entries(inputs).map((
        [role, instance],
      ) => [role, { instances: [instance], labels: [{}], list: false }]),
    );
    const at = { path: "fake.yaml", line: 1, column: 1, endLine: 1, endColumn: 2 };
    const source: PlanNode["source"] = { key: at, value: { type: "map", entries: new Map(), at } };
    const node = {
      instance: name,
      stage: name,
      kind,
      config,
      identityConfig: config,
      inputs: planInputs,
      limits,
      coordinates: {},
      gather: [],
      source,
    };
    const values = () => inputValues(planInputs, (instance) => nodes.get(instance)!.output);
    const known = Object.values(inputs).every((instance) => nodes.get(instance)!.kind.contract === "plan");
    if (kind.contract === "plan") {
      const output = kind.plan(config, values());
      nodes.set(name, { ...node, output: output.ok ? output.value : undefined });
    } else if (kind.contract === "items" && known) {
      nodes.set(name, { ...node, items: kind.list(config, values()) });
    } else nodes.set(name, node);
  }
  const about = { name: "fake", description: "", path: "fake.yaml", warnings: [] };
  return { ...about, nodes: [...nodes.values()], resources, budget };
}

/** Evaluated while planning: its output is its `values`. */
export function valuesKind(prepare?: PlanKind["prepare"]): PlanKind {
  return {
    ...kindOf("values"),
    contract: "plan",
    plan: ({ values }: { values: Json }) => ok(values),
    prepare,
  };
}

/** One item for each of the input's values, which has that value for its work; its output is the list of outcomes. */
export function itemsKind(run: ItemRun<Json, Json>, more: Partial<ItemsKind> = {}): ItemsKind {
  return {
    ...kindOf("items"),
    contract: "items",
    place: "head",
    noun: "item",
    inputs: { values: { artifact: "any" } },
    list: (_config, { values }: { values: readonly Json[] }) =>
      values.map((value, i) => fakeItem(`${i}`, value)),
    load: () => Promise.resolve(run),
    collect: (_config, _inputs, _items, outcomes) => Promise.resolve(outcomes),
    ...more,
  };
}

export function fakeItem(id: string, work: Json, more: Partial<Item<Json>> = {}): Item<Json> {
  return { id, identity: { record: "item/1", work }, affinity: id, cost: 1, work, ...more };
}

/** Runs once on its input `of`. */
export function wholeKind(run: (of: Json) => Json | Promise<Json>, more: Partial<WholeKind> = {}): WholeKind {
  return {
    ...kindOf("whole"),
    contract: "whole",
    inputs: { of: { artifact: "any" } },
    load: () => Promise.resolve(async (_config, { of }) => await run(of)),
    ...more,
  };
}

export const double = (work: Json) => Promise.resolve(2 * Number(work));
export const sum = (of: Json) => (of as number[]).reduce((total, n) => total + n, 0);

/** Doubles numbers, and adds them. */
export function doubles(values: readonly number[]): Plan {
  return fakePlan({
    numbers: { kind: valuesKind(), config: { values } },
    doubled: { kind: itemsKind(double), inputs: { values: "numbers" } },
    total: { kind: wholeKind(sum), inputs: { of: "doubled" } },
  });
}

function kindOf(name: string) {
  return { name, version: 1, description: "", schema: {}, inputs: {}, output: { name: "any" } };
}
