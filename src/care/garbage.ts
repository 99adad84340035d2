import type { StageKind } from "../core/stage_kind.ts";
import { StageLookup } from "../scheduler/stage_lookup.ts";
import { evict } from "../store/maintenance/eviction.ts";
import {
  bytesOf,
  type FileEntry,
  type Inventory,
  type RecordEntry,
  sizeOf,
  takeInventory,
  total,
} from "../store/maintenance/inventory.ts";
import type { Count } from "../store/maintenance/listing.ts";
import { neededObjects, neededRecords, usableRecords } from "../store/maintenance/needed.ts";
import { sweep, uselessFiles } from "../store/maintenance/sweep.ts";
import { type Tally, tally } from "../store/maintenance/tally.ts";
import { storeIn } from "./care.ts";
import { ProjectPlans, refuseUnreadable } from "./compiled.ts";
import { lastPlans, readLastRuns } from "./last_runs.ts";
import { withLockedStore } from "./locked_store.ts";
import { PlanRoots } from "./plan_roots.ts";
import { projectAround } from "./trees.ts";

export interface CollectOptions {
  readonly kinds: readonly StageKind[];
  /** Says what would be removed, and removes nothing. */
  readonly dryRun: boolean;
  /** Of the store, in bytes: more is evicted, whether it is needed or not. */
  readonly maxSize?: number;
  /** What does not count: `main:pipelines/widths.yaml`, or the path alone for the file on every branch. */
  readonly ignore: readonly string[];
  /** Folder of the project: the one that the user is in. */
  readonly folder: string;
  readonly warn: (message: string) => void;
}

export interface CollectReport {
  readonly roots: RootCounts;
  readonly kept: readonly Tally[];
  /** Of it, what was removed; objects that are kept for others count for nothing. */
  readonly removed: readonly Tally[];
  /** Of the removed results: those that are needed, and had to go for the size. */
  readonly evicted: EvictedCounts;
  /** Files of no result. */
  readonly files: Count;
  /** Bytes of the store before and after. */
  readonly before: number;
  readonly after: number;
}

/** What decides what is kept. */
export interface RootCounts {
  readonly pipelines: number;
  /** Branches and tags. */
  readonly refs: number;
  readonly lastRuns: number;
  /** Why there are no branches and tags. */
  readonly withoutGit?: string;
}

export interface EvictedCounts {
  readonly results: number;
  /** Of them, those that the last runs need. */
  readonly ofLastRuns: number;
}

/**
 * Removes from a store what neither the project's pipelines nor the last runs need. No run may use it meanwhile.
 * @throws {UserError} If a run uses the store, or something tells not what it needs: nothing is removed then
 */
export async function collectGarbage(outputs: string, options: CollectOptions): Promise<CollectReport> {
  const root = await storeIn(outputs);
  return await withLockedStore(root, { alone: !options.dryRun, warn: options.warn }, async (store) => {
    const { roots, lastRuns, counts } = await findRoots(outputs, new StageLookup(store), options);
    const inventory = takeInventory(root);
    const usable = usableRecords(inventory);
    const ofLastRuns = neededRecords(usable, { results: lastRuns, states: new Map() });
    const needed = neededRecords(usable, roots).union(ofLastRuns);
    const { evicted, needed: late } = evict(
      needed,
      options.maxSize ?? Infinity,
      (record) => ofLastRuns.has(record),
    );
    const keep = needed.difference(evicted);
    if (!options.dryRun) {
      await sweep(root, inventory, keep);
      store.rebuildIndex(); // it would miss what was removed
    }
    return {
      roots: counts,
      evicted: { results: evicted.size, ofLastRuns: late },
      ...told(root, inventory, keep),
    };
  });
}

async function findRoots(outputs: string, lookup: StageLookup, { kinds, ignore, folder }: CollectOptions) {
  const isIgnored = (...names: string[]) => names.some((name) => ignore.includes(name));
  const project = await projectAround(folder);
  const plans = new ProjectPlans(project, kinds, isIgnored);
  const roots = new PlanRoots(lookup);
  for await (const plan of plans.plans()) await roots.add(plan);
  const lastRuns = await readLastRuns(outputs, isIgnored);
  refuseUnreadable([...plans.unreadable, ...lastRuns.unreadable]);
  for await (const plan of lastPlans(outputs, lastRuns, kinds)) await roots.add(plan);
  const { withoutGit, refs } = project;
  const counts = { pipelines: plans.count, refs, lastRuns: lastRuns.folders.length };
  return { roots, lastRuns: lastRuns.identities, counts: { ...counts, ...(withoutGit && { withoutGit }) } };
}

function told(root: string, inventory: Inventory, keep: ReadonlySet<RecordEntry>) {
  const needed = neededObjects(keep);
  const removed = inventory.records.filter((record) => !keep.has(record));
  const gone = removed.flatMap(({ objects }) => objects.map(([digest]) => digest))
    .filter((digest) => !inventory.objects.has(digest));
  const files = filesOfNoResult(root, inventory);
  return {
    kept: tally(keep),
    removed: tally(removed, new Set([...needed.keys(), ...gone])),
    files: { count: files.length, bytes: bytesOf(files) },
    before: sizeOf(inventory),
    after: total([...keep].map(({ place }) => place.length)) + total(needed.values()),
  };
}

/** Those that no record names, be it one to keep or not. */
function filesOfNoResult(root: string, inventory: Inventory): FileEntry[] {
  return uselessFiles(root, inventory, inventory.records);
}
