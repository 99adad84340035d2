import { Store } from "../store/store.ts";

export interface LockedStoreOptions {
  /** Keeps runs away; else the store is shared with them, and nobody removes anything from it. */
  readonly alone: boolean;
  readonly warn: (message: string) => void;
}

/**
 * Does `work` while the store in `root` is open and locked.
 * @throws {StoreError} If a run uses the store and it is wanted alone, or it cannot be used
 */
export async function withLockedStore<Value>(
  root: string,
  { alone, warn }: LockedStoreOptions,
  work: (store: Store) => Promise<Value>,
): Promise<Value> {
  const store = await Store.open(root, { warn });
  try {
    const lock = alone ? store.lockExclusive() : await store.lockShared();
    try {
      store.refresh(); // what a run has stored between the two
      return await work(store);
    } finally {
      lock.release();
    }
  } finally {
    await store.close();
  }
}
