import type { Digest } from "../core/digest.ts";
import type { ItemsKind } from "../core/stage_kind.ts";
import type { ItemCounts, ItemFailure } from "./events.ts";

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** How the items of all stages go. */
export class ItemTally {
  readonly #stages = new Map<string, Mutable<ItemCounts>>();
  readonly #failures = new Map<string, ItemFailure[]>();
  /** By stage: the items that it has counted. */
  readonly #own = new Map<string, Set<Digest>>();
  /** The stage that counted an item first: others share it. */
  readonly #counted = new Map<Digest, string>();
  /** The stage that made an item in this run. */
  readonly #makers = new Map<Digest, string>();

  /** Begins to count the items of a stage, anew if it has begun before. */
  begin(stage: string, { noun, place }: ItemsKind): void {
    this.#stages.set(stage, { noun, place, stored: 0, ran: 0, failed: 0 });
    this.#failures.set(stage, []);
    this.#own.set(stage, new Set());
  }

  /** Undefined before it begins. */
  of(stage: string): ItemCounts | undefined {
    return this.#stages.get(stage);
  }

  failuresOf(stage: string): readonly ItemFailure[] | undefined {
    return this.#failures.get(stage);
  }

  made(stage: string, identity: Digest): void {
    this.#makers.set(identity, stage);
    this.found(stage, identity);
  }

  /** An item is stored; one that the stage itself has made in this run counts as made, once. */
  found(stage: string, identity: Digest): void {
    const counts = this.#stages.get(stage)!;
    const own = this.#own.get(stage)!;
    const first = this.#counted.get(identity) ?? stage;
    const isShared = first !== stage || own.has(identity);
    if (this.#makers.get(identity) === stage && !own.has(identity)) counts.ran += 1;
    else counts.stored += 1;
    if (isShared) counts.shared = (counts.shared ?? 0) + 1;
    own.add(identity);
    this.#counted.set(identity, first);
  }

  failed(stage: string, failure: ItemFailure): void {
    this.#stages.get(stage)!.failed += 1;
    this.#failures.get(stage)!.push(failure);
  }
}
