import type { ItemCounts, ItemOutlook, StageOutlook } from "../scheduler/events.ts";

/** All instances of a stage. */
export interface StageProgress {
  readonly name: string;
  readonly outlooks: ReadonlyMap<string, StageOutlook>;
  /** Those that are at work or were, by instance. */
  readonly started: ReadonlyMap<string, InstanceProgress>;
  readonly ended: ReadonlyMap<string, Ending>;
}

export interface InstanceProgress {
  readonly instance: string;
  /** When it started, in seconds on the clock of the run. */
  readonly at: number;
  readonly items?: ItemProgress;
}

export interface ItemProgress extends ItemOutlook {
  readonly finished: number;
  readonly failed: number;
  /** Of the finished ones: those that another stage or run made. */
  readonly found: number;
  readonly running: ReadonlyMap<string, RunningItem>;
  /** Those that another run is making. */
  readonly waiting: ReadonlySet<string>;
}

export interface RunningItem {
  readonly cost: number;
  /** How far it is, as it said last: 0 to 1. */
  readonly done: number;
  readonly note: string;
  /** What it said first and last of how far it is; absent before. */
  readonly first?: Report;
  readonly last?: Report;
}

/** An item said how far it is. */
export interface Report {
  /** Seconds on the clock of the run. */
  readonly at: number;
  readonly done: number;
}

export type Ending = "stored" | "ran" | "partial" | "failed" | "skipped";

/** How a stage with several instances ended. */
export interface StageEnd {
  readonly stage: string;
  readonly endings: readonly Ending[];
  /** Over all of its instances that ran. */
  readonly items?: ItemCounts;
  readonly seconds: number;
}
