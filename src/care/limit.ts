import { parseBytes } from "../core/byte_size.ts";
import { UserError } from "../core/diagnostic.ts";
import { formatBytes } from "../core/files.ts";
import { evict } from "../store/maintenance/eviction.ts";
import { bytesOnDisk, takeInventory } from "../store/maintenance/inventory.ts";
import { neededRecords, usableRecords } from "../store/maintenance/needed.ts";
import { sweep } from "../store/maintenance/sweep.ts";
import { readLastRuns } from "./last_runs.ts";
import { withLockedStore } from "./locked_store.ts";

/** Bytes that a store may take after a run, as WEFT_STORE_LIMIT says. @throws {UserError} If that is no size */
export function storeLimit(env: { get(name: string): string | undefined } = Deno.env): number | undefined {
  const text = env.get("WEFT_STORE_LIMIT");
  if (!text) return undefined;
  const bytes = parseBytes(text);
  if (bytes !== undefined) return bytes;
  throw new UserError(
    `Cannot read WEFT_STORE_LIMIT "${text}": it is no size`,
    "write a number and a unit: 20GB, 500 MB, 1GiB",
  );
}

/**
 * Evicts results until the store takes at most `limit` bytes. Which of them a pipeline still needs is not looked at: those
 * go first that are the quickest to compute again, those of the last runs last.
 * @param note Told what was done, or why nothing was
 */
export async function keepLimit(
  outputs: string,
  limit: number,
  note: (message: string) => void,
): Promise<void> {
  const root = `${outputs}/store`;
  if (bytesOnDisk(root) <= limit) return;
  try {
    await withLockedStore(root, { alone: true, warn: note }, async (store) => {
      await evictToLimit(outputs, root, limit, note);
      store.rebuildIndex(); // it would miss what was removed
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    note(`Cannot keep the store under ${formatBytes(limit)}: ${error.message}; the next run tries again`);
  }
}

async function evictToLimit(outputs: string, root: string, limit: number, note: (message: string) => void) {
  const inventory = takeInventory(root);
  const usable = usableRecords(inventory);
  const { identities } = await readLastRuns(outputs, () => false);
  const ofLastRuns = neededRecords(usable, { results: identities, states: new Map() });
  const all = new Set([...usable.values()].flat());
  const { evicted, bytes, needed } = evict(all, limit, (record) => ofLastRuns.has(record));
  await sweep(root, inventory, all.difference(evicted));
  if (evicted.size === 0) return; // what no result needs was in the way
  const which = needed === 0 ? "" : ` (the last runs need ${needed} of them)`;
  const gone = `${evicted.size} result${evicted.size === 1 ? "" : "s"}${which}`;
  note(
    `The store was over its limit of ${formatBytes(limit)}: ${gone} had to go; it takes ${
      formatBytes(bytes)
    } now`,
  );
}
