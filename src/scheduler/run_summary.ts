import type { Ended, RunResult, StageResult } from "./run.ts";

/** What a run came to: the last line of its log, and of `run --format ndjson`. */
export interface RunSummary {
  readonly ok: boolean;
  /** Why it ended before all was tried: it was interrupted, or its budget is spent. */
  readonly ended?: Ended;
  readonly stages: Readonly<Record<"ran" | "stored" | "failed" | "skipped", number>>;
  /** Each counts once. */
  readonly models: Readonly<Record<"trained" | "stored" | "failed", number>>;
  readonly seconds: number;
}

/** What of a run's result its summary needs. */
export interface RunOutcome extends Pick<RunResult, "ok" | "ended" | "seconds"> {
  readonly stages: readonly Pick<StageResult, "status" | "items">[];
}

export function runSummary({ ok, ended, stages, seconds }: RunOutcome): RunSummary {
  const having = (...statuses: StageResult["status"][]) =>
    stages.filter(({ status }) => statuses.includes(status)).length;
  const models = stages.flatMap(({ items }) => items?.place === "engine" ? [items] : []);
  const sum = (key: "ran" | "stored" | "failed") => models.reduce((total, items) => total + items[key], 0);
  const shared = models.reduce((total, items) => total + (items.shared ?? 0), 0);
  return {
    ok,
    ...(ended && { ended }),
    stages: {
      ran: having("ran", "partial"),
      stored: having("stored"),
      failed: having("failed"),
      skipped: having("skipped", "interrupted"),
    },
    models: { trained: sum("ran"), stored: sum("stored") - shared, failed: sum("failed") },
    seconds,
  };
}
