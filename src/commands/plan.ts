/** Plans a pipeline that was read: compiles it, and compares it with the store. */
import { checkRead, engineIdentity } from "./check.ts";
import type { Plan } from "../compiler/plan.ts";
import { UsageError } from "../core/diagnostic.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { PlanReport, ProjectOptions } from "./options.ts";
import type { CheckedFile, ReadPipeline } from "../sources/read_pipeline.ts";
import type { Recall } from "./recall.ts";
import { assess, type Assessment } from "../scheduler/assess.ts";
import type { StageOutlook } from "../scheduler/events.ts";
import { explain } from "../scheduler/explain.ts";
import { nodesNamed, only, type UnknownName } from "../scheduler/only.ts";
import { readRunRecord } from "../scheduler/run_record.ts";
import { settled } from "../scheduler/settled.ts";
import { StageLookup } from "../scheduler/stage_lookup.ts";
import { Store } from "../store/store.ts";

/** What a run would do. @param recall gains it, if nothing has to be done */
export async function planRead(
  read: ReadPipeline,
  recall: Recall,
  options: ProjectOptions,
): Promise<Result<PlanReport, CheckedFile>> {
  const { plan, ...file } = await checkRead(read);
  if (plan === undefined) return fail(file);
  options.checked?.(file);
  const chosen = choose(plan, options.only);
  const store = await Store.open(`${options.outputs}/store`, { warn: options.warn });
  try {
    const { assessments, outlook } = await assessed(
      chosen,
      new StageLookup(store, forcedIn(plan, chosen, options)),
      options,
    );
    const found = settled(chosen, assessments);
    if (found !== undefined) recall.keep(found, store);
    return ok({ pipeline: chosen.name, stages: outlook });
  } finally {
    await store.close();
  }
}

/** What a run would do with a plan, and why. */
export async function assessed(
  plan: Plan,
  lookup: StageLookup,
  { outputs, warn }: Pick<ProjectOptions, "outputs" | "warn">,
): Promise<{ assessments: Assessment[]; outlook: StageOutlook[] }> {
  const assessments = await assess(plan, lookup);
  const isStored = assessments.every(({ status }) => status === "stored"); // then there is nothing to explain
  const path = `${outputs}/${plan.name}/run.json`;
  const last = isStored ? undefined : await readRunRecord(path, plan.name, warn);
  return { assessments, outlook: explain(plan, assessments, last, await engineIdentity()) };
}

/** What of a plan is asked for. @throws {UsageError} If there is no such stage */
export function choose(plan: Plan, name: string | undefined): Plan {
  if (name === undefined) return plan;
  return known(`choose stage "${name}"`, only(plan, name));
}

/**
 * The instances that are to be made anew.
 * @param chosen what of the plan is asked for
 * @throws {UsageError} If there is no such stage, or nothing of it is asked for
 */
export function forcedIn(
  plan: Plan,
  chosen: Plan,
  { force = [], only }: Pick<ProjectOptions, "force" | "only">,
): Set<string> {
  const asked = new Set(chosen.nodes.map(({ instance }) => instance));
  return new Set(force.flatMap((name) => {
    const instances = known(`force stage "${name}"`, nodesNamed(plan, name)).map(({ instance }) => instance);
    const left = instances.filter((instance) => asked.has(instance));
    if (left.length > 0) return left;
    throw new UsageError(
      `Cannot force stage "${name}": --only ${only} leaves it out`,
      `choose "${name}", or a stage that needs it`,
    );
  }));
}

function known<Value>(doing: string, found: Result<Value, UnknownName>): Value {
  if (found.ok) return found.value;
  throw new UsageError(`Cannot ${doing}: ${found.error.why}`, found.error.help);
}
