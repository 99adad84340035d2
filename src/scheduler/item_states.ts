import { type Digest, digestOf } from "../core/digest.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { Item, SavedState } from "../core/stage_kind.ts";
import type { Store } from "../store/store.ts";

/** What a state is stored as. A run that was killed leaves states that do not last: the next one must know them. */
interface StateValue extends JsonObject {
  readonly state: Json;
  readonly lasting: boolean;
}

/** What the states of an item are stored under. */
type StatesRecord = NonNullable<Item<Json>["states"]>;

/** The states of one item, which no other may use at the same time. */
export class ItemStates {
  readonly #identity: Digest;
  /** Those that are there and do not last, by their objects. */
  readonly #passing: (readonly Digest[])[] = [];
  /** Objects of those that last. */
  readonly #kept = new Set<Digest>();
  #hasSaved = false;
  #saving: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly store: Store,
    private readonly record: StatesRecord,
    readonly found: readonly SavedState[],
  ) {
    this.#identity = digestOf(record);
  }

  /** Finds those that are there and whole. */
  static async open(store: Store, record: StatesRecord): Promise<ItemStates> {
    const stored = (await store.readAll(digestOf(record))).map(({ value, objects }) => ({
      ...value as StateValue,
      objects,
    }));
    const states = new ItemStates(
      store,
      record,
      stored.map(({ state, objects }) => ({ value: state, objects })),
    );
    for (const { objects, lasting } of stored) states.#note(objects, lasting);
    return states;
  }

  /**
   * Stores a state, and then, if it does not last, removes those before it that do not either. One after the other, in the
   * order of the calls.
   */
  save({ value, objects }: SavedState, lasting: boolean): Promise<void> {
    const saved = this.#saving.then(async () => {
      const state: StateValue = { state: value, lasting };
      await this.store.add({
        identity: this.#identity,
        value: state,
        objects,
        seconds: 0,
        of: this.record.record,
        state: lasting ? "lasting" : "interim",
      });
      this.#hasSaved = true;
      const before = lasting ? [] : this.#passing.splice(0);
      this.#note(objects, lasting);
      await this.#discard(before, objects);
    });
    this.#saving = saved.catch(() => {});
    return saved;
  }

  /**
   * The item has ended: no more states are saved, and those that do not last are removed. Where it saved none, those that
   * were there stay: they may be of an item that goes further.
   */
  async end(): Promise<void> {
    await this.#saving;
    if (this.#hasSaved) await this.#discard(this.#passing.splice(0), []);
  }

  #note(objects: readonly Digest[], lasting: boolean): void {
    if (!lasting) this.#passing.push(objects);
    else for (const digest of objects) this.#kept.add(digest);
  }

  /** @param needed by the state that was saved last: one that shares objects with it stays, too */
  async #discard(states: readonly (readonly Digest[])[], needed: readonly Digest[]): Promise<void> {
    const isFree = (digest: Digest) => !this.#kept.has(digest) && !needed.includes(digest);
    for (const objects of states) {
      if (objects.every(isFree)) await this.store.discard(this.#identity, objects);
    }
  }
}
