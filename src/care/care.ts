/** Care of a store: what it holds, whether that is sound, and making its index anew. */
import { UserError } from "../core/diagnostic.ts";
import { statIfThere } from "../core/files.ts";
import { explained } from "../store/errors.ts";
import { takeInventory } from "../store/maintenance/inventory.ts";
import { type Listing, listStore } from "../store/maintenance/listing.ts";
import { usableRecords } from "../store/maintenance/needed.ts";
import { sweep } from "../store/maintenance/sweep.ts";
import { type StoreProblem, type Verification, verifyStore } from "../store/maintenance/verify.ts";
import { Store } from "../store/store.ts";
import { withLockedStore } from "./locked_store.ts";

export interface VerifyOptions {
  /** Removes what is damaged, so that the next run computes it again. */
  readonly repair: boolean;
  /** How much is read, in bytes. */
  readonly progress?: (done: number, total: number) => void;
  readonly warn: (message: string) => void;
}

export interface VerifyReport extends Pick<Verification, "records" | "objects" | "bytes"> {
  readonly problems: readonly StoreProblem[];
  /** How the index differs from the records. */
  readonly index: readonly string[];
}

/** @throws {UserError} If there is no store, or it cannot be read */
export async function listCache(outputs: string): Promise<Listing> {
  return listStore(await storeIn(outputs));
}

/**
 * Reads everything. Without `repair` nothing is changed.
 * @throws {UserError} If there is no store, it cannot be read, or it is to be repaired while a run uses it
 */
export async function verifyCache(outputs: string, options: VerifyOptions): Promise<VerifyReport> {
  const root = await storeIn(outputs);
  return await withLockedStore(root, { alone: options.repair, warn: options.warn }, async (store) => {
    const { inventory, sound, ...report } = await explained(
      `read the store "${root}"`,
      () => verifyStore(root, options),
    );
    const index = store.auditIndex();
    if (options.repair && report.problems.length > 0) {
      await sweep(root, inventory, new Set([...usableRecords(sound).values()].flat()));
    }
    if (options.repair && report.problems.length + index.length > 0) store.rebuildIndex();
    return { ...report, index };
  });
}

/** Makes the index of a store anew from its records. @returns How many records there are */
export async function rebuildCache(outputs: string, warn: (message: string) => void): Promise<number> {
  const store = await Store.open(await storeIn(outputs), { warn });
  try {
    store.rebuildIndex();
    return takeInventory(store.root).records.length;
  } finally {
    await store.close();
  }
}

/** The folder of the store. @throws {UserError} If there is none, or it cannot be read */
export async function storeIn(outputs: string): Promise<string> {
  const root = `${outputs}/store`;
  const found = await explained(`read the store "${root}"`, () => statIfThere(root));
  if (found?.isDirectory) return root;
  throw new UserError(
    `Cannot find a store in "${outputs}": there is no folder "${root}"`,
    'the first "weft run" makes it; name another folder with --outputs DIR',
  );
}
