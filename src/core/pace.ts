/** A pace counts from so many seconds ago; of long work from a third of it ago. */
const LEAST_WINDOW = 60;
const MAX_SAMPLES = 1000;

interface Sample {
  readonly at: number;
  readonly cost: number;
  readonly items: number;
}

/** How fast some work is done, lately: from what was done in the last minute or, of long work, the last third of it. */
export class Pace {
  /** What is done: the expected cost of it, with that of what is under way, and how many items. */
  #cost = 0;
  #items = 0;
  #samples: Sample[] = [];

  get cost(): number {
    return this.#cost;
  }

  /** @param now seconds on a clock that does not go back @param items how many of them ended */
  add(now: number, cost: number, items = 0): void {
    if (this.#samples.length === 0) this.#keep(now);
    this.#cost += cost;
    this.#items += items;
    if (now - this.#samples.at(-1)!.at >= 1) this.#keep(now);
  }

  /** Cost and items a second; undefined before any time has passed. */
  perSecond(now: number): { readonly cost: number; readonly items: number } | undefined {
    const [first] = this.#samples;
    if (first === undefined || now <= first.at) return undefined;
    const from = now - Math.max(LEAST_WINDOW, (now - first.at) / 3);
    const start = this.#samples.findLast(({ at }) => at <= from) ?? first;
    const since = (sample: Sample) => ({
      cost: (this.#cost - sample.cost) / (now - sample.at),
      items: (this.#items - sample.items) / (now - sample.at),
    });
    const lately = since(start);
    return lately.cost > 0 ? lately : since(first); // nothing was told for so long
  }

  #keep(at: number): void {
    this.#samples.push({ at, cost: this.#cost, items: this.#items });
    if (this.#samples.length > MAX_SAMPLES) this.#samples = this.#samples.filter((_, i) => i % 2 === 0);
  }
}
