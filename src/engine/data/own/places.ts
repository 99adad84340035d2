/**
 * Where the files of data sets lie that are the user's own. A data set is known by the content of its splits, and so it is
 * found: the process that plans notes where, and the one that trains looks there and checks what it finds.
 */
import { cacheDir, type Environment } from "../../../core/cache_dir.ts";
import { UserError } from "../../../core/diagnostic.ts";
import { fileState } from "../../../core/file_state.ts";
import { explained, replaceFile } from "../../../core/files.ts";
import { digestOf } from "../../../core/digest.ts";
import { canonicalJson, isJsonObject } from "../../../core/json.ts";
import type { FilesRead } from "../../../core/own_files.ts";
import type { SourceArrays } from "../sources.ts";
import { type KnownArrays, UnpackedData } from "../unpacked.ts";
import { factsOf } from "./facts.ts";
import { readOwn } from "./read.ts";
import type { OwnSource } from "./source.ts";

/** Notes where the files of a data set lie. @throws {UserError} If they changed since they were read, or it cannot be noted */
export async function notePlace(
  known: KnownArrays,
  files: FilesRead,
  env: Environment = Deno.env,
): Promise<void> {
  if (!isUnchanged(files)) throw changed(files.places);
  const path = noteOf(known, env);
  const text = canonicalJson(files);
  if (await Deno.readTextFile(path).catch(() => undefined) === text) return;
  await explained(`write "${path}"`, () => replaceFile(path, new TextEncoder().encode(text)));
}

/**
 * The arrays of a data set, as they were when it was planned.
 * @throws {UserError} If its files are gone, or hold something else now
 */
export async function openOwn(known: KnownArrays, env: Environment = Deno.env): Promise<SourceArrays> {
  const note = await readNote(known, env);
  const read = () => readAsKnown(known, note);
  return isUnchanged(note) ? await new UnpackedData(env).open(known, read) : await read();
}

async function readAsKnown(known: KnownArrays, { question, places }: FilesRead): Promise<SourceArrays> {
  const data = await readOwn(question as unknown as OwnSource, places);
  const found = factsOf(data);
  for (const split of ["train", "test"] as const) {
    if (found.splits[split].digest !== known.splits[split].digest) throw changed(places, split);
  }
  if (found.shape.join() !== known.shape.join()) throw changed(places, "train");
  return { train: data.train, test: data.test };
}

/** Whether the files are in the state that they were read in. */
function isUnchanged({ places, state }: FilesRead): boolean {
  try {
    return fileState(Object.values(places)).digest === state;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}

function changed(places: FilesRead["places"], split?: "train" | "test"): UserError {
  const names = Object.values(places).map((path) => `"${path}"`).join(", ");
  const which = split === undefined ? "" : `: its ${split} split is another one`;
  const message = `Cannot use ${names}: the data changed since this run was planned${which}`;
  return new UserError(message, "run again: what is trained on it is planned anew");
}

async function readNote(known: KnownArrays, env: Environment): Promise<FilesRead> {
  const path = noteOf(known, env);
  try {
    const note: unknown = JSON.parse(await Deno.readTextFile(path));
    if (isJsonObject(note) && isJsonObject(note.places)) return note as unknown as FilesRead;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof SyntaxError)) throw error;
  }
  throw new UserError(`Cannot open the data set: "${path}" does not tell where its files lie`, "run again");
}

function noteOf({ shape, splits: { train, test } }: KnownArrays, env: Environment): string {
  const record = { record: "own-data/1", shape, train: train.digest, test: test.digest };
  return `${folderOf(env)}/${digestOf(record)}.json`;
}

function folderOf(env: Environment): string {
  return `${cacheDir(env)}/own`;
}
