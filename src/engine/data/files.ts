import { cacheDir, type Environment } from "../../core/cache_dir.ts";
import { UserError } from "../../core/diagnostic.ts";
import { download } from "../../core/download.ts";
import { statIfThere } from "../../core/files.ts";
import type { PrepareContext } from "../../core/stage_kind.ts";
import type { Source, SourceFile } from "./sources.ts";

/**
 * Downloads the files of a source that this machine does not have into the cache folder.
 * @throws {UserError} If a file cannot be had: it says which files to put where
 */
export async function fetchFiles(
  source: Source,
  { signal, progress }: PrepareContext,
  env: Environment = Deno.env,
): Promise<void> {
  for (const file of filesOf(source)) {
    if (await ownFile(source, file, env) !== undefined) continue;
    const name = `${source.title} (${file.name})`;
    await download({
      name,
      urls: source.mirrors.map((mirror) => `${mirror}/${file.name}`),
      to: cachedFile(source, file, env),
      sha256: file.sha256,
      bytes: file.bytes,
      signal,
      progress: (done, total) => progress(name, done, total ?? file.bytes),
    }).catch((error) => {
      throw error instanceof UserError ? withPlaces(error, source, env) : error;
    });
  }
}

/**
 * Where a file of a source lies: in the folder that WEFT_DATA names, zipped or not, or in the cache folder.
 * @throws {UserError} If it is in neither
 */
export async function findFile(
  source: Source,
  file: SourceFile,
  env: Environment = Deno.env,
): Promise<string> {
  const path = await ownFile(source, file, env) ?? cachedFile(source, file, env);
  if ((await statIfThere(path))?.isFile) return path;
  const missing = new UserError(`Cannot open ${source.title}: "${path}" does not exist`);
  throw withPlaces(missing, source, env);
}

function filesOf({ files }: Source): SourceFile[] {
  return files === null ? [] : Object.values(files).flatMap(({ images, labels }) => [images, labels]);
}

/** The path of a file in the user's own folder, if it is there. */
async function ownFile(source: Source, file: SourceFile, env: Environment): Promise<string | undefined> {
  const folder = env.get("WEFT_DATA");
  if (!folder) return undefined;
  const zipped = `${folder}/${source.dataset.source}/${file.name}`;
  for (const path of [zipped, zipped.replace(/\.gz$/, "")]) {
    if ((await statIfThere(path))?.isFile) return path;
  }
  return undefined;
}

function cachedFile(source: Source, file: SourceFile, env: Environment): string {
  return `${cacheDir(env)}/data/${source.dataset.source}/${file.name}`;
}

function withPlaces(error: UserError, source: Source, env: Environment): UserError {
  const names = filesOf(source).map(({ name }) => name).join(", ");
  const folder = `${cacheDir(env)}/data/${source.dataset.source}`;
  const places =
    `put ${names} into ${folder}, or into a folder "${source.dataset.source}" of the folder that the ` +
    "environment variable WEFT_DATA names";
  return new UserError(
    error.message,
    error.help === undefined ? places : `${error.help}; without a network ${places}`,
  );
}
