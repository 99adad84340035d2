/** The folder of a pipeline's results: whose it is, and whether it is as a run left it. */
import { relative, resolve } from "node:path";
import { UsageError } from "../core/diagnostic.ts";
import type { JsonObject } from "../core/json.ts";
import { type LastRun, readLastRun } from "../report/last_run.ts";
import { claimFolder, outputsCurrent, picturesOf } from "../report/outputs.ts";
import type { Settled } from "../scheduler/settled.ts";

/** Where the results of a pipeline go. */
export interface ResultsPlace {
  readonly folder: string;
  /** The pipeline's own file, from the folder that holds the store and the results; absent for standard input. */
  readonly file?: string;
}

/** @param path of the pipeline; `-` is standard input */
export function resultsPlace(path: string, pipeline: string, outputs: string): ResultsPlace {
  const folder = `${outputs}/${pipeline}`;
  return path === "-" ? { folder } : { folder, file: relative(resolve(outputs), resolve(path)) };
}

/**
 * Two files with one name would remove each other's results. A file that is gone was moved: its results are taken over.
 * @throws {UsageError} If the folder for the results holds those of another file
 */
export async function refuseFolderOfAnother(path: string, name: string, outputs: string): Promise<void> {
  const { file } = readLastRun(`${outputs}/${name}`);
  if (file === undefined || path === "-") return;
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

/** Notes whose results the folder will hold: a run may be killed before it writes any. @param given what params it has */
export async function claimResults({ folder, file }: ResultsPlace, given: JsonObject): Promise<void> {
  const about = { time: new Date().toISOString(), ok: false, ended: "interrupted", ...given };
  if (file !== undefined) await claimFolder(folder, file, about);
}

/**
 * The paths of the pictures that a run would leave which has nothing to do; undefined where it has: the folder is not as
 * such a run left it.
 */
export function currentPictures(
  { stages, run }: Settled,
  { folder, file }: ResultsPlace,
): string[] | undefined {
  if (run === undefined) return undefined;
  const last = readLastRun(folder);
  const instances = [...stages, ...run.leftOut].map(({ stage }) => stage);
  const asked = stages.map(({ stage: instance, output: digest }) => ({ instance, digest }));
  const place = { folder, instances, ...(file !== undefined && { file }) };
  return outputsCurrent(last, place, run.record, asked) ? picturePaths(last, folder, asked) : undefined;
}

/** The paths of the pictures of some stages that a folder holds. */
export function picturePaths(
  last: LastRun,
  folder: string,
  stages: readonly { readonly instance: string }[],
): string[] {
  return picturesOf(last, stages.map(({ instance }) => instance)).map((path) => `${folder}/${path}`);
}

async function realPathIfAny(path: string): Promise<string | undefined> {
  return await Deno.realPath(path).catch(() => undefined);
}
