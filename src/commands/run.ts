/** Runs a pipeline that was read: compiles it, computes what is not stored, and writes the results. */
import { keepLimit, storeLimit } from "../care/limit.ts";
import { checkRead, engineIdentity } from "./check.ts";
import type { Plan } from "../compiler/plan.ts";
import { suggestion } from "../core/describe.ts";
import { type Diagnostic, UsageError } from "../core/diagnostic.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { engineOptions, requireEngine } from "./engine_process.ts";
import type { Override } from "../language/params.ts";
import type { RunOptions, RunReport } from "./options.ts";
import type { CheckedFile, ReadPipeline } from "../sources/read_pipeline.ts";
import { assessed, choose, forcedIn } from "./plan.ts";
import { type Recall, tellSettled } from "./recall.ts";
import { refuseFolderOfAnother, resultsPlace } from "./results_folder.ts";
import { assess } from "../scheduler/assess.ts";
import type { StageOutlook } from "../scheduler/events.ts";
import type { RunResult } from "../scheduler/run.ts";
import { runSummary } from "../scheduler/run_summary.ts";
import { StageLookup } from "../scheduler/stage_lookup.ts";
import { Store } from "../store/store.ts";
import { Results } from "./write_results.ts";

/** Runs what is not stored, and writes the results. @param recall gains what the next run finds, if that is known */
export async function runRead(
  read: ReadPipeline,
  recall: Recall,
  options: RunOptions,
  warn: (message: string) => void,
): Promise<Result<RunReport, CheckedFile>> {
  const { plan, ...file } = await checkRead(read);
  if (plan === undefined) return fail(file);
  const chosen = withLimits(choose(plan, options.only), options);
  const absent = absentFiles(chosen);
  if (absent.length > 0) return fail({ ...file, diagnostics: absent });
  options.checked?.(file);
  const limit = storeLimit();
  const { path, overrides } = read;
  const { outputs, signal, emit } = options;
  await refuseFolderOfAnother(path, plan.name, outputs);
  const { journaled } = await import("./run_journal.ts");
  const store = await Store.open(`${outputs}/store`, { warn, use: "run", signal });
  const journal = { ...journalOf(path, plan, options), signal, emit };
  const run = { plan, chosen, path, overrides, store, recall };
  const report = await journaled(chosen, journal, (emit) => runChosen(run, { ...options, emit }))
    .finally(() => store.close());
  if (limit !== undefined && hasMade(report)) await keepLimit(outputs, limit, warn);
  return ok(report);
}

/** A run needs the files that a plan does without, so what warns of them is an error now. */
function absentFiles({ nodes }: Plan): Diagnostic[] {
  const files = new Set(nodes.flatMap(({ unknown }) => unknown?.files ?? []));
  return [...files].map(({ warning }) => ({ ...warning, severity: "error" }));
}

/** A run that is interrupted goes on from what it kept, so that stays. */
function hasMade({ summary: { stages, models, ended } }: RunReport): boolean {
  return stages.ran + models.trained > 0 && ended === undefined;
}

interface ChosenRun {
  /** All of the pipeline, and what of it is asked for. */
  readonly plan: Plan;
  readonly chosen: Plan;
  readonly path: string;
  readonly overrides: readonly Override[];
  readonly store: Store;
  readonly recall: Recall;
}

async function runChosen(
  { plan, chosen, path, overrides, store, recall }: ChosenRun,
  options: RunOptions,
): Promise<RunReport> {
  const started = performance.now();
  const { outputs, emit, concurrency } = options;
  const lookup = new StageLookup(store, forcedIn(plan, chosen, options));
  const warn = (message: string) => emit({ type: "warning", message });
  const { assessments, outlook } = await assessed(chosen, lookup, { ...options, warn });
  const place = resultsPlace(path, plan.name, outputs);
  const about = { engine: await engineIdentity(), concurrency, overrides };
  const results = new Results(plan, chosen, lookup, place, about);
  const known = await results.settled(assessments);
  if (known !== undefined) {
    recall.keep(known, store);
    const report = tellSettled(known, results.place, emit, started);
    if (report !== undefined) return report;
  }
  const result = await compute(chosen, outlook, lookup, results, options);
  const settled = result.ok ? await results.settled(await assess(chosen, lookup)) : undefined;
  if (settled !== undefined) recall.keep(settled, store);
  return { summary: runSummary(result), folder: results.place.folder, figures: results.pictures() };
}

async function compute(
  plan: Plan,
  outlook: readonly StageOutlook[],
  lookup: StageLookup,
  results: Results,
  options: RunOptions,
): Promise<RunResult> {
  if (outlook.some(({ items }) => items?.place === "engine" && items.missing > 0)) {
    await requireEngine(options);
  }
  await results.claim();
  const [{ run }, { EngineHost }] = await Promise.all([
    import("../scheduler/run.ts"),
    import("../scheduler/engine_process/host.ts"),
  ]);
  const { signal, concurrency, emit } = options;
  const engine = new EngineHost(await engineOptions(lookup.store, results.place.folder), emit);
  const finish = (result: RunResult) => results.write(result);
  const result = await run(plan, { lookup, outlook, engine, signal, concurrency, emit, finish });
  if (result.ended !== undefined) await results.writeSome(result, emit);
  return result;
}

/** A plan under other limits: no result depends on them. @throws {UsageError} If there is no such resource */
function withLimits(plan: Plan, { resources = {}, failFast = false }: RunOptions): Plan {
  for (const name of Object.keys(resources)) {
    if (Object.hasOwn(plan.resources, name)) continue;
    throw new UsageError(
      `Cannot set resource "${name}": ${plan.name} has no such resource`,
      suggestion(name, Object.keys(plan.resources), "its resources"),
    );
  }
  return {
    ...plan,
    resources: { ...plan.resources, ...resources },
    budget: failFast ? { ...plan.budget, maxFailures: 0 } : plan.budget,
  };
}

/** Where a run's log is kept, and what it says of the run besides its events. */
function journalOf(path: string, { name }: Plan, options: RunOptions) {
  const { outputs, concurrency, resources = {}, failFast = false, only, force = [] } = options;
  const { set = [], params = [] } = options;
  const given = { concurrency, resources, failFast, force, set, params, ...(only !== undefined && { only }) };
  return {
    folder: `${outputs}/${name}/logs`,
    about: { file: path, host: Deno.hostname(), pid: Deno.pid, options: given },
    engineLog: `${outputs}/${name}/logs/engine.log`,
  };
}
