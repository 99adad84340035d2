/** Exports trained populations for other programs. */
import type { Dataset, Derivation } from "../artifacts/dataset.ts";
import type { Population, TrainedMember } from "../artifacts/population.ts";
import type { Tensor } from "../artifacts/safetensors.ts";
import type { Plan, PlanNode } from "../compiler/plan.ts";
import type { AbsentFile } from "../compiler/unknown.ts";
import { nearestName, UsageError, UserError } from "../core/diagnostic.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { Normalization } from "../engine/data/transforms/normalize.ts";
import { exportFolder } from "../export/folder.ts";
import { writePopulation } from "../export/population.ts";
import type { RunEvent } from "../scheduler/events.ts";
import { allOutputs } from "../scheduler/run_record.ts";
import { StageLookup } from "../scheduler/stage_lookup.ts";
import type { CheckedFile } from "../sources/read_pipeline.ts";
import { Store } from "../store/store.ts";
import { checkFile } from "./check.ts";
import { engineOptions, requireEngine } from "./engine_process.ts";
import type { Networks } from "./networks.ts";
import type { ParamOptions } from "./options.ts";

export interface ExportOptions extends ParamOptions {
  /** Folder with the store and the results. */
  readonly outputs: string;
  /** Folder for the export; of several instances each has one of its own below it. Absent: `export/<pipeline>/<stage>`. */
  readonly to?: string;
  /** Whether to write each member's network as a TensorFlow SavedModel, which takes the engine. */
  readonly networks: boolean;
  readonly signal: AbortSignal;
  readonly warn: (message: string) => void;
  /** After each member. */
  readonly progress: (instance: string, done: number, total: number) => void;
}

/** What was exported of one instance. */
export interface ExportReport {
  readonly instance: string;
  readonly folder: string;
  readonly members: number;
  /** How many there were to be: where there are fewer, some failed to train. */
  readonly planned: number;
  readonly checkpoints: number;
}

/**
 * Exports what a stage has trained, or one instance of it.
 * @throws {UsageError} If there is no such stage, or it trains nothing, or the folder holds something else
 * @throws {UserError} If it has no stored result, or the folder cannot be written
 */
export async function exportStage(
  path: string,
  stage: string,
  options: ExportOptions,
): Promise<Result<readonly ExportReport[], CheckedFile>> {
  const { plan, ...file } = await checkFile(path, options);
  if (plan === undefined) return fail(file);
  const nodes = chosenNodes(plan, stage);
  const store = await Store.open(`${options.outputs}/store`, { warn: options.warn });
  try {
    const populations = await storedPopulations(plan, nodes, store);
    const to = options.to ?? `export/${plan.name}/${stage.replaceAll("/", "-")}`;
    const write = (networks?: Networks) =>
      inTurn(populations, ({ instance, population }) => {
        const folder = nodes.length === 1 ? to : `${to}/${instance.slice(stage.length + 1)}`;
        return writeInstance(folder, { plan, instance, population, store, networks, options });
      });
    return ok(options.networks ? await withNetworks(store, options, write) : await write());
  } finally {
    await store.close();
  }
}

function chosenNodes({ nodes, name }: Plan, stage: string): PlanNode[] {
  const chosen = nodes.filter((node) => node.stage === stage || node.instance === stage);
  const help = trainedHelp(nodes, stage);
  if (chosen.length === 0) {
    throw new UsageError(`Cannot export "${stage}": ${name} has no stage of this name`, help);
  }
  const { kind } = chosen[0]!;
  if (isTrained(chosen[0]!)) return chosen;
  throw new UsageError(`Cannot export "${stage}": a stage of kind ${kind.name} trains no networks`, help);
}

function trainedHelp(nodes: readonly PlanNode[], stage: string): string {
  const names = [...new Set(nodes.filter(isTrained).flatMap((node) => [node.stage, node.instance]))];
  const nearest = nearestName(stage, names);
  if (nearest !== undefined) return `did you mean "${nearest}"?`;
  return names.length === 0 ? "none of its stages trains networks" : `it trains networks in "${names[0]}"`;
}

