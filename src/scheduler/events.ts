import type { EngineEvent } from "./engine_host.ts";

/** What a run tells while it goes on. A stage is named by its instance, an item by its id within the stage. */
export type RunEvent =
  | { readonly type: "started"; readonly pipeline: string; readonly stages: readonly StageOutlook[] }
  | { readonly type: "stage-started"; readonly stage: string; readonly items?: ItemOutlook }
  | { readonly type: "stage-finished"; readonly stage: string; readonly result: StageCounts }
  | { readonly type: "stage-failed"; readonly stage: string; readonly error: Failure }
  | { readonly type: "stage-skipped"; readonly stage: string; readonly because: string }
  | { readonly type: "item-started"; readonly stage: string; readonly item: string; readonly cost: number }
  | {
    readonly type: "item-progress";
    readonly stage: string;
    readonly item: string;
    /** 0 to 1. */
    readonly done: number;
    readonly note: string;
  }
  | {
    readonly type: "item-finished";
    readonly stage: string;
    readonly item: string;
    readonly seconds: number;
  }
  | { readonly type: "item-failed"; readonly stage: string; readonly item: string; readonly error: Failure }
  /** A download or the like that a stage needs on this machine; in bytes, `total` null while unknown. */
  | {
    readonly type: "preparing";
    readonly stage: string;
    readonly what: string;
    readonly done: number;
    readonly total: number | null;
  }
  | { readonly type: "warning"; readonly message: string }
  | EngineEvent;

/** What is known about a stage before the run. */
export interface StageOutlook {
  readonly stage: string;
  readonly kind: string;
  readonly status: StageStatus;
  readonly items?: ItemOutlook;
  /** Why it is not stored; empty where it is. */
  readonly why: readonly string[];
}

/**
 * stored: nothing to do. run: must run. partial: some of its items are stored. maybe: an input must run first, and if
 * that comes out as before, the stage is stored.
 */
export type StageStatus = "stored" | "run" | "partial" | "maybe";

export interface ItemOutlook {
  /** What one item is called: "model". */
  readonly noun: string;
  readonly place: "engine" | "head";
  readonly stored: number;
  readonly missing: number;
  /** Expected work of the missing ones, in the kind's unit. */
  readonly cost: number;
  /** How long the missing ones may take, one after the other, by the pace of the stored ones; absent without any. */
  readonly seconds?: number;
}

export interface StageCounts {
  /** partial: some items failed, and the output holds the others. */
  readonly status: "stored" | "ran" | "partial";
  readonly items?: ItemCounts;
  readonly seconds: number;
}

export interface ItemCounts {
  readonly noun: string;
  readonly place: "engine" | "head";
  readonly stored: number;
  readonly ran: number;
  readonly failed: number;
}

export interface Failure {
  readonly message: string;
  readonly help?: string;
  /** Only where the failure was not foreseen. */
  readonly stack?: string;
}
