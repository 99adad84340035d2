import { dirname, resolve } from "node:path";
import { cacheDir, type Environment } from "../../core/cache_dir.ts";
import { UserError } from "../../core/diagnostic.ts";
import { statIfThere } from "../../core/files.ts";
import { checkBinary } from "./binary.ts";
import { type LibraryPlatform, libraryPlatform, type PinnedFile, TENSORFLOW_VERSION } from "./platforms.ts";

/** The two files of libtensorflow on this machine. They must lie in one folder: the first loads the second. */
export interface LibraryFiles {
  /** libtensorflow_cc, which exports the C API. */
  readonly cc: string;
  readonly framework: string;
}

export interface LocatedLibrary extends LibraryFiles {
  /** What led to it: the variable, `weft setup`, or `weft setup --use-python`. */
  readonly origin: "WEFT_LIBTENSORFLOW" | "cache" | "python";
  /** Null where only opening the library would tell. */
  readonly version: string | null;
}

/** Why there is no library, and what to do about it. */
export interface MissingLibrary {
  readonly missing: string;
  readonly help: string;
}

/**
 * Where libtensorflow is, by a few looks at the disk: WEFT_LIBTENSORFLOW, else what `weft setup` has installed.
 * @throws {UserError} If WEFT_LIBTENSORFLOW does not name a library for this machine
 */
export async function locateLibrary(
  env: Environment = Deno.env,
  platform: LibraryPlatform | null = libraryPlatform(),
): Promise<LocatedLibrary | MissingLibrary> {
  const named = env.get("WEFT_LIBTENSORFLOW");
  if (named) return { ...await namedLibrary(resolve(named)), origin: "WEFT_LIBTENSORFLOW", version: null };
  const installed = platform && await installedLibrary(env, platform);
  return installed ?? await pythonLibrary(env) ?? missingLibrary(platform);
}

/**
 * The library, for those who cannot do without.
 * @throws {UserError} If there is none, with what to do
 */
export async function requireLibrary(env: Environment = Deno.env): Promise<LocatedLibrary> {
  const located = await locateLibrary(env);
  if ("missing" in located) throw new UserError(located.missing, located.help);
  return located;
}

/** Where everything about libtensorflow is kept; it need not exist. */
export function libraryCache(env: Environment): string {
  return `${cacheDir(env)}/libtensorflow`;
}

/** Where `weft setup` installs the pinned library; it need not exist. */
export function installFolder(env: Environment, platform: LibraryPlatform): string {
  return `${libraryCache(env)}/tensorflow-${TENSORFLOW_VERSION}-${platform.name}`;
}

/** Where `weft setup --use-python` notes which library to use. */
export function pythonRecord(env: Environment): string {
  return `${libraryCache(env)}/python.json`;
}

/** The two files in a folder, under any of the names that TensorFlow gives them; null if they are not both there. */
export async function libraryIn(folder: string): Promise<LibraryFiles | null> {
  for (const [ccName, frameworkName] of NAMES) {
    const files = { cc: `${folder}/${ccName}`, framework: `${folder}/${frameworkName}` };
    if (await isFile(files.cc) && await isFile(files.framework)) return files;
  }
  return null;
}

/** In wheels, and in the archives of the plain C library. */
const NAMES = [
  ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"],
  ["libtensorflow_cc.2.dylib", "libtensorflow_framework.2.dylib"],
  ["libtensorflow.so.2", "libtensorflow_framework.so.2"],
  ["libtensorflow.2.dylib", "libtensorflow_framework.2.dylib"],
] as const;

const WANTED = "a folder with libtensorflow_cc and libtensorflow_framework";

async function namedLibrary(path: string): Promise<LibraryFiles> {
  const files = (await statIfThere(path))?.isFile ? await besideFile(path) : await belowFolder(path);
  await checkBinary(files.cc, "WEFT_LIBTENSORFLOW");
  await checkBinary(files.framework, "WEFT_LIBTENSORFLOW");
  return files;
}

async function besideFile(cc: string): Promise<LibraryFiles> {
  for (const [, name] of NAMES) {
    const framework = `${dirname(cc)}/${name}`;
    if (await isFile(framework)) return { cc, framework };
  }
  throw unusable(`"${cc}"`, "libtensorflow_framework does not lie beside it");
}

async function belowFolder(path: string): Promise<LibraryFiles> {
  if (await statIfThere(path) === null) throw unusable(`"${path}"`, "it does not exist");
  for (const folder of [path, `${path}/tensorflow`, `${path}/lib`]) {
    const files = await libraryIn(folder);
    if (files !== null) return files;
  }
  throw unusable(`"${path}"`, "libtensorflow_cc and libtensorflow_framework are not both in it");
}

async function installedLibrary(
  env: Environment,
  platform: LibraryPlatform,
): Promise<LocatedLibrary | null> {
  const folder = installFolder(env, platform);
  const { cc, framework } = platform;
  if (!await hasSize(folder, cc) || !await hasSize(folder, framework)) return null;
  return {
    cc: `${folder}/${cc.name}`,
    framework: `${folder}/${framework.name}`,
    origin: "cache",
    version: TENSORFLOW_VERSION,
  };
}

async function pythonLibrary(env: Environment): Promise<LocatedLibrary | MissingLibrary | null> {
  const record = await readPythonRecord(pythonRecord(env));
  if (record === null) return null;
  const { cc, framework, version } = record;
  if (await isFile(cc) && await isFile(framework)) return { cc, framework, origin: "python", version };
  return {
    missing: `Cannot find libtensorflow: Python's, which weft was told to use, is gone from "${cc}"`,
    help: "run weft setup",
  };
}

async function readPythonRecord(path: string): Promise<LibraryFiles & { version: string } | null> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch {
    return null; // the usual case: there is none
  }
}

function missingLibrary(platform: LibraryPlatform | null): MissingLibrary {
  return platform === null ? unsupportedPlatform() : {
    missing: "Cannot find libtensorflow: it is not installed yet",
    help: "run weft setup, or set WEFT_LIBTENSORFLOW to a library that is there",
  };
}

/** There is no wheel for this system. */
export function unsupportedPlatform(os = Deno.build.os, arch = Deno.build.arch): MissingLibrary {
  return {
    missing: `Cannot install libtensorflow: there is none for ${os} ${arch}, ` +
      "only for Linux (x86_64, aarch64) and macOS (aarch64)",
    help: `set WEFT_LIBTENSORFLOW to ${WANTED} for this system`,
  };
}

async function hasSize(folder: string, { name, bytes }: PinnedFile): Promise<boolean> {
  return (await statIfThere(`${folder}/${name}`))?.size === bytes;
}

async function isFile(path: string): Promise<boolean> {
  return (await statIfThere(path))?.isFile ?? false;
}

function unusable(path: string, why: string): UserError {
  return new UserError(
    `Cannot use WEFT_LIBTENSORFLOW=${path}: ${why}`,
    `set it to ${WANTED}, or unset it and run weft setup`,
  );
}
