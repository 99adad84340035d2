import { type Digest, sha256 } from "../core/digest.ts";
import { canonicalJson, type Json, type JsonObject } from "../core/json.ts";
import type { ArtifactType, ObjectReader } from "../core/stage_kind.ts";
import { LAST_RUN, type LastRun, lastRunText, readLastRun, type WrittenFile } from "./last_run.ts";
import { OutputFolder } from "./output_folder.ts";
import { figurePath, tablePath } from "./paths.ts";
import { tableCsv, tableJson } from "./table_text.ts";

/** A pipeline's files, as a run wants them to be. */
export interface Outputs {
  /** `outputs/<pipeline>`. */
  readonly folder: string;
  /** The pipeline's own file, from the folder above; absent for standard input: then the one of the last run stays. */
  readonly file?: string;
  /** All stage instances of the pipeline, whether they finished or not. Files of other instances are removed. */
  readonly instances: readonly string[];
  /** The contents of `run.json`: a function of identities alone. */
  readonly run: Json;
  /** What `last-run.json` says of this run besides: its time, how long it took. */
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
  const before = readLastRun(outputs.folder);
  const written: string[] = [];
  const place = async (
    path: string,
    stage: string | null,
    content: Uint8Array | string,
  ): Promise<WrittenFile> => {
    const { changed, ...state } = await folder.write(path, bytesOf(content));
    if (changed) written.push(path);
    return { path, stage, ...state };
  };
  const files: WrittenFile[] = [await place("run.json", null, runText(outputs.run))];
  for (const stage of finished) {
    const current = currentFiles(folder, before, stage);
    if (current !== null) files.push(...current);
    else {for await (const [path, content] of filesOf(stage, objects)) {
        files.push(await place(path, stage.instance, content));
      }}
  }
  const unfinished = leftAsIs(before, outputs.instances, finished);
  files.push(...unfinished.files);
  const removed = await removeOthers(folder, before, files);
  const stages = new Map([
    ...unfinished.stages,
    ...finished.map(({ instance, digest }) => [instance, digest] as const),
  ]);
  await folder.write(
    LAST_RUN,
    bytesOf(lastRunText({ stages, files, file: outputs.file ?? before.file }, outputs.about ?? {})),
  );
  return { written, removed };
}

/**
 * Whether all files are as the last run left them, and it wrote exactly these results. Reads `last-run.json`; of the
 * files themselves only sizes and times.
 * @param stages every stage instance of the pipeline
 */
export function outputsCurrent(
  { folder, file, run }: Outputs,
  stages: readonly { readonly instance: string; readonly digest: Digest }[],
): boolean {
  const last = readLastRun(folder);
  const runFile = last.files.find(({ stage }) => stage === null);
  const place = new OutputFolder(folder);
  return runFile?.digest === sha256(runText(run)) &&
    (file === undefined || file === last.file) &&
    last.stages.size === stages.length &&
    stages.every(({ instance, digest }) => last.stages.get(instance) === digest) &&
    last.files.every((file) => place.looksAsWritten(file.path, file));
}

/** The files of a stage, where they are all as the last run wrote them from the same result; else null. */
function currentFiles(
  folder: OutputFolder,
  { stages, files }: LastRun,
  stage: FinishedStage,
): WrittenFile[] | null {
  if (stages.get(stage.instance) !== stage.digest) return null;
  const own = files.filter((file) => file.stage === stage.instance);
  return own.every((file) => folder.looksAsWritten(file.path, file)) ? own : null;
}

/** What the last run wrote for instances that the pipeline has and that did not finish this time. */
function leftAsIs(
  before: LastRun,
  instances: readonly string[],
  finished: readonly FinishedStage[],
): LastRun {
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
): AsyncGenerator<[path: string, content: Uint8Array | string]> {
  if (artifact.files === undefined && artifact.tables === undefined) return;
  const value = await read();
  for (const [extension, digest] of Object.entries(artifact.files?.(value) ?? {})) {
    yield [figurePath(instance, extension), await objects.get(digest)];
  }
  for (const [name, table] of Object.entries(await artifact.tables?.(value, objects) ?? {})) {
    yield [tablePath(instance, name, "json"), tableJson(table)];
    yield [tablePath(instance, name, "csv"), tableCsv(table)];
  }
}

/** Keys sorted, so that equal values have equal text. */
function runText(run: Json): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(run)), null, 2)}\n`;
}

function bytesOf(content: Uint8Array | string): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}
