import type { Json } from "../core/json.ts";
import type { EngineEvent } from "./engine_process/host.ts";

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
    /** It was found: another stage, or another run, made it meanwhile. */
    readonly stored?: true;
  }
  | {
    readonly type: "item-failed";
    readonly stage: string;
    readonly item: string;
    readonly error: Failure;
    /** Path of the file that says all about it; given to those who tell of it. */
    readonly log?: string;
  }
  /** It failed in a way that can pass, and is tried again; a stage without items has no `item`. */
  | {
    readonly type: "item-retried";
    readonly stage: string;
    readonly item?: string;
    /** How often it was tried. */
    readonly attempt: number;
    /** Until it is tried again. */
    readonly seconds: number;
    readonly error: Failure;
  }
  /**
   * Another run is making it: this one looks for it now and then, and goes on with others. Told once, before its start; a
   * stage without items has no `item`.
   */
  | { readonly type: "item-waits"; readonly stage: string; readonly item?: string }
  /** The run ends before all is done. */
  | { readonly type: "budget-spent"; readonly message: string }
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
  /** Why it is not stored, compared with the last run; empty where it is. */
  readonly why: readonly Reason[];
}

/**
 * stored: nothing to do. run: must run. partial: must run, and some of its items are stored. maybe: an input must run
 * first; if that comes out as in the last run and it is the only reason, there may be nothing to do. Also where a file is
 * absent that it is planned from.
 */
export type StageStatus = "stored" | "run" | "partial" | "maybe";

/** One thing that makes a stage run. */
export interface Reason {
  /**
   * new: the last run made no result of it. setting, input, version, engine: changed since. gone: nothing changed, but the
   * result is not stored any more. forced: it is made anew whatever is stored. items: how many of its items are not
   * stored. waits: an input must run first. absent: a file that it, or what it reads, is planned from is not there.
   */
  readonly reason:
    | "new"
    | "setting"
    | "input"
    | "version"
    | "engine"
    | "gone"
    | "forced"
    | "items"
    | "waits"
    | "absent";
  /** For people: `epochs 10 → 20`, `family "mlps" changed: training.batch_size 64 → 128`; without the place. */
  readonly message: string;
  /** What changed, or is waited for, where that is another one: an instance or, where several are alike, their stage. */
  readonly instance?: string;
  /** Full path of the setting that changed, or name of the input: `training.batch_size`. */
  readonly setting?: string;
  /** Absent where the setting was not given and has no value then. */
  readonly before?: Json;
  readonly after?: Json;
  /** Where the setting stands, or the nearest thing around it. */
  readonly at?: Place;
  /** Where the value stands, if `at` is an expression. */
  readonly from?: Place;
}

/** A place in a file; line and column count from 1. */
export interface Place {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

export interface ItemOutlook {
  /** What one item is called: "model". */
  readonly noun: string;
  readonly place: "engine" | "head";
  /** With those that a stage before this one makes. */
  readonly stored: number;
  readonly missing: number;
  /** Those of which nothing can be known, since a file is absent; at most so many. Absent: none. */
  readonly unknown?: number;
  /** Of the stored ones: those that a stage before lists, too. A sum over stages leaves them out. Absent: none. */
  readonly shared?: number;
  /** Of the shared ones: those that are not there yet, and the stages that make them. */
  readonly coming?: { readonly items: number; readonly from: readonly string[] };
  /** Expected seconds of the missing ones on one core. */
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
  /** With those that another stage made meanwhile. */
  readonly stored: number;
  /** Of the stored ones: those that another stage of the run counts, too. Absent: none. */
  readonly shared?: number;
  readonly ran: number;
  readonly failed: number;
}

export interface Failure {
  readonly message: string;
  readonly help?: string;
  /** Only where the failure was not foreseen. */
  readonly stack?: string;
  /** The end of what its process wrote, if it had one of its own. */
  readonly output?: string;
}

export interface ItemFailure extends Failure {
  readonly item: string;
}
