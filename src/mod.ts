/** The library: joins the machine (language, compiler, store, scheduler) with the stages. Heavy parts load when they are used. */
import type { VerifyOptions, VerifyReport } from "./care/care.ts";
import type { CollectOptions, CollectReport } from "./care/garbage.ts";
import type { ExportOptions, ExportReport } from "./commands/export.ts";
import type { ParamOptions, PlanReport, ProjectOptions, RunOptions, RunReport } from "./commands/options.ts";
import type { Question, Recall } from "./commands/recall.ts";
import type { StatusReport } from "./commands/status.ts";
import type { WhyReport } from "./commands/why_report.ts";
import { fail, ok, type Result } from "./core/result.ts";
import type { StageKind } from "./core/stage_kind.ts";
import type { Check, DoctorOptions } from "./engine/library/doctor.ts";
import type { SetupOptions, SetupResult } from "./engine/library/setup.ts";
import type { GraphFormat } from "./graph/drawings.ts";
import type { PipelineGraph } from "./graph/graph.ts";
import type { CheckedFile, ReadPipeline } from "./sources/read_pipeline.ts";
import type { Listing } from "./store/maintenance/listing.ts";

export type { VerifyReport } from "./care/care.ts";
export type { CollectReport } from "./care/garbage.ts";
export type { ExportOptions, ExportReport } from "./commands/export.ts";
export type { ParamOptions, PlanReport, ProjectOptions, RunOptions, RunReport } from "./commands/options.ts";
export type { Ending, InstanceProgress, StageEnd, StageProgress } from "./commands/progress.ts";
export { RunProgress, startOf } from "./commands/run_progress.ts";
export type { RunStatus, StatusReport } from "./commands/status.ts";
export type { WhyReport } from "./commands/why_report.ts";
export type { Work } from "./commands/work.ts";
export { parseBytes } from "./core/byte_size.ts";
export { type Diagnostic, nearestName, UsageError, UserError } from "./core/diagnostic.ts";
export { drawDiagnostic } from "./core/draw_diagnostic.ts";
export { formatBytes } from "./core/files.ts";
export { stageOf } from "./core/instance_name.ts";
export type { Result } from "./core/result.ts";
export type { Check as MachineCheck } from "./engine/library/doctor.ts";
export type { GraphFormat } from "./graph/drawings.ts";
export type { PipelineGraph } from "./graph/graph.ts";
export type {
  Failure,
  ItemCounts,
  ItemOutlook,
  Place,
  Reason,
  RunEvent,
  StageOutlook,
  StageStatus,
} from "./scheduler/events.ts";
export { itemsMessage } from "./scheduler/items_message.ts";
export type { RunSummary } from "./scheduler/run_summary.ts";
export type { CheckedFile } from "./sources/read_pipeline.ts";
export type { Listing as CacheListing } from "./store/maintenance/listing.ts";
export type { Tally } from "./store/maintenance/tally.ts";
export type { StoreProblem } from "./store/maintenance/verify.ts";

/** Reads and checks files without running anything. */
export async function validate(paths: readonly string[], options: ParamOptions = {}): Promise<CheckedFile[]> {
  const { checkFile } = await import("./commands/check.ts");
  const checked = await Promise.all(paths.map((path) => checkFile(path, options)));
  return checked.map(({ plan: _, ...file }) => file);
}

/** What a run would do; nothing is written. @throws {UserError} If the store cannot be read */
export async function plan(path: string, options: ProjectOptions): Promise<Result<PlanReport, CheckedFile>> {
  const read = await readFiles(path, options);
  if (!read.ok) return read;
  const recall = await recallOf(read.value, options);
  const told = { ...options, warn: onceEach(options.warn) };
  const recalled = isForced(options) ? undefined : await recall.plan(told);
  if (recalled !== undefined) return ok(recalled);
  const { planRead } = await import("./commands/plan.ts");
  return await planRead(read.value, recall, told);
}

/**
 * Runs what is not stored, and writes the results.
 * @throws {UsageError} If the folder for the results holds those of another file
 * @throws {UserError} If the engine is missing, or the store or the results cannot be written
 */
export async function run(path: string, options: RunOptions): Promise<Result<RunReport, CheckedFile>> {
  const read = await readFiles(path, options);
  if (!read.ok) return read;
  const recall = await recallOf(read.value, options);
  const warn = onceEach((message) => options.emit({ type: "warning", message }));
  const recalled = isForced(options) ? undefined : await recall.run(options, warn);
  if (recalled !== undefined) return ok(recalled);
  const { runRead } = await import("./commands/run.ts");
  return await runRead(read.value, recall, options, warn);
}

/**
 * How the runs of a pipeline go, or how the last one went; nothing is compiled.
 * @throws {UsageError} If the file cannot be read
 */
export async function status(
  path: string,
  { outputs }: Pick<ProjectOptions, "outputs">,
): Promise<StatusReport> {
  return await (await import("./commands/status.ts")).statusOf(path, outputs);
}

/** What the store holds. @throws {UserError} If there is none */
export async function listCache(outputs: string): Promise<Listing> {
  return await (await import("./care/care.ts")).listCache(outputs);
}

