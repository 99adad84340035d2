import type { Environment } from "../../core/cache_dir.ts";
import { digestOf } from "../../core/digest.ts";
import { fileSha256, replaceFile } from "../../core/files.ts";
import { libraryRecord } from "../../core/identity.ts";
import { libraryCache, type LocatedLibrary } from "./locate.ts";
import { type LibraryPlatform, libraryPlatform, TENSORFLOW_VERSION } from "./platforms.ts";

/** The identity of the library that `weft setup` installs. */
export const PINNED_IDENTITY = `tensorflow-${TENSORFLOW_VERSION}`;

/**
 * The engine's part in the identity of what it computes: "tensorflow-2.21.0" for the pinned library, wherever it lies,
 * and "libtensorflow-<digest of its two files>" for another. A file of 800 MB is hashed once, not each time: its digest
 * is kept in the cache folder with its path, size and time of change.
 */
export async function libraryIdentity(
  located: LocatedLibrary,
  env: Environment = Deno.env,
  platform: LibraryPlatform | null = libraryPlatform(),
): Promise<string> {
  if (located.origin === "cache") return PINNED_IDENTITY; // verified when it was installed
  const known = new KnownDigests(`${libraryCache(env)}/digests.json`);
  const cc = await known.of(located.cc);
  const framework = await known.of(located.framework);
  if (cc === platform?.cc.sha256 && framework === platform.framework.sha256) return PINNED_IDENTITY;
  return `libtensorflow-${digestOf(libraryRecord({ cc, framework }))}`;
}

interface KnownDigest {
  readonly size: number;
  readonly mtime: number;
  readonly sha256: string;
}

class KnownDigests {
  constructor(readonly path: string) {}

  async of(file: string): Promise<string> {
    const { size, mtime } = await Deno.stat(file);
    const known = (await this.#read())[file];
    if (known && known.size === size && known.mtime === mtime?.getTime()) return known.sha256;
    const sha256 = await fileSha256(file);
    await this.#add(file, { size, mtime: mtime?.getTime() ?? 0, sha256 });
    return sha256;
  }

  async #read(): Promise<Record<string, KnownDigest>> {
    try {
      return JSON.parse(await Deno.readTextFile(this.path));
    } catch {
      return {};
    }
  }

  /** A digest that cannot be kept is computed again: no reason to fail. */
  async #add(file: string, digest: KnownDigest): Promise<void> {
    const next = { ...await this.#read(), [file]: digest };
    await replaceFile(this.path, new TextEncoder().encode(JSON.stringify(next))).catch(() => {});
  }
}
