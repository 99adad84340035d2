import type { Pace } from "../core/pace.ts";
import type { ItemProgress, RunningItem } from "./progress.ts";

/** How far some work is: that of a stage, of an instance or of a whole run. */
export interface Work {
  /** What one item is called: "model". */
  readonly noun: string;
  readonly total: number;
  /** Of the total: those that were stored, and those that ended, well or not. */
  readonly done: number;
  readonly failed: number;
  readonly running: number;
  /** Those that another run is making. */
  readonly waiting: number;
  /** Of the missing work, by its expected cost, what is done: 0 to 1. */
  readonly share: number;
  /** Items that ended, lately; absent while none has. */
  readonly perSecond?: number;
  /** Absent while too little is done to tell. */
  readonly secondsLeft?: number;
}

/** No time left is told before this share of the work is done: it would jump. */
const LEAST_SHARE = 0.02;

/** @param now Seconds on the clock of the run */
export function workOf(items: readonly ItemProgress[], pace: Pace, now: number): Work {
  const running = items.flatMap(({ running }) => [...running.values()]);
  const [missing, cost] = [sum(items, ({ missing }) => missing), sum(items, ({ cost }) => cost)];
  const finished = sum(items, ({ finished }) => finished);
  const share = missing === 0 ? 1 : cost === 0 ? finished / missing : Math.min(1, pace.cost / cost);
  const speed = pace.perSecond(now);
  const left = share < LEAST_SHARE || speed === undefined || !(speed.cost > 0)
    ? undefined
    : Math.max((cost - pace.cost) / speed.cost, ...running.map((item) => secondsLeftOf(item, now)), 0);
  return {
    noun: items[0]!.noun,
    total: sum(items, ({ stored, missing }) => stored + missing),
    done: sum(items, ({ stored }) => stored) + finished,
    failed: sum(items, ({ failed }) => failed),
    running: running.length,
    waiting: sum(items, ({ waiting }) => waiting.size),
    share,
    ...(speed !== undefined && finished > 0 && { perSecond: speed.items }),
    ...(left !== undefined && { secondsLeft: left }),
  };
}

/**
 * The slowest item decides the end: by how fast it went on between what it said first and last. What comes before, such as
 * loading data, or the epochs that a stored state has, tells nothing of what is left.
 */
function secondsLeftOf({ first, last }: RunningItem, now: number): number {
  if (first === undefined || last === undefined || last.done <= first.done) return 0;
  const perSecond = (last.done - first.done) / (last.at - first.at);
  return (1 - last.done) / perSecond - (now - last.at);
}

export function sum<Item>(items: readonly Item[], value: (item: Item) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
