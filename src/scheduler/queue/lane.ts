import { inStartOrder } from "./order.ts";
import type { Batch, Job } from "./work_queue.ts";

/** Jobs of one affinity, in the order in which they start. */
interface Group {
  readonly affinity: string | undefined;
  readonly jobs: readonly Job[];
  /** How many of them have been taken. */
  taken: number;
}

/** The jobs of one batch: those that wait, and how many are under way. */
export class Lane {
  readonly #ended = Promise.withResolvers<void>();
  readonly #groups: readonly Group[];
  readonly #byAffinity: ReadonlyMap<string | undefined, Group>;
  /** All groups before this one are used up. */
  #first = 0;
  /** Jobs that were set aside and are back. */
  readonly #back: Job[] = [];
  #waiting: number;
  #running = 0;
  #aside = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(readonly batch: Batch) {
    this.#groups = inStartOrder(batch.jobs).map(({ affinity, items }) => ({
      affinity,
      jobs: items,
      taken: 0,
    }));
    this.#byAffinity = new Map(this.#groups.map((group) => [group.affinity, group]));
    this.#waiting = batch.jobs.length;
    this.#endIfDone();
  }

  /** Resolves when all jobs have ended; rejects with the first error of one, when none of the others runs any more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  get hasWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** Whether a job of this affinity waits for its first start. */
  hasAffinity(affinity: string): boolean {
    const group = this.#byAffinity.get(affinity);
    return group !== undefined && hasLeft(group);
  }

  /**
   * Takes the job to start: one that is back, or of the affinity that is wanted, or of one that no other slot works on, or
   * any.
   */
  take(wanted: string | undefined, isInUse: (affinity: string) => boolean): Job {
    this.#waiting -= 1;
    this.#running += 1;
    const back = this.#back.shift();
    if (back !== undefined) return back;
    const group = wanted === undefined ? this.#next(isInUse) : this.#byAffinity.get(wanted)!;
    return group.jobs[group.taken++]!;
  }

  /** A job that was taken has ended. */
  end(): void {
    this.#running -= 1;
    this.#endIfDone();
  }

  /** A job that was taken is not done, and comes back later. */
  setAside(): void {
    this.#running -= 1;
    if (this.#failure === undefined) this.#aside += 1;
    this.#endIfDone();
  }

  /** A job that was set aside waits again, if it is still wanted. */
  putBack(job: Job): void {
    if (this.#failure !== undefined) return;
    this.#aside -= 1;
    this.#waiting += 1;
    this.#back.push(job);
  }

  /** What does not run now is not wanted any more. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#waiting = 0;
    this.#aside = 0;
    this.#endIfDone();
  }

  #next(isInUse: (affinity: string) => boolean): Group {
    while (!hasLeft(this.#groups[this.#first]!)) this.#first += 1;
    for (let i = this.#first; i < this.#groups.length; i++) {
      const group = this.#groups[i]!;
      if (hasLeft(group) && !(group.affinity !== undefined && isInUse(group.affinity))) return group;
    }
    return this.#groups[this.#first]!;
  }

  #endIfDone(): void {
    if (this.#waiting + this.#running + this.#aside > 0) return;
    if (this.#failure === undefined) this.#ended.resolve();
    else this.#ended.reject(this.#failure.error);
  }
}

function hasLeft({ jobs, taken }: Group): boolean {
  return taken < jobs.length;
}
