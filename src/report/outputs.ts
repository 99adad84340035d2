import type { Digest } from "../core/digest.ts";
import { canonicalJson, type Json, type JsonObject } from "../core/json.ts";
import type { ArtifactType, ObjectReader } from "../core/stage_kind.ts";
import { LAST_RUN, type LastRun, lastRunText, readLastRun, type WrittenFile } from "./last_run.ts";
import { type Content, OutputFolder } from "./output_folder.ts";
import { figurePath, tablePath } from "./paths.ts";
import { tableCsv, tableJson } from "./table_text.ts";

/** Whose files are in a folder. */
export interface OutputPlace {
  /** `outputs/<pipeline>`. */
  readonly folder: string;
  /** The pipeline's own file, from the folder above; absent for standard input: then the one of the last run stays. */
  readonly file?: string;
  /** All stage instances of the pipeline, whether they finished or not. Files of other instances are removed. */
  readonly instances: readonly string[];
}

/** A pipeline's files, as a run wants them to be. */
export interface Outputs extends OutputPlace {
  /** The text of `run.json`: a function of identities alone. */
  readonly run: string;
  /** What `last-run.json` says of this run besides: its time, how long it took, whether all went well. */
  readonly about?: JsonObject;
}

/** What a stage instance made. */
export interface FinishedStage {
  readonly instance: string;
  // deno-lint-ignore no-explicit-any -- artifacts of all kinds are written alike
  readonly artifact: ArtifactType<any>;
  readonly digest: Digest;
  /** Called where its files must be written. */
  readonly value: () => Promise<unknown>;
}

/** Paths from the pipeline's folder. */
export interface OutputChanges {
  readonly written: readonly string[];
  readonly removed: readonly string[];
}

/**
 * Writes the figures and tables of finished stages, and `run.json`. A file is written only where its content differs;
 * files of an instance that did not finish stay; files of one that the pipeline no longer has are removed, unless they
 * were changed by hand. Files that this function did not write are never removed.
 * @throws {UserError} If the file system refuses, naming the path
 */
export async function writeOutputs(
  outputs: Outputs,
  finished: readonly FinishedStage[],
  objects: ObjectReader,
): Promise<OutputChanges> {
  const folder = new OutputFolder(outputs.folder);
  return await folder.alone(() => writeInto(folder, outputs, finished, objects));
}

/** Notes in a folder whose results it holds, before a run writes any. @throws {UserError} If the file system refuses */
export async function claimFolder(root: string, file: string, about: JsonObject): Promise<void> {
  if (readLastRun(root).file === file) return;
  const folder = new OutputFolder(root);
  await folder.alone(async () => {
    await folder.write(LAST_RUN, [lastRunText({ ...readLastRun(root), file }, about)]);
  });
}

/**
 * Whether all files are as the last run left them, and it went well and wrote exactly these results. Of the files
 * themselves only sizes and times are looked at.
 * @param last what the folder's `last-run.json` says
 * @param run digest of the text of `run.json`
 * @param stages those that the run is asked for
 */
export function outputsCurrent(
  last: LastRun,
  { folder, file, instances }: OutputPlace,
  run: Digest,
  stages: readonly { readonly instance: string; readonly digest: Digest }[],
): boolean {
  const place = new OutputFolder(folder);
  const known = new Set(instances);
  return !last.hasFailed &&
    last.files.find(({ stage }) => stage === null)?.digest === run &&
    (file === undefined || file === last.file) &&
    last.stages.keys().every((instance) => known.has(instance)) &&
    stages.every(({ instance, digest }) => last.stages.get(instance) === digest) &&
    last.files.every((file) => place.looksAsWritten(file.path, file)) &&
    !place.hasUnfinished();
}

/** The pictures that a folder holds of some stages, in their order, from its `last-run.json`. */
export function picturesOf({ files }: LastRun, instances: readonly string[]): string[] {
  const paths = new Set(files.map(({ path }) => path));
  return instances.map((instance) => figurePath(instance, "svg")).filter((path) => paths.has(path));
}

/** The text of `run.json`. Keys sorted, so that equal values have equal text. */
export function runText(run: Json): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(run)), null, 2)}\n`;
}

async function writeInto(
  folder: OutputFolder,
  outputs: Outputs,
  finished: readonly FinishedStage[],
  objects: ObjectReader,
): Promise<OutputChanges> {
  const before = readLastRun(outputs.folder);
  const written: string[] = [];
  const place = async (path: string, stage: string | null, content: Content): Promise<WrittenFile> => {
    const { changed, ...state } = await folder.write(path, content);
    if (changed) written.push(path);
    return { path, stage, ...state };
  };
  const files: WrittenFile[] = [await place("run.json", null, [outputs.run])];
  const own = Map.groupBy(before.files, ({ stage }) => stage);
  for (const stage of finished) {
    const { instance, digest } = stage;
    const known = own.get(instance) ?? [];
    const isCurrent = before.stages.get(instance) === digest &&
      known.every((file) => folder.looksAsWritten(file.path, file));
    if (isCurrent) files.push(...known);
    const wanted = isCurrent ? [] : filesOf(stage, objects);
    for await (const [path, content] of wanted) files.push(await place(path, instance, content));
  }
  const unfinished = leftAsIs(before, outputs.instances, finished);
  files.push(...unfinished.files);
  const removed = await removeOthers(folder, before, files);
  const stages = new Map([
    ...unfinished.stages,
    ...finished.map(({ instance, digest }) => [instance, digest] as const),
  ]);
  const now = { stages, files, file: outputs.file ?? before.file };
  await folder.write(LAST_RUN, [lastRunText(now, outputs.about ?? {})]);
  return { written, removed };
}

/** What the last run wrote for instances that the pipeline has and that did not finish this time. */
function leftAsIs(
  before: LastRun,
  instances: readonly string[],
  finished: readonly FinishedStage[],
): Pick<LastRun, "stages" | "files"> {
  const waiting = new Set(instances);
  for (const { instance } of finished) waiting.delete(instance);
  return {
    stages: new Map([...before.stages].filter(([instance]) => waiting.has(instance))),
    files: before.files.filter(({ stage }) => stage !== null && waiting.has(stage)),
  };
}

async function removeOthers(
  folder: OutputFolder,
  before: LastRun,
  files: readonly WrittenFile[],
): Promise<string[]> {
  const wanted = new Set(files.map(({ path }) => path));
  const removed: string[] = [];
  for (const file of before.files) {
    if (!wanted.has(file.path) && await folder.remove(file.path, file)) removed.push(file.path);
  }
  return removed;
}

async function* filesOf(
  { instance, artifact, value: read }: FinishedStage,
  objects: ObjectReader,
): AsyncGenerator<[path: string, content: Content]> {
  if (artifact.files === undefined && artifact.tables === undefined) return;
  const value = await read();
  for (const [extension, digest] of Object.entries(artifact.files?.(value) ?? {})) {
    yield [figurePath(instance, extension), await objects.get(digest)];
  }
  for (const [name, read] of Object.entries(artifact.tables?.(value, objects) ?? {})) {
    const table = await read();
    yield [tablePath(instance, name, "json"), tableJson(table)];
    yield [tablePath(instance, name, "csv"), tableCsv(table)];
  }
}
