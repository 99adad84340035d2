/** The library: joins the machine (language, compiler, store, scheduler) with the stages. Heavy parts load when they are used. */
import { relative, resolve } from "node:path";
import type { Plan } from "./compiler/plan.ts";
import { type Diagnostic, nearestName, UserError } from "./core/diagnostic.ts";
import type { Json, JsonObject } from "./core/json.ts";
import { once } from "./core/once.ts";
import { fail, ok, type Result } from "./core/result.ts";
import type { StageKind } from "./core/stage_kind.ts";
import type { Override } from "./language/params.ts";
import type { Check, DoctorOptions } from "./engine/library/doctor.ts";
import type { SetupOptions, SetupResult } from "./engine/library/setup.ts";
import type { GraphFormat } from "./graph/drawings.ts";
import type { PipelineGraph } from "./graph/graph.ts";
import type { RunEvent, StageOutlook } from "./scheduler/events.ts";
import type { RunResult } from "./scheduler/run.ts";
import type { StageLookup } from "./scheduler/stage_lookup.ts";
import type { Store } from "./store/store.ts";

export { type Diagnostic, nearestName, UserError } from "./core/diagnostic.ts";
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
export type { RunResult } from "./scheduler/run.ts";

/** What is asked for cannot be: an argument is wrong. */
export class UsageError extends UserError {}

/** A file as it was read, and what is wrong with it. */
export interface CheckedFile {
  readonly path: string;
  /** Texts of the file and of those that it imports, by path; one that could not be read is not there. */
  readonly sources: ReadonlyMap<string, string>;
  readonly diagnostics: readonly Diagnostic[];
}

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
  /** Installs the engine first if it is missing and needed. */
  readonly setup: boolean;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

export interface RunReport {
  readonly result: RunResult;
  /** Folder of the pipeline's results, and the figures in it. */
  readonly folder: string;
  readonly figures: readonly string[];
}

/** Reads and checks files without running anything. */
export async function validate(paths: readonly string[], options: ParamOptions = {}): Promise<CheckedFile[]> {
  return (await Promise.all(paths.map((path) => check(path, options)))).map(({ plan: _, ...file }) => file);
}

/** What a run would do; nothing is written. @throws {UserError} If the store cannot be read */
export async function plan(path: string, options: ProjectOptions): Promise<Result<PlanReport, CheckedFile>> {
  const { plan, ...file } = await check(path, options);
  if (plan === undefined) return fail(file);
  options.checked?.(file);
  const chosen = await choose(plan, options.only);
  const store = await openStore(options.outputs, options.warn);
  const { StageLookup } = await import("./scheduler/stage_lookup.ts");
  return ok({ pipeline: chosen.name, stages: await outlookOf(chosen, new StageLookup(store), options) });
}

/**
 * Runs what is not stored, and writes the results.
 * @throws {UsageError} If the folder for the results holds those of another file
 * @throws {UserError} If the engine is missing, or the store or the results cannot be written
 */
export async function run(path: string, options: RunOptions): Promise<Result<RunReport, CheckedFile>> {
  const { plan, ...file } = await check(path, options);
  if (plan === undefined) return fail(file);
  options.checked?.(file);
  const chosen = await choose(plan, options.only);
  if (path !== "-") await refuseFolderOfAnother(path, plan.name, options.outputs);
  const store = await openStore(options.outputs, (message) => options.emit({ type: "warning", message }));
  try {
    return ok(await runChosen(plan, chosen, store, { ...options, path }));
  } finally {
    await store.close();
  }
}

