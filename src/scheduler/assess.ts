import type { Plan, PlanNode } from "../compiler/plan.ts";
import type { ItemsKind } from "../core/stage_kind.ts";
import type { Store } from "../store/store.ts";
import type { ItemOutlook, StageOutlook } from "./events.ts";
import {
  inputInstances,
  itemsOf,
  knownOutput,
  type Outputs,
  type StageItem,
  type StageOutput,
} from "./stage_lookup.ts";

/**
 * What a run would do, from the plan and the store alone: for each stage whether its output is stored, and for each
 * items stage whose inputs are known how many of its items are. Runs nothing, and reads no object but stored outputs.
 */
export async function assess(plan: Plan, store: Store): Promise<StageOutlook[]> {
  const outputs = new Map<string, StageOutput>();
  const outlooks: StageOutlook[] = [];
  for (const node of plan.nodes) {
    const waitsFor = inputInstances(node).filter((instance) => !outputs.has(instance));
    const output = waitsFor.length === 0 ? await knownOutput(node, outputs, store) : undefined;
    if (output !== undefined) outputs.set(node.instance, output);
    const items = waitsFor.length === 0 ? itemOutlook(node, outputs, output !== undefined, store) : undefined;
    outlooks.push({ stage: node.instance, kind: node.kind.name, items, ...verdict(output, items, waitsFor) });
  }
  return outlooks;
}

function verdict(
  output: StageOutput | undefined,
  items: ItemOutlook | undefined,
  waitsFor: readonly string[],
): Pick<StageOutlook, "status" | "why"> {
  if (waitsFor.length > 0) return { status: "maybe", why: [`waits for ${waitsFor.join(", ")}`] };
  if (output !== undefined) return { status: "stored", why: [] };
  if (items === undefined) {
    return { status: "run", why: ["no result of these settings and inputs is stored"] };
  }
  const { stored, missing, noun } = items;
  if (missing === 0) {
    return { status: "run", why: [`all ${stored} ${noun}s are stored, but not put together`] };
  }
  const why = [`${missing} of ${stored + missing} ${noun}s are not stored`];
  return { status: stored > 0 ? "partial" : "run", why };
}

function itemOutlook(
  node: PlanNode,
  inputs: Outputs,
  allStored: boolean,
  store: Store,
): ItemOutlook | undefined {
  const { kind } = node;
  if (kind.contract !== "items") return undefined;
  const items = itemsOf(node, kind, inputs);
  if (allStored) return countItems(kind, items.length, []);
  const missing = items.filter(({ identity }) => !store.has(identity)).map(({ item }) => item.cost);
  const outlook = countItems(kind, items.length - missing.length, missing);
  const pace = secondsPerCost(items, store);
  return pace === undefined ? outlook : { ...outlook, seconds: outlook.cost * pace };
}

/** @param missing Costs of the missing items */
export function countItems(kind: ItemsKind, stored: number, missing: readonly number[]): ItemOutlook {
  return { noun: kind.noun, place: kind.place, stored, missing: missing.length, cost: sum(missing) };
}

/** From the items that are stored; undefined where none is. */
function secondsPerCost(items: readonly StageItem[], store: Store): number | undefined {
  const stored = items.flatMap(({ item, identity }) => {
    const meta = store.meta(identity);
    return meta === undefined ? [] : [{ cost: item.cost, seconds: meta.seconds }];
  });
  const cost = sum(stored.map((item) => item.cost));
  return cost > 0 ? sum(stored.map((item) => item.seconds)) / cost : undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
