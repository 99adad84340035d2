import type { Digest } from "../../core/digest.ts";
import type { Json } from "../../core/json.ts";
import type { ItemContext, SavedState } from "../../core/stage_kind.ts";

/** What the engine process is to do. The functions of it must not throw; `save` may reject. */
export interface EngineItem extends Pick<ItemContext, "progress" | "states"> {
  readonly kind: string;
  readonly work: Json;
  /** Keeps a state of it: see ItemContext.save. Not called after the item has ended. */
  readonly save: (state: SavedState, options: { readonly lasting: boolean }) => Promise<void>;
  /** How long each try may take. */
  readonly timeoutSeconds?: number;
}

export interface EngineResult {
  readonly outcome: Json;
  /** The objects that it needs. */
  readonly objects: readonly Digest[];
}

/** An item that goes on from the states that it kept when it is tried again. */
export class KeptItem implements EngineItem {
  readonly kind: string;
  readonly work: Json;
  readonly progress: EngineItem["progress"];
  readonly timeoutSeconds?: number;
  readonly #lasting: SavedState[];
  #latest: SavedState | undefined;
  readonly #saving = new Set<Promise<void>>();

  constructor(private readonly item: EngineItem) {
    ({ kind: this.kind, work: this.work, progress: this.progress } = item);
    this.timeoutSeconds = item.timeoutSeconds;
    this.#lasting = [...item.states];
  }

  get states(): readonly SavedState[] {
    return this.#latest === undefined ? this.#lasting : [...this.#lasting, this.#latest];
  }

  save(state: SavedState, options: { readonly lasting: boolean }): Promise<void> {
    const saving = this.#save(state, options).finally(() => this.#saving.delete(saving));
    this.#saving.add(saving);
    return saving;
  }

  /** Resolves when no state is on its way any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#saving);
  }

  async #save(state: SavedState, options: { readonly lasting: boolean }): Promise<void> {
    await this.item.save(state, options);
    if (options.lasting) this.#lasting.push(state);
    else this.#latest = state;
  }
}
