import type { Dataset } from "../artifacts/dataset.ts";
import { elementCount } from "../core/shape.ts";

/** Up to how many data sets wait to be used again, and bytes of them. The one used last waits whatever it takes. */
export interface Waiting {
  readonly count: number;
  /** Of their images. */
  readonly bytes: number;
}

const USUAL_WAITING: Waiting = { count: 2, bytes: 2 ** 30 };

/**
 * Data sets in memory, each of them once: made when it is first asked for, and lent to any number of users at a time. When
 * nobody uses it, it waits to be used again; of those that wait, the one used longest ago is the first to go.
 */
export class KeptData<Tensors> {
  /** By what decides the arrays; the one used longest ago comes first. */
  readonly #kept = new Map<string, Kept<Tensors>>();

  /** @param free is called once for each that `load` has made */
  constructor(
    private readonly load: (dataset: Dataset) => Promise<Tensors>,
    private readonly free: (tensors: Tensors) => void,
    private readonly waiting = USUAL_WAITING,
  ) {}

  /** @throws What `load` or `use` throws. What could not be loaded is loaded anew when it is next asked for */
  async lend<Value>(dataset: Dataset, use: (tensors: Tensors) => Promise<Value>): Promise<Value> {
    const key = keyOf(dataset);
    const kept = this.#kept.get(key) ?? this.#begin(key, dataset);
    kept.users++;
    try {
      return await use(await kept.tensors);
    } finally {
      kept.users--;
      this.#putLast(key, kept);
      this.#letGo();
    }
  }

  /** Frees all of them. Nothing may be in use. */
  async close(): Promise<void> {
    const all = [...this.#kept.values()];
    this.#kept.clear();
    for (const { tensors } of all) this.free(await tensors);
  }

  #begin(key: string, dataset: Dataset): Kept<Tensors> {
    const kept = { users: 0, bytes: bytesOf(dataset), tensors: this.load(dataset) };
    this.#kept.set(key, kept);
    kept.tensors.catch(() => this.#kept.delete(key));
    return kept;
  }

  /** Unless it could not be loaded. */
  #putLast(key: string, kept: Kept<Tensors>): void {
    if (this.#kept.get(key) !== kept) return;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
  }

  #letGo(): void {
    const waiting = [...this.#kept].filter(([, { users }]) => users === 0);
    const bytes = () => waiting.reduce((sum, [, kept]) => sum + kept.bytes, 0);
    while (waiting.length > 1 && (waiting.length > this.waiting.count || bytes() > this.waiting.bytes)) {
      const [key, { tensors }] = waiting.shift()!;
      this.#kept.delete(key);
      tensors.then(this.free);
    }
  }
}

interface Kept<Tensors> {
  users: number;
  readonly bytes: number;
  readonly tensors: Promise<Tensors>;
}

/** What equal data sets share, whatever they are called. */
function keyOf({ splits: { train, validation, test } }: Dataset): string {
  return [train, validation, test].map((split) => split?.digest).join();
}

function bytesOf({ shape, splits }: Dataset): number {
  const count = Object.values(splits).reduce((sum, { count }) => sum + count, 0);
  return count * elementCount(shape);
}
