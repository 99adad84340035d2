import { resolve } from "node:path";
import { compileWithFiles } from "../compiler/compile.ts";
import type { Plan } from "../compiler/plan.ts";
import type { Digest } from "../core/digest.ts";
import { fileError } from "../core/file_failure.ts";
import { isJsonObject, type Json } from "../core/json.ts";
import type { StageKind } from "../core/stage_kind.ts";
import type { Override } from "../language/params.ts";
import { LAST_RUN, readLastRun } from "../report/last_run.ts";
import { OUTPUT_HELP } from "../report/output_folder.ts";
import { parseRunRecord } from "../scheduler/run_record.ts";
import { OwnFiles } from "../sources/own_files.ts";
import { PipelineFiles, projectFolders } from "../sources/pipeline_files.ts";
import type { UnreadableRoot } from "./compiled.ts";

/** What the last runs of the pipelines with results in a folder left there. */
export interface LastRuns {
  /** Of the stages that they ran or found. */
  readonly identities: ReadonlySet<Digest>;
  /** Folders of the results, those of a run that was killed before it wrote any, too. */
  readonly folders: readonly string[];
  readonly unreadable: readonly UnreadableRoot[];
}

/** Reads `run.json` in every folder of `outputs`. @throws {UserError} If the file system refuses to read one */
export async function readLastRuns(outputs: string, isIgnored: (name: string) => boolean): Promise<LastRuns> {
  const identities = new Set<Digest>();
  const folders: string[] = [];
  const unreadable: UnreadableRoot[] = [];
  for (const name of await foldersIn(outputs)) {
    const folder = `${outputs}/${name}`;
    const path = `${folder}/run.json`;
    if (isIgnored(path)) continue;
    const text = await textIfThere(path);
    if (text !== undefined || await textIfThere(`${folder}/${LAST_RUN}`) !== undefined) folders.push(folder);
    if (text === undefined) continue;
    const record = parseRunRecord(text);
    if (record === undefined) {
      unreadable.push({ name: path, why: "it is damaged, edited or of another version" });
    }
    for (const { identity } of record?.stages.values() ?? []) if (identity !== null) identities.add(identity);
  }
  return { identities, folders, unreadable };
}

/** The plans of the last runs, with the params that they had; those that are no longer to be made are left out. */
export async function* lastPlans(
  outputs: string,
  { folders }: LastRuns,
  kinds: readonly StageKind[],
): AsyncGenerator<Plan> {
  for (const folder of folders) {
    const { file } = readLastRun(folder);
    if (file === undefined) continue;
    const path = resolve(outputs, file);
    const files = new PipelineFiles();
    const source = await files.root(path);
    if ("severity" in source) continue;
    const compiled = await compileWithFiles(source, kinds, {
      overrides: parseOverrides(await textIfThere(`${folder}/${LAST_RUN}`) ?? "null"),
      read: files.importer(path),
      files: new OwnFiles({ base: ".", folders: projectFolders(path) }),
    });
    if (compiled.ok) yield compiled.value;
  }
}

/** What `last-run.json` says the params were given. */
function parseOverrides(text: string): Override[] {
  const run: Json = JSON.parse(text);
  const overrides = isJsonObject(run) && Array.isArray(run.overrides) ? run.overrides : [];
  return overrides.filter(isOverride) as unknown as Override[];
}

function isOverride(value: Json): boolean {
  if (!isJsonObject(value) || !isJsonObject(value.source ?? null)) return false;
  const { path, text } = value.source as Record<string, Json>;
  const names = value.path;
  return typeof path === "string" && typeof text === "string" &&
    (value.type === "file" ||
      value.type === "value" && Array.isArray(names) && names.every((n) => typeof n === "string"));
}

async function foldersIn(outputs: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(outputs));
    const folders = entries.filter(({ isDirectory, isSymlink }) => isDirectory || isSymlink); // to another disk
    return folders.map(({ name }) => name).filter((name) => name !== "store").sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function textIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw fileError(error, `read "${path}"`, OUTPUT_HELP);
  }
}
