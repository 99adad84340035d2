import { dirname } from "node:path";
import type { Environment } from "../../core/cache_dir.ts";
import { UserError } from "../../core/diagnostic.ts";
import { download, isVerified } from "../../core/download.ts";
import { withFileLock } from "../../core/file_lock.ts";
import { checkFreeSpace } from "../../core/disk_space.ts";
import { explained, replaceFile, statIfThere, syncFolder } from "../../core/files.ts";
import { findWheel, packageIndex } from "./index.ts";
import {
  installFolder,
  libraryCache,
  type LocatedLibrary,
  locateLibrary,
  pythonRecord,
  unsupportedPlatform,
} from "./locate.ts";
import { type LibraryPlatform, libraryPlatform, TENSORFLOW_VERSION } from "./platforms.ts";
import { findPythonTensorflow, type PythonTensorflow } from "./python.ts";
import { extractLibrary } from "./wheel.ts";

export interface SetupOptions {
  /** What is being done, and how far it is in bytes; `total` is null while unknown. */
  readonly progress?: (what: string, done: number, total: number | null) => void;
  readonly signal?: AbortSignal;
  /** Path of a wheel that is already on this machine: nothing is fetched. */
  readonly wheel?: string;
  /** Use the installed Python TensorFlow if it has the pinned version. */
  readonly usePython?: boolean;
  readonly env?: Environment;
  readonly platform?: LibraryPlatform | null;
  readonly findPython?: () => Promise<PythonTensorflow | null>;
}

export interface SetupResult {
  readonly library: LocatedLibrary;
  readonly did: "nothing" | "installed" | "linked";
  /** One line for people. */
  readonly message: string;
}

/**
 * Makes libtensorflow ready on this machine: fetched, verified and unpacked into the cache folder, once. Interrupted at
 * any moment, it leaves nothing that counts as an installation, and the next call goes on with what has arrived.
 * @throws {UserError} If the platform, the network, the index, the wheel or the disk does not allow it
 * @throws The signal's reason if it is aborted
 */
export async function setupLibrary(options: SetupOptions = {}): Promise<SetupResult> {
  const { env = Deno.env, platform = libraryPlatform(), signal } = options;
  const there = await alreadyThere(env, platform);
  if (there) return there;
  if (options.usePython) return await usePython(env, options.findPython ?? findPythonTensorflow);
  if (platform === null) {
    const { missing, help } = unsupportedPlatform();
    throw new UserError(missing, help);
  }
  return await explained(`install libtensorflow in "${libraryCache(env)}"`, async () => {
    await Deno.mkdir(libraryCache(env), { recursive: true });
    const waiting = () => options.progress?.("waiting for another weft setup", 0, null);
    return await withFileLock(`${installFolder(env, platform)}.lock`, { signal, waiting }, async () => {
      return await alreadyThere(env, platform) ?? await install(env, platform, options);
    });
  });
}

async function alreadyThere(
  env: Environment,
  platform: LibraryPlatform | null,
): Promise<SetupResult | null> {
  const library = await locateLibrary(env, platform);
  if ("missing" in library) return null;
  const from = library.origin === "WEFT_LIBTENSORFLOW" ? ", as WEFT_LIBTENSORFLOW says" : "";
  return { library, did: "nothing", message: `libtensorflow is already in ${dirname(library.cc)}${from}` };
}

async function install(
  env: Environment,
  platform: LibraryPlatform,
  options: SetupOptions,
): Promise<SetupResult> {
  const folder = installFolder(env, platform);
  const unpacked = platform.cc.bytes + platform.framework.bytes;
  const wheel = options.wheel ?? await fetchWheel(env, platform, unpacked, options);
  checkFreeSpace(folder, unpacked, "unpack libtensorflow");
  const show = options.progress ?? (() => {});
  const progress = (done: number, total: number) => show("unpacking libtensorflow", done, total);
  await extractLibrary(wheel, platform, folder, { progress, signal: options.signal });
  if (options.wheel === undefined) await Deno.remove(wheel);
  await removeOld(pythonRecord(env));
  const library = await locateLibrary(env, platform);
  if ("missing" in library) throw new Error(`${folder} is not recognized as an installation`);
  return { library, did: "installed", message: `libtensorflow ${TENSORFLOW_VERSION} is now in ${folder}` };
}

/** @returns The path of the verified wheel in the cache folder */
async function fetchWheel(
  env: Environment,
  platform: LibraryPlatform,
  unpacked: number,
  { progress, signal }: SetupOptions,
): Promise<string> {
  const { name, bytes, sha256 } = platform.wheel;
  const to = `${libraryCache(env)}/${name}`;
  if (await isVerified(to, sha256, bytes, signal)) return to; // put there by hand, or an unpacking was interrupted
  const arrived = (await statIfThere(`${to}.part`))?.size ?? 0;
  checkFreeSpace(to, bytes - arrived + unpacked, "install libtensorflow");
  progress?.("asking the package index for libtensorflow", 0, null);
  const url = await findWheel(platform, await packageIndex(env), signal);
  await download({
    name: "libtensorflow",
    urls: [url],
    to,
    sha256,
    bytes,
    signal,
    progress: (done, total) => progress?.("downloading libtensorflow", done, total),
  });
  return to;
}

async function usePython(
  env: Environment,
  find: () => Promise<PythonTensorflow | null>,
): Promise<SetupResult> {
  const found = await find();
  if (found === null) {
    throw new UserError(
      "Cannot use Python's TensorFlow: neither python3 nor python has one",
      "run weft setup without --use-python, which fetches the library",
    );
  }
  const { cc, framework, version, folder } = found;
  if (version !== TENSORFLOW_VERSION) {
    throw new UserError(
      `Cannot use Python's TensorFlow in "${folder}": it has version ${version} where ${TENSORFLOW_VERSION} is needed`,
      `set WEFT_LIBTENSORFLOW=${folder} to use it all the same, or run weft setup without --use-python`,
    );
  }
  await explained(`note the use of "${folder}" in "${pythonRecord(env)}"`, async () => {
    await replaceFile(
      pythonRecord(env),
      new TextEncoder().encode(JSON.stringify({ cc, framework, version })),
    );
    await syncFolder(libraryCache(env));
  });
  const library = { cc, framework, version, origin: "python" } as const;
  return { library, did: "linked", message: `libtensorflow ${version} of Python is used from ${folder}` };
}

async function removeOld(path: string): Promise<void> {
  if (await statIfThere(path) !== null) await Deno.remove(path);
}
