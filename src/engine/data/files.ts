import { cacheDir, type Environment } from "../../core/cache_dir.ts";
import { UserError } from "../../core/diagnostic.ts";
import { download } from "../../core/download.ts";
import { statIfThere } from "../../core/files.ts";
import type { PrepareContext } from "../../core/stage_kind.ts";
import { md5Of, readOfficial } from "./official.ts";
import type { BatchFile, CifarFiles, Source, SourceFile } from "./sources.ts";

/**
 * Downloads the files of a source that this machine does not have into the cache folder. Tells of an own copy that is
 * known to differ.
 * @throws {UserError} If a file cannot be had: it says which files to put where
 */
export async function fetchFiles(
  source: Source,
  context: PrepareContext,
  env: Environment = Deno.env,
): Promise<void> {
  const { files } = source;
  const own = files.format === "cifar" ? await ownCifar(source, files, env) : undefined;
  if (files.format === "cifar" && own !== undefined) return await tellOfCopy(own, files, context);
  for (const file of filesOf(source)) {
    if (await ownFile(source, file, env) === undefined) await fetchFile(source, file, context, env);
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

/**
 * Where the batches of a source lie: in an archive, or each as a file of its own in the folder that WEFT_DATA names.
 * @throws {UserError} If they are nowhere
 */
export async function findBatches(
  source: Source,
  files: CifarFiles,
  env: Environment = Deno.env,
): Promise<CifarPlace> {
  return await ownCifar(source, files, env) ?? { archive: await findFile(source, files.archive, env) };
}

/** An archive, or a folder of what is in it. */
export type CifarPlace = { readonly archive: string } | { readonly folder: string };

/** The files that are read there. */
export function pathsOf(place: CifarPlace, { train, test }: CifarFiles): string[] {
  if ("archive" in place) return [place.archive];
  return [...train, ...test].map(({ name }) => `${place.folder}/${name}`);
}

async function fetchFile(
  source: Source,
  file: SourceFile,
  { signal, progress }: PrepareContext,
  env: Environment,
): Promise<void> {
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

/** What is downloaded. */
function filesOf({ files }: Source): SourceFile[] {
  switch (files.format) {
    case "package":
      return [];
    case "idx":
      return [files.train, files.test].flatMap(({ images, labels }) => [images, labels]);
    case "cifar":
      return [files.archive];
    default:
      return files satisfies never;
  }
}

/** Where the batches lie in the folder that WEFT_DATA names, if they do. */
async function ownCifar(
  source: Source,
  files: CifarFiles,
  env: Environment,
): Promise<CifarPlace | undefined> {
  const archive = await ownFile(source, files.archive, env);
  if (archive !== undefined) return { archive };
  const folder = await ownBatches(source, files, env);
  return folder === undefined ? undefined : { folder };
}

async function tellOfCopy(place: CifarPlace, files: CifarFiles, { warn }: PrepareContext): Promise<void> {
  const path = await pathOfCopy(place, files);
  if (path !== undefined) warn(`"${path}" is not the official file: ${files.copy!.note}`);
}

/** What shows that these are the files of the known copy: the archive by its size, a batch by its MD5. */
async function pathOfCopy(place: CifarPlace, { copy, test }: CifarFiles): Promise<string | undefined> {
  if (copy === undefined) return undefined;
  if ("archive" in place) {
    const size = (await statIfThere(place.archive))?.size;
    return copy.sizes.some((known) => known === size) ? place.archive : undefined;
  }
  const [{ name, copyMd5 }] = test as readonly [BatchFile];
  const path = `${place.folder}/${name}`;
  return md5Of(await readOfficial(path)) === copyMd5 ? path : undefined;
}

/** The folder within the user's own in which all batches lie, unpacked. */
async function ownBatches(source: Source, files: CifarFiles, env: Environment): Promise<string | undefined> {
  const own = ownFolder(source, env);
  if (own === undefined) return undefined;
  for (const folder of [`${own}/${files.folder}`, own]) {
    const stats = await Promise.all(pathsOf({ folder }, files).map(statIfThere));
    if (stats.every((stat) => stat?.isFile)) return folder;
  }
  return undefined;
}

/** The path of a file in the user's own folder, if it is there. */
async function ownFile(source: Source, file: SourceFile, env: Environment): Promise<string | undefined> {
  const folder = ownFolder(source, env);
  if (folder === undefined) return undefined;
  const zipped = `${folder}/${file.name}`;
  for (const path of [zipped, zipped.replace(/\.gz$/, "")]) {
    if ((await statIfThere(path))?.isFile) return path;
  }
  return undefined;
}

function ownFolder({ dataset }: Source, env: Environment): string | undefined {
  const folder = env.get("WEFT_DATA");
  return folder ? `${folder}/${dataset.source}` : undefined;
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
