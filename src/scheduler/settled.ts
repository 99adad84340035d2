import type { Diagnostic } from "../core/diagnostic.ts";
import type { Digest } from "../core/digest.ts";
import type { Plan } from "../compiler/plan.ts";
import type { Store } from "../store/store.ts";
import type { Assessment } from "./assess.ts";
import type { ItemCounts, ItemOutlook, RunEvent, StageOutlook } from "./events.ts";

/**
 * What a plan or a run found of a pipeline when everything that it was asked for was stored: enough to say so again, and to
 * see that it still holds, without compiling. Plain data.
 */
export interface Settled {
  readonly pipeline: string;
  /** What the check of the file warned of. */
  readonly warnings: readonly Diagnostic[];
  /** What was asked for, in the order of the plan. */
  readonly stages: readonly StoredStage[];
  /** After a run. */
  readonly run?: SettledRun;
}

export interface StoredStage {
  readonly stage: string;
  readonly kind: string;
  /** Null for what is evaluated while planning. */
  readonly identity: Digest | null;
  readonly output: Digest;
  readonly items?: ItemOutlook;
}

export interface SettledRun {
  /** Digest of the text of `run.json`. */
  readonly record: Digest;
  /** The other stages of the pipeline: their results are in `run.json`, too. */
  readonly leftOut: readonly LeftOutStage[];
}

export interface LeftOutStage {
  readonly stage: string;
  /** Null for what is evaluated while planning, and where an input has no output. */
  readonly identity: Digest | null;
  /** Null where nothing is stored. */
  readonly output: Digest | null;
}

/**
 * @param assessments of what was asked for
 * @returns undefined where something of it is not stored
 */
export function settled(
  { name, warnings }: Plan,
  assessments: readonly Assessment[],
  run?: SettledRun,
): Settled | undefined {
  if (assessments.some(({ status }) => status !== "stored")) return undefined;
  const stages = assessments.map(({ stage, kind, identity = null, output, items }): StoredStage => ({
    stage,
    kind,
    identity,
    output: output!,
    ...(items && { items }),
  }));
  return { pipeline: name, warnings, stages, ...(run && { run }) };
}

/** Whether the store holds what it held, and of what was left out no more. */
export function stillHolds({ stages, run }: Settled, store: Store): boolean {
  return [...stages, ...run?.leftOut ?? []].every(({ identity, output }) =>
    identity === null || (store.find(identity)?.output ?? null) === output
  );
}

export function storedOutlook({ stage, kind, items }: StoredStage): StageOutlook {
  return { stage, kind, status: "stored", ...(items && { items }), why: [] };
}

/** Tells all that a run tells in which nothing has to be done. @returns How its stages ended */
export function tellStored(
  { pipeline, stages }: Settled,
  emit: (event: RunEvent) => void,
): { readonly status: "stored"; readonly items?: ItemCounts }[] {
  emit({ type: "started", pipeline, stages: stages.map(storedOutlook) });
  return stages.map(({ stage, items: outlook }) => {
    const items = outlook && countsOf(outlook);
    emit({
      type: "stage-finished",
      stage,
      result: { status: "stored", ...(items && { items }), seconds: 0 },
    });
    return { status: "stored", ...(items && { items }) };
  });
}

function countsOf({ noun, place, stored, shared }: ItemOutlook): ItemCounts {
  return { noun, place, stored, ran: 0, failed: 0, ...(shared !== undefined && { shared }) };
}