function isTrained({ kind }: PlanNode): boolean {
  return kind.output.name === "population";
}

interface StoredPopulation {
  readonly instance: string;
  readonly population: Population;
}

async function storedPopulations(
  plan: Plan,
  nodes: readonly PlanNode[],
  store: Store,
): Promise<StoredPopulation[]> {
  const outputs = await allOutputs(plan, [], new StageLookup(store));
  return await inTurn(nodes, async ({ instance, unknown }) => {
    const output = outputs.get(instance);
    if (output !== undefined) return { instance, population: await output.value() as unknown as Population };
    if (unknown !== undefined) {
      const [{ path }] = unknown.files as readonly [AbsentFile];
      throw new UserError(`Cannot export "${instance}": "${path}" is not there`, "put it there");
    }
    throw new UserError(
      `Cannot export "${instance}": it has no stored result`,
      `run it first: weft run ${plan.path} --only ${instance}`,
    );
  });
}

/** Calls `work` with networks, whose engine process ends with it. @throws {UserError} If there is no engine */
async function withNetworks<Value>(
  store: Store,
  { outputs, signal }: ExportOptions,
  work: (networks: Networks) => Promise<Value>,
): Promise<Value> {
  await requireEngine({ setup: false, emit: () => {}, signal });
  const [{ EngineHost }, { Networks }] = await Promise.all([
    import("../scheduler/engine_process/host.ts"),
    import("./networks.ts"),
  ]);
  const engine = new EngineHost(await engineOptions(store, outputs), () => {});
  try {
    return await work(new Networks(engine));
  } finally {
    await engine.stop();
  }
}

interface Writing extends StoredPopulation {
  readonly plan: Plan;
  readonly store: Store;
  readonly networks: Networks | undefined;
  readonly options: ExportOptions;
}

async function writeInstance(
  folder: string,
  { plan, instance, population, store, networks, options }: Writing,
): Promise<ExportReport> {
  const { members: { length: members }, planned, dataset } = population;
  const { signal, warn, progress } = options;
  if (members < planned) warn(`"${instance}" has ${members} of ${planned} models: the others failed`);
  const normalization = await normalizationOf(dataset, () => prepareData(plan, instance, options));
  const about = { pipeline: plan.name, stage: instance, dataset, normalization };
  const network = networks &&
    (({ settings }: TrainedMember, tensors: readonly Tensor[]) =>
      networks.savedModel(settings.architecture, dataset, normalization, tensors));
  let checkpoints = 0;
  await exportFolder(folder, async (unfinished) => {
    checkpoints = await writePopulation(unfinished, population, about, {
      objects: store.objects,
      signal,
      progress: (done, total) => progress(instance, done, total),
      ...(network && { network }),
    });
  });
  return { instance, folder, members, planned, checkpoints };
}

/** Brings the images that a stage trained on onto this machine. */
async function prepareData(
  plan: Plan,
  instance: string,
  { signal, warn }: Pick<ExportOptions, "signal" | "warn">,
): Promise<void> {
  const { Preparation } = await import("../scheduler/preparation.ts");
  const tell = (event: RunEvent) => event.type === "warning" && warn(event.message);
  const node = plan.nodes.find((node) => node.instance === instance)!;
  await new Preparation(plan, signal, tell).inputsOf(node);
}

/** What the networks see of a byte. It is read from the images where it depends on them. */
async function normalizationOf(dataset: Dataset, prepare: () => Promise<void>): Promise<Normalization> {
  if (standardized(dataset.derived)) {
    await prepare();
    const { openDataset } = await import("../engine/data/open.ts");
    return (await openDataset(dataset)).normalization;
  }
  const { normalizationOf } = await import("../engine/data/transforms/normalize.ts");
  return normalizationOf("unit", new Uint8Array(), dataset.shape[2]);
}

function standardized(derived: Derivation | undefined): boolean {
  return derived?.transforms.normalize !== undefined;
}

async function inTurn<From, To>(values: readonly From[], work: (value: From) => Promise<To>): Promise<To[]> {
  const results: To[] = [];
  for (const value of values) results.push(await work(value));
  return results;
}
