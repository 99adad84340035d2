import type { Plan } from "../compiler/plan.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { EngineHost } from "./engine_process/host.ts";
import type { RunEvent, StageOutlook } from "./events.ts";
import { Repairs } from "./repairs.ts";
import { type Ended, RunEnd } from "./run_end.ts";
import type { StageLookup } from "./stage_lookup.ts";
import { type StageResult, StageRunner } from "./stage_runner.ts";

export type { Ended } from "./run_end.ts";
export type { StageResult } from "./stage_runner.ts";

export interface RunOptions {
  /** Of the store that results are kept in. */
  readonly lookup: StageLookup;
  /** What `assess` says about the plan: told first of all. */
  readonly outlook: readonly StageOutlook[];
  /** How much runs at once, over all stages. */
  readonly concurrency: number;
  /** Started when the first item needs it; ended with the run. */
  readonly engine: EngineHost;
  /** Ends the run early: what is stored stays stored, and what runs keeps a state, if it can. */
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
  /**
   * Called when the stages have ended, unless the run was ended early: reads what they made. If it throws a DamagedError,
   * what is damaged is made again, and it is called again.
   */
  readonly finish?: (result: RunResult) => Promise<void>;
  readonly clock?: Clock;
}

export interface RunResult {
  /** Every stage has its whole output. */
  readonly ok: boolean;
  /** Absent where all was tried. */
  readonly ended?: Ended;
  readonly stages: readonly StageResult[];
  readonly seconds: number;
}

/** How long items may take to keep their states when the run ends early: large ones on a busy disk need some seconds. */
const GRACE_SECONDS = 20;

/**
 * Runs what is not stored: each stage as soon as its inputs have their outputs, and all work under one limit. What turns
 * out to be damaged in the store is made again.
 * @throws {UserError} If the store cannot be written any more, or what `finish` throws
 */
export async function run(plan: Plan, options: RunOptions): Promise<RunResult> {
  const { engine, emit, clock = systemClock, outlook } = options;
  const end = new RunEnd(plan.budget, clock, emit);
  const repairs = new Repairs();
  emit({ type: "started", pipeline: plan.name, stages: outlook });
  const stages = new StageRunner(plan, { ...options, clock, end, repairs });
  endEngineEarly(engine, end);
  end.watch(options.signal);
  try {
    return await runAll(stages, end, repairs, options);
  } finally {
    await stages.settled();
    end.close();
    await engine.stop();
  }
}

/** Passes over all stages, until none has met anything damaged. */
async function runAll(
  stages: StageRunner,
  end: RunEnd,
  repairs: Repairs,
  { emit, finish }: RunOptions,
): Promise<RunResult> {
  const started = performance.now();
  for (;;) {
    const results = await stages.pass();
    await stages.settled();
    if (end.broken !== undefined) throw end.broken;
    const result = {
      ok: results.every(({ status }) => status === "stored" || status === "ran"),
      ...(end.ended && { ended: end.ended }),
      stages: results,
      seconds: (performance.now() - started) / 1000,
    };
    if (end.ended !== undefined) return result;
    let damaged = repairs.begin();
    if (damaged.length === 0) damaged = await finished(result, repairs, finish);
    if (damaged.length === 0) return result;
    for (const { message } of damaged) emit({ type: "warning", message: `${message}; it is made again` });
  }
}

/** @returns What it found damaged */
async function finished(result: RunResult, repairs: Repairs, finish: RunOptions["finish"]) {
  try {
    await finish?.(result);
  } catch (error) {
    if (!repairs.takes(error)) throw error;
  }
  return repairs.begin();
}

function endEngineEarly(engine: EngineHost, end: RunEnd): void {
  end.signal.addEventListener("abort", () => {
    if (end.broken !== undefined) engine.kill();
    else if (end.ended !== undefined) engine.interrupt(GRACE_SECONDS);
  });
}