/** Reads all of the store. @throws {UserError} If there is none, or it is to be repaired while a run uses it */
export async function verifyCache(outputs: string, options: VerifyOptions): Promise<VerifyReport> {
  return await (await import("./care/care.ts")).verifyCache(outputs, options);
}

/** Makes the store's index anew. @returns How many records there are @throws {UserError} If there is no store */
export async function rebuildCache(outputs: string, warn: (message: string) => void): Promise<number> {
  return await (await import("./care/care.ts")).rebuildCache(outputs, warn);
}

/**
 * Removes from the store what neither the pipelines of the project nor the last runs need.
 * @throws {UserError} If a run uses the store, or something tells not what it needs: nothing is removed then
 */
export async function cleanCache(
  outputs: string,
  options: Omit<CollectOptions, "kinds" | "folder">,
): Promise<CollectReport> {
  const { collectGarbage } = await import("./care/garbage.ts");
  return await collectGarbage(outputs, { ...options, kinds: await registry(), folder: Deno.cwd() });
}

/**
 * Where a result came from, or why it is not there. @param target an instance, or one of its members: `trained/7`
 * @throws {UsageError} If there is none of this name
 */
export async function why(
  path: string,
  target: string,
  options: Omit<ProjectOptions, "only">,
): Promise<Result<WhyReport, CheckedFile>> {
  return await (await import("./commands/why.ts")).why(path, target, options);
}

/**
 * Writes what a stage has trained, or an instance of it, for other programs.
 * @throws {UsageError} If there is no such stage, or it trains nothing, or the folder holds something else
 * @throws {UserError} If it has no stored result, or the folder cannot be written
 */
export async function exportStage(
  path: string,
  stage: string,
  options: ExportOptions,
): Promise<Result<readonly ExportReport[], CheckedFile>> {
  return await (await import("./commands/export.ts")).exportStage(path, stage, options);
}

/** The stages of a pipeline and what each reads; with `expand`, every instance of a stage by itself. */
export async function graph(
  path: string,
  { expand = false, ...params }: ParamOptions & { readonly expand?: boolean } = {},
): Promise<Result<PipelineGraph, CheckedFile>> {
  const { checkFile } = await import("./commands/check.ts");
  const { plan, ...file } = await checkFile(path, params);
  if (plan === undefined) return fail(file);
  const { pipelineGraph } = await import("./graph/graph.ts");
  return ok(pipelineGraph(plan, { expand }));
}

/** A graph as text for people, as Mermaid or as a picture. @throws {UserError} If it is too large for a picture */
export async function drawGraph(graph: PipelineGraph, format: GraphFormat): Promise<string> {
  const { drawings } = await import("./graph/drawings.ts");
  return await drawings[format](graph, await kindNames());
}

/**
 * The published JSON Schema of the stages of a kind or, without one, of pipelines.
 * @throws {UsageError} If there is no such kind
 */
export async function schema(kind = "pipeline"): Promise<string> {
  const { schemaOf } = await import("./commands/schema.ts");
  return schemaOf(kind, await registry());
}

/** All kinds of stages, from data to figures. */
export async function kindNames(): Promise<string[]> {
  return (await registry()).map(({ name }) => name);
}

/**
 * The names of a pipeline's stages, or of their instances, that begin with a text. For completion while one types:
 * quick, and none where the file cannot be read.
 */
export async function namesBeginningWith(beginning: string, path: string): Promise<string[]> {
  const { namesBeginningWith } = await import("./commands/names.ts");
  return await namesBeginningWith(beginning, path);
}

/** Installs libtensorflow in the cache folder. @throws {UserError} If it cannot */
export async function setup(options: SetupOptions): Promise<SetupResult> {
  const { setupLibrary } = await import("./engine/library/setup.ts");
  return await setupLibrary(options);
}

/** What is there and what is missing on this machine. */
export async function doctor(options: DoctorOptions = {}): Promise<Check[]> {
  return await (await import("./engine/library/doctor.ts")).doctor(options);
}

async function readFiles(path: string, params: ParamOptions): Promise<Result<ReadPipeline, CheckedFile>> {
  const { readPipeline } = await import("./sources/read_pipeline.ts");
  return await readPipeline(path, params);
}

async function recallOf(read: ReadPipeline, question: Question): Promise<Recall> {
  const [{ engineIdentity }, { Recall }] = await Promise.all([
    import("./commands/check.ts"),
    import("./commands/recall.ts"),
  ]);
  return new Recall(read, question, await engineIdentity());
}

async function registry(): Promise<readonly StageKind[]> {
  return await (await import("./commands/check.ts")).registry();
}

function isForced({ force = [] }: Pick<ProjectOptions, "force">): boolean {
  return force.length > 0;
}

/** The store is opened again where more than a look at it is needed: it warns of the same things then. */
function onceEach(warn: (message: string) => void): (message: string) => void {
  const told = new Set<string>();
  return (message) => {
    if (!told.has(message)) warn(message);
    told.add(message);
  };
}
