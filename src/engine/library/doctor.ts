import { dirname } from "node:path";
import { cacheDir, type Environment } from "../../core/cache_dir.ts";
import { UserError } from "../../core/diagnostic.ts";
import { isVerified } from "../../core/download.ts";
import { freeBytes } from "../../core/disk_space.ts";
import { formatBytes, statIfThere } from "../../core/files.ts";
import { type LocatedLibrary, locateLibrary } from "./locate.ts";
import { type LibraryPlatform, libraryPlatform, TENSORFLOW_VERSION } from "./platforms.ts";
import { findPythonTensorflow, type PythonTensorflow } from "./python.ts";

/** One thing that weft needs or can use. missing: weft cannot train without it; warning: it may get in the way. */
export interface Check {
  readonly name: string;
  readonly status: "ok" | "warning" | "missing";
  readonly detail: string;
  readonly help?: string;
}

export interface DoctorOptions {
  /** Also compare the installed library with its pinned SHA-256 (seconds). */
  readonly deep?: boolean;
  readonly env?: Environment;
  readonly platform?: LibraryPlatform | null;
  readonly findPython?: () => Promise<PythonTensorflow | null>;
}

/** Looks at this machine, opens nothing and changes nothing. Failures are checks too: it does not throw. */
export async function doctor(options: DoctorOptions = {}): Promise<Check[]> {
  const { env = Deno.env, platform = libraryPlatform(), findPython = findPythonTensorflow } = options;
  return [
    checkDeno(Deno.version.deno),
    checkPlatform(platform),
    ...await guarded("libtensorflow", () => checkLibrary(env, platform, options.deep ?? false)),
    ...await guarded("Python's TensorFlow", async () => checkPython(await findPython())),
    ...await guarded("cache folder", () => checkCache(env)),
    checkMachine(),
    ...await guarded("data sets", () => checkData(env)),
  ];
}

/** The first Deno with all that weft uses. */
const DENO_NEEDED = [2, 9] as const;

/** @param version As Deno gives it: "2.9.6" */
export function checkDeno(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const enough = major > DENO_NEEDED[0] || (major === DENO_NEEDED[0] && minor >= DENO_NEEDED[1]);
  if (enough) return { name: "Deno", status: "ok", detail: version };
  const detail = `${version}; ${DENO_NEEDED.join(".")} or later is needed`;
  return { name: "Deno", status: "missing", detail, help: "run deno upgrade" };
}

function checkPlatform(platform: LibraryPlatform | null): Check {
  const name = "platform";
  const detail = `${Deno.build.os} ${Deno.build.arch}`;
  if (platform !== null) return { name, status: "ok", detail };
  const help = "set WEFT_LIBTENSORFLOW to a libtensorflow for this system";
  return { name, status: "warning", detail: `${detail}; weft setup has no library for it`, help };
}

async function checkLibrary(
  env: Environment,
  platform: LibraryPlatform | null,
  deep: boolean,
): Promise<Check> {
  const name = "libtensorflow";
  const library = await locateLibrary(env, platform);
  if ("missing" in library) return { name, status: "missing", detail: library.missing, help: library.help };
  const source = library.origin === "cache" ? "weft setup" : library.origin;
  const detail = `${library.version ?? "version not known"}, ${library.cc} (from ${source})`;
  if (!deep || platform === null) return { name, status: "ok", detail };
  return await compareDigests(library, platform, detail);
}

async function compareDigests(
  library: LocatedLibrary,
  platform: LibraryPlatform,
  detail: string,
): Promise<Check> {
  const name = "libtensorflow";
  const same = await isVerified(library.cc, platform.cc.sha256) &&
    await isVerified(library.framework, platform.framework.sha256);
  if (same) return { name, status: "ok", detail: `${detail}, SHA-256 verified` };
  const differs = `${detail}, SHA-256 differs from that of the pinned ${TENSORFLOW_VERSION}`;
  if (library.origin !== "cache") return { name, status: "warning", detail: differs };
  return { name, status: "missing", detail: differs, help: "remove its folder and run weft setup" };
}

function checkPython(found: PythonTensorflow | null): Check {
  const name = "Python's TensorFlow";
  if (found === null) return { name, status: "ok", detail: "none found, none needed" };
  const use = found.version === TENSORFLOW_VERSION
    ? "weft setup --use-python uses it without a download"
    : `use it with WEFT_LIBTENSORFLOW=${found.folder}`;
  return { name, status: "ok", detail: `found TensorFlow ${found.version} in ${found.folder}`, help: use };
}

async function checkCache(env: Environment): Promise<Check[]> {
  const folder = cacheDir(env);
  const free = freeBytes(folder);
  return [await checkWritable(folder), checkDisk(folder, free)];
}

async function checkWritable(folder: string): Promise<Check> {
  const name = "cache folder";
  const probe = `${await nearestFolder(folder)}/.weft-${crypto.randomUUID()}`;
  try {
    await Deno.writeTextFile(probe, "", { createNew: true });
    await Deno.remove(probe);
    return { name, status: "ok", detail: folder };
  } catch {
    const help = "make it writable, or set WEFT_CACHE to another folder";
    return { name, status: "warning", detail: `${folder} cannot be written`, help };
  }
}

function checkDisk(folder: string, free: number | null): Check {
  const name = "free disk";
  if (free === null) return { name, status: "ok", detail: `not known for ${folder}` };
  const detail = `${formatBytes(free)} for ${folder}`;
  if (free >= 2e9) return { name, status: "ok", detail };
  return { name, status: "warning", detail, help: "weft setup needs 1.2 GB for a moment, then 0.9 GB" };
}

function checkMachine(): Check {
  const cores = navigator.hardwareConcurrency;
  const name = "cores and memory";
  try {
    const { total, available } = Deno.systemMemoryInfo();
    const detail = `${cores} cores, ${formatBytes(total)} of memory, ${formatBytes(available)} available`;
    if (available >= 2.5e9) return { name, status: "ok", detail };
    return { name, status: "warning", detail, help: "a run may need 2.5 GB: lower --concurrency" };
  } catch {
    return { name, status: "ok", detail: `${cores} cores` }; // memory needs --allow-sys=systemMemoryInfo
  }
}

async function checkData(env: Environment): Promise<Check> {
  const name = "data sets";
  const own = env.get("WEFT_DATA");
  const folder = own || `${cacheDir(env)}/data`;
  const from = own ? "WEFT_DATA" : "the cache folder";
  if (!(await statIfThere(folder))?.isDirectory) {
    if (!own) return { name, status: "ok", detail: "none downloaded yet" };
    const help = "set WEFT_DATA to a folder with data sets, or unset it";
    return { name, status: "warning", detail: `WEFT_DATA=${folder} is no folder`, help };
  }
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) if (!entry.isFile) found.push(entry.name);
  const list = found.length > 0 ? found.sort().join(", ") : "none";
  return { name, status: "ok", detail: `${list} in ${folder} (${from})` };
}

async function nearestFolder(path: string): Promise<string> {
  return (await statIfThere(path)) !== null ? path : await nearestFolder(dirname(path));
}

/** The checks, or the failure that kept them from being made. */
async function guarded(name: string, check: () => Promise<Check | Check[]>): Promise<Check[]> {
  try {
    return [await check()].flat();
  } catch (error) {
    const { message } = error as Error;
    return [{
      name,
      status: "missing",
      detail: message,
      help: error instanceof UserError ? error.help : undefined,
    }];
  }
}
