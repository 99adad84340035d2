import type { Plan, PlanNode } from "../compiler/plan.ts";
import type { Digest } from "../core/digest.ts";
import type { ItemsKind } from "../core/stage_kind.ts";
import type { Store } from "../store/store.ts";
import type { ItemOutlook, StageOutlook } from "./events.ts";
import { Repairs } from "./repairs.ts";
import {
  inputInstances,
  plannedOutput,
  type StageItem,
  type StageLookup,
  type StageOutput,
} from "./stage_lookup.ts";

/** What the plan and the store say about a stage. */
export interface Assessment extends Omit<StageOutlook, "why"> {
  /** Inputs without a known output: they must run first. */
  readonly waitsFor: readonly string[];
  /** What its result is stored under; absent where it waits, and for what is evaluated while planning. */
  readonly identity?: Digest;
  /** It is to be made anew whatever is stored. */
  readonly isForced?: true;
  /** Digest of its output, where that is known. */
  readonly output?: Digest;
}

/**
 * What a run would do, from the plan and the store alone: for each stage whether its output is stored, and for each
 * items stage whose inputs are known how many of its items are. Runs nothing, and reads no object but outputs whose items
 * must be listed: one that turns out damaged then is missing.
 */
export async function assess(plan: Plan, lookup: StageLookup): Promise<Assessment[]> {
  const damaged = new Repairs();
  for (;;) {
    try {
      return await assessOnce(plan, lookup);
    } catch (error) {
      if (!damaged.takes(error)) throw error;
      damaged.begin();
    }
  }
}

async function assessOnce(plan: Plan, lookup: StageLookup): Promise<Assessment[]> {
  const { store } = lookup;
  const outputs = new Map<string, StageOutput>();
  const listed = new Map<Digest, ListedItem>();
  const assessments: Assessment[] = [];
  for (const node of plan.nodes) {
    const told = { stage: node.instance, kind: node.kind.name };
    const waitsFor = inputInstances(node).filter((instance) => !outputs.has(instance));
    if (node.unknown !== undefined) {
      assessments.push({ ...told, status: "maybe", ...unknownItems(node), waitsFor });
    } else if (waitsFor.length > 0) {
      assessments.push({ ...told, status: "maybe", waitsFor });
    } else if (node.kind.contract === "plan") {
      const output = plannedOutput(node);
      outputs.set(node.instance, output);
      assessments.push({ ...told, status: "stored", waitsFor, output: output.digest });
    } else {
      const { identity, items } = await lookup.identify(node, outputs);
      const output = lookup.storedOutput(identity);
      if (output !== undefined) outputs.set(node.instance, output);
      const outlook = items && itemOutlook(node, items, output !== undefined, store, listed);
      assessments.push({
        ...told,
        status: output !== undefined ? "stored" : hasSome(outlook) ? "partial" : "run",
        ...(outlook && { items: outlook }),
        waitsFor,
        ...(lookup.isForced(node) && { isForced: true }),
        identity,
        ...(output && { output: output.digest }),
      });
    }
  }
  return assessments;
}

function unknownItems({ kind, unknown }: PlanNode): Pick<Assessment, "items"> {
  if (kind.contract !== "items") return {};
  return { items: { ...countItems(kind, 0, []), unknown: unknown!.size } };
}

/** Whether some items are stored and some are not. */
function hasSome(items: ItemOutlook | undefined): boolean {
  return items !== undefined && items.stored > 0 && items.missing > 0;
}

/** An item where it is first listed. */
interface ListedItem {
  readonly stage: string;
  readonly isStored: boolean;
  /** How long it took, where it was looked up and found. */
  readonly seconds?: number;
}

/**
 * The missing ones are expected to take as long, by their cost, as the stored ones did.
 * @param listed Items of the stages before; gains those of this one
 */
function itemOutlook(
  { kind, instance: stage }: PlanNode,
  items: readonly StageItem[],
  allStored: boolean,
  store: Store,
  listed: Map<Digest, ListedItem>,
): ItemOutlook {
  const missing: number[] = [];
  const coming: string[] = [];
  const done = { cost: 0, seconds: 0 };
  let shared = 0;
  for (const { item, identity } of items) {
    const first = listed.get(identity);
    const seconds = allStored ? undefined : first?.seconds ?? store.find(identity)?.meta.seconds;
    const isStored = allStored || (first?.isStored ?? seconds !== undefined);
    if (first === undefined) {
      listed.set(identity, { stage, isStored, ...(seconds !== undefined && { seconds }) });
    } else shared += 1;
    if (seconds !== undefined) {
      done.cost += item.cost;
      done.seconds += seconds;
    }
    if (isStored) continue;
    if (first === undefined) missing.push(item.cost);
    else coming.push(first.stage);
  }
  const from = [...new Set(coming)].filter((name) => name !== stage);
  const outlook = {
    ...countItems(kind as ItemsKind, items.length - missing.length, missing),
    ...(shared > 0 && { shared }),
    ...(from.length > 0 && { coming: { items: coming.length, from } }),
  };
  return missing.length === 0 || done.cost === 0
    ? outlook
    : { ...outlook, seconds: outlook.cost * done.seconds / done.cost };
}

/** @param missing Costs of the missing items */
export function countItems(kind: ItemsKind, stored: number, missing: readonly number[]): ItemOutlook {
  return { noun: kind.noun, place: kind.place, stored, missing: missing.length, cost: sum(missing) };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, n) => total + n, 0);
}