/** The stages of a pipeline and what each reads; with `expand`, every instance of a stage by itself. */
export async function graph(
  path: string,
  { expand = false, ...params }: ParamOptions & { readonly expand?: boolean } = {},
): Promise<Result<PipelineGraph, CheckedFile>> {
  const { plan, ...file } = await check(path, params);
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
  const { publishedSchemas } = await import("./language/published_schemas.ts");
  const schemas = publishedSchemas(await registry());
  const found = schemas.get(`${kind}.schema.json`);
  if (found !== undefined) return found;
  const names = await kindNames();
  const nearest = nearestName(kind, names);
  throw new UsageError(
    `Cannot print the schema of "${kind}": there is no such kind of stages`,
    nearest === undefined ? `the kinds: ${names.join(", ")}` : `did you mean "${nearest}"?`,
  );
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
  const [{ PipelineFiles }, { instanceNames, stageNames }] = await Promise.all([
    import("./pipeline_files.ts"),
    import("./compiler/names.ts"),
  ]);
  const files = new PipelineFiles();
  const source = await files.root(path);
  if ("severity" in source) return [];
  const read = files.importer(path);
  const names = beginning.includes("/")
    ? await instanceNames(source, await registry(), read)
    : stageNames(source, read);
  return names.filter((name) => name.startsWith(beginning));
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

async function check(
  path: string,
  { set = [], params = [] }: ParamOptions = {},
): Promise<CheckedFile & { readonly plan?: Plan }> {
  const [{ PipelineFiles }, kinds, { compile }] = await Promise.all([
    import("./pipeline_files.ts"),
    registry(),
    import("./compiler/compile.ts"),
  ]);
  const files = new PipelineFiles();
  const { sources } = files;
  const source = await files.root(path);
  const overrides = [
    ...await Promise.all(params.map((file) => files.params(file))),
    ...set.map((text) => files.param(text)),
  ];
  const unread = [source, ...overrides].filter((part) => "severity" in part);
  if ("severity" in source || unread.length > 0) return { path, sources, diagnostics: unread };
  const compiled = compile(source, kinds, { overrides: overrides as Override[], read: files.importer(path) });
  return compiled.ok
    ? { path: source.path, sources, diagnostics: compiled.value.warnings, plan: compiled.value }
    : { path: source.path, sources, diagnostics: compiled.error };
}

const registry = once(async (): Promise<readonly StageKind[]> => {
  const { stageKinds } = await import("./stages/registry.ts");
  return stageKinds(await engineIdentity());
});

/** The identity of the library that is there or, without any, of the one that would be installed. */
const engineIdentity = once(async (): Promise<string> => {
  const [{ locateLibrary }, { libraryIdentity, PINNED_IDENTITY }] = await Promise.all([
    import("./engine/library/locate.ts"),
    import("./engine/library/identity.ts"),
  ]);
  const located = await locateLibrary();
  return "missing" in located ? PINNED_IDENTITY : await libraryIdentity(located);
});

/** What a run would do with a plan, and why. */
async function outlookOf(
  plan: Plan,
  lookup: StageLookup,
  { outputs, warn }: Pick<ProjectOptions, "outputs" | "warn">,
): Promise<StageOutlook[]> {
  const [{ assess }, { explain }, { readRunRecord }] = await Promise.all([
    import("./scheduler/assess.ts"),
    import("./scheduler/explain.ts"),
    import("./scheduler/run_record.ts"),
  ]);
  const assessments = await assess(plan, lookup);
  const isAllStored = assessments.every(({ status }) => status === "stored"); // then there is nothing to explain
  const last = isAllStored
    ? undefined
    : await readRunRecord(`${outputs}/${plan.name}/run.json`, plan.name, warn);
  return explain(plan, assessments, last, await engineIdentity());
}

/**
 * Two files with one name would remove each other's results. A file that is gone was moved: its results are taken over.
 * @throws {UsageError} If the folder for the results holds those of another file
 */
async function refuseFolderOfAnother(path: string, name: string, outputs: string): Promise<void> {
  const { readLastRun } = await import("./report/last_run.ts");
  const { file } = readLastRun(`${outputs}/${name}`);
  if (file === undefined) return;
  const owner = resolve(outputs, file);
  const [ownerPlace, place] = await Promise.all([realPathIfAny(owner), realPathIfAny(path)]);
  if (ownerPlace === undefined || ownerPlace === place) return;
  throw new UsageError(
    `Cannot run "${path}" as "${name}": "${outputs}/${name}" holds the results of "${
      relative(Deno.cwd(), owner)
    }"`,
    "give one of them another name, or another folder with --outputs",
  );
}

async function realPathIfAny(path: string): Promise<string | undefined> {
  return await Deno.realPath(path).catch(() => undefined);
}

async function runChosen(
  plan: Plan,
  chosen: Plan,
  store: Store,
  options: RunOptions & { readonly path: string },
): Promise<RunReport> {
  const [scheduler, { EngineHost }, { StageLookup }] = await Promise.all([
    import("./scheduler/run.ts"),
    import("./scheduler/engine_host.ts"),
    import("./scheduler/stage_lookup.ts"),
  ]);
  const lookup = new StageLookup(store);
  const warn = (message: string) => options.emit({ type: "warning", message });
  const outlook = await outlookOf(chosen, lookup, { outputs: options.outputs, warn });
  if (outlook.some(({ items }) => items?.place === "engine" && items.missing > 0)) {
    await requireEngine(options);
  }
  const folder = `${options.outputs}/${plan.name}`;
  const engine = new EngineHost(await engineOptions(store, folder), options.emit);
  const { signal, concurrency, emit, path } = options;
  const result = await scheduler.run(chosen, { lookup, outlook, engine, signal, concurrency, emit });
  if (result.interrupted) return { result, folder, figures: [] };
  const file = path === "-" ? undefined : relative(resolve(options.outputs), resolve(path));
  return { result, folder, figures: await writeResults(plan, result, lookup, { folder, file }, concurrency) };
}

/** Writes tables, figures and `run.json` where they differ. @returns The paths of the figures */
async function writeResults(
  plan: Plan,
  result: RunResult,
  lookup: StageLookup,
  place: { readonly folder: string; readonly file: string | undefined },
  concurrency: number,
) {
  const { folder } = place;
  const [{ outputsCurrent, writeOutputs }, { figurePath }, { allOutputs, runRecord }] = await Promise.all([
    import("./report/outputs.ts"),
    import("./report/paths.ts"),
    import("./scheduler/run_record.ts"),
  ]);
  const known = await allOutputs(plan, result.stages, lookup);
  const run = await runRecord(plan, known, await engineIdentity(), lookup);
  const instances = plan.nodes.map(({ instance }) => instance);
  const outputs = { ...place, instances, run, about: aboutRun(result, concurrency) };
  const finished = result.stages.flatMap(({ node: { instance, kind }, output }) =>
    output === undefined ? [] : [{ instance, artifact: kind.output, ...output }]
  );
  if (!outputsCurrent(outputs, finished)) await writeOutputs(outputs, finished, lookup.store.objects);
  const pictures: typeof finished = [];
  for (const stage of finished) {
    const { artifact: { files }, value } = stage;
    if (files !== undefined && "svg" in files(await value())) pictures.push(stage);
  }
  return pictures.map(({ instance }) => `${folder}/${figurePath(instance, "svg")}`);
}

/** What varies from run to run, for `last-run.json`. */
function aboutRun({ ok, seconds, stages }: RunResult, concurrency: number): JsonObject {
  const told = stages.map(({ node, status, seconds, items }): [string, Json] => [
    node.instance,
    { status, seconds, ...(items && { items: { ...items } }) },
  ]);
  const machine = { host: Deno.hostname(), deno: Deno.version.deno, concurrency };
  return { time: new Date().toISOString(), ok, seconds, ...machine, results: Object.fromEntries(told) };
}

async function requireEngine({ setup: install, emit, signal }: RunOptions): Promise<void> {
  const { requireLibrary } = await import("./engine/library/locate.ts");
  if (!install) return void await requireLibrary();
  const progress = (what: string, done: number, total: number | null) =>
    emit({ type: "preparing", stage: "engine", what, done, total });
  await setup({ progress, signal });
}

/** How the engine process starts: with native code and the store's folder, without a network. */
async function engineOptions(store: Store, folder: string) {
  const { engineEnvironment } = await import("./engine/environment.ts");
  const root = resolve(store.root);
  const script = new URL("worker.ts", import.meta.url).href;
  const writable = `--allow-write=${root.replaceAll(",", ",,")}`; // a comma separates folders
  const permissions = ["--allow-ffi", "--allow-read", "--allow-env", "--allow-sys", writable];
  return {
    args: ["run", "--no-prompt", "--quiet", ...permissions, script, root, await engineIdentity()],
    env: { ...inheritedEnvironment(), ...engineEnvironment() },
    log: `${folder}/logs/engine.log`,
  };
}

async function choose(plan: Plan, name: string | undefined): Promise<Plan> {
  if (name === undefined) return plan;
  const { only } = await import("./scheduler/only.ts");
  const chosen = only(plan, name);
  if (chosen.ok) return chosen.value;
  throw new UsageError(`Cannot choose stage "${name}": ${chosen.error.why}`, chosen.error.help);
}

async function openStore(outputs: string, warn: (message: string) => void): Promise<Store> {
  const { Store } = await import("./store/store.ts");
  return await Store.open(`${outputs}/store`, { warn });
}

/** What the engine process gets of the user's environment: where things are, and weft's own variables. */
function inheritedEnvironment(): Record<string, string> {
  const kept = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "DENO_DIR",
    "XDG_CACHE_HOME",
    "LOCALAPPDATA",
    "LD_LIBRARY_PATH",
  ];
  const entries = Object.entries(Deno.env.toObject());
  return Object.fromEntries(entries.filter(([name]) => kept.includes(name) || name.startsWith("WEFT_")));
}
