import type { RunEvent, StageOutlook } from "../scheduler/events.ts";
import type { RunSummary } from "../scheduler/run_summary.ts";
import type { CheckedFile } from "../sources/read_pipeline.ts";

/** Values that take the place of a pipeline's params. */
export interface ParamOptions {
  /** Each `a.b=VALUE`, the value as YAML. */
  readonly set?: readonly string[];
  /** Files of params; earlier ones give way to later ones, and all to `set`. */
  readonly params?: readonly string[];
}

export interface ProjectOptions extends ParamOptions {
  /** Folder for the store and the results. */
  readonly outputs: string;
  /** This stage, or those of its instances, and what they need, nothing else. */
  readonly only?: string;
  /** These stages, or instances of them, are made anew although they are stored. */
  readonly force?: readonly string[];
  /** Told what the check found in a pipeline that can run: warnings. */
  readonly checked?: (file: CheckedFile) => void;
  /** Told what is wrong where the work goes on. */
  readonly warn: (message: string) => void;
}

export interface PlanReport {
  readonly pipeline: string;
  readonly stages: readonly StageOutlook[];
}

export interface RunOptions extends Omit<ProjectOptions, "warn"> {
  /** How many items at once. */
  readonly concurrency: number;
  /** Amounts of named resources that take the place of the pipeline's. */
  readonly resources?: Readonly<Record<string, number>>;
  /** Ends the run at the first item that fails. */
  readonly failFast?: boolean;
  /** Installs the engine first if it is missing and needed. */
  readonly setup: boolean;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

export interface RunReport {
  readonly summary: RunSummary;
  /** Folder of the pipeline's results, and the figures in it. */
  readonly folder: string;
  readonly figures: readonly string[];
}
