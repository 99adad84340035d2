/** Gives the lock back; does nothing when called again. */
export type Release = () => void;

interface Waiting {
  readonly alone: boolean;
  readonly enter: () => void;
}

/** Many hold it together, or one holds it alone. One who waits to be alone comes before those who would join. */
export class SharedLock {
  #holders = 0;
  #isAlone = false;
  readonly #waiting = new Set<Waiting>();

  /** Resolves when nobody holds it alone or waits to. */
  join(): Promise<Release> {
    return this.#hold(false);
  }

  /** Resolves when nobody else holds it; in the order of the calls. */
  alone(): Promise<Release> {
    return this.#hold(true);
  }

  async #hold(alone: boolean): Promise<Release> {
    const entered = Promise.withResolvers<void>();
    this.#waiting.add({ alone, enter: entered.resolve });
    this.#admit();
    await entered.promise;
    let held = true;
    return () => {
      if (held) this.#release();
      held = false;
    };
  }

  #release(): void {
    this.#holders -= 1;
    this.#isAlone = false;
    this.#admit();
  }

  #admit(): void {
    if (this.#isAlone) return;
    const first = [...this.#waiting].find(({ alone }) => alone);
    if (first === undefined) { for (const one of this.#waiting) this.#enter(one); }
    else if (this.#holders === 0) this.#enter(first);
  }

  #enter(one: Waiting): void {
    this.#waiting.delete(one);
    this.#holders += 1;
    this.#isAlone = one.alone;
    one.enter();
  }
}
