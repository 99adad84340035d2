import { type Digest, isDigest, sha256 } from "../core/digest.ts";
import { isAt, tryLock } from "../core/file_lock.ts";
import { syncFolder, writeAll } from "../core/files.ts";
import type { ObjectWriter } from "../core/stage_kind.ts";
import { DamagedError, explained } from "./errors.ts";
import { type FileState, fileState, makeFolder, namesIn, removeIfPossible } from "./files.ts";

/** An object as it lies in the store. */
export interface ListedObject extends FileState {
  readonly digest: Digest;
  readonly path: string;
}

/**
 * Bytes by their SHA-256: `objects/ab/cdef...`. An object is written beside its place and then renamed, so it is there
 * whole or not at all, and any number of processes may write at once.
 */
export class Objects implements ObjectWriter {
  #ready: Promise<void> | undefined;
  /** When objects were last written whose bytes this process found right. */
  readonly #checked = new Map<Digest, number>();
  /** Damaged objects that could not be removed: they count as missing all the same. */
  readonly #unusable = new Set<Digest>();

  /** @param warn Told of damaged objects where their user goes on without them */
  constructor(private readonly root: string, private readonly warn: (message: string) => void = () => {}) {}

  /** Size and time of an object's file, or undefined where it is not there. Cheap: the content is not read. */
  state(digest: Digest): FileState | undefined {
    return this.#unusable.has(digest) ? undefined : fileState(this.path(digest));
  }

  /** Size in bytes, or undefined where the object is not there. */
  size(digest: Digest): number | undefined {
    return this.state(digest)?.size;
  }

  /**
   * Whether an object is there with its full size and, where it was written since it was known to be right, with the
   * right bytes. One that is damaged is removed, with a warning.
   * @param known When it was last written where it was known to be right, in ms since 1970; NaN where it never was
   * @returns That time as it is now, or undefined if the object is not whole
   */
  wholeSince(digest: Digest, size: number, known: number): number | undefined {
    const state = this.state(digest);
    if (state === undefined) return undefined;
    if (state.size === size && (state.mtime === known || this.#isRight(digest, state.mtime))) {
      return state.mtime;
    }
    this.warn(`Cannot use ${this.#named(digest)}: its bytes are damaged; what it held is computed anew`);
    this.#removeDamaged(digest);
    return undefined;
  }

  get(digest: Digest): Promise<Uint8Array> {
    return explained(`read ${this.#named(digest)}`, async () => {
      const bytes = await Deno.readFile(this.path(digest)).catch((error) => this.#missing(digest, error));
      if (sha256(bytes) !== digest) this.#damaged(digest);
      return bytes;
    });
  }

  put(bytes: Uint8Array): Promise<Digest> {
    const digest = sha256(bytes);
    return explained(`write ${this.#named(digest)}`, async () => {
      if (!this.#isThere(digest, bytes.length)) await this.#write(digest, bytes);
      return digest;
    });
  }

  /** Removes objects; those that are not there do not matter. */
  async remove(digests: readonly Digest[]): Promise<void> {
    await Promise.all(digests.map((digest) => Deno.remove(this.path(digest)).catch(() => {})));
  }

  /** Every object in the store. */
  *list(): Generator<ListedObject> {
    for (const folder of namesIn(`${this.root}/objects`)) {
      for (const name of namesIn(`${this.root}/objects/${folder}`)) {
        const digest = folder + name;
        const path = `${this.root}/objects/${folder}/${name}`;
        const state = isDigest(digest) ? fileState(path) : undefined;
        if (state !== undefined) yield { digest: digest as Digest, path, ...state };
      }
    }
  }

  /** Whether an object's bytes are those of its digest; false where it is not there. Reads it. */
  isIntact(digest: Digest): boolean {
    try {
      return sha256(Deno.readFileSync(this.path(digest))) === digest;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** Removes what killed processes were writing: who writes a file has it locked. */
  removeAbandoned(): void {
    for (const name of namesIn(`${this.root}/tmp`)) removeIfUnlocked(`${this.root}/tmp/${name}`);
  }

  path(digest: Digest): string {
    return `${this.root}/objects/${digest.slice(0, 2)}/${digest.slice(2)}`;
  }

  #isThere(digest: Digest, size: number): boolean {
    const state = this.state(digest);
    return state?.size === size && this.#isRight(digest, state.mtime);
  }

  #isRight(digest: Digest, mtime: number): boolean {
    if (this.#checked.get(digest) === mtime) return true;
    if (!this.isIntact(digest)) return false;
    this.#checked.set(digest, mtime);
    return true;
  }

  async #write(digest: Digest, bytes: Uint8Array): Promise<void> {
    await this.#prepared();
    const target = this.path(digest);
    const folder = target.slice(0, target.lastIndexOf("/"));
    await makeFolder(folder);
    await this.#writeAndRename(bytes, target);
    await syncFolder(folder);
    this.#unusable.delete(digest);
  }

  async #writeAndRename(bytes: Uint8Array, target: string): Promise<void> {
    const [temporary, file] = this.#temporary();
    try {
      await writeAll(file, bytes);
      await file.sync();
      await Deno.rename(temporary, target);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {});
      throw error;
    } finally {
      file.close();
    }
  }

  /** A new file that is locked as long as it is open: see removeAbandoned(), which may be faster than the lock. */
  #temporary(): [path: string, file: Deno.FsFile] {
    for (;;) {
      const path = `${this.root}/tmp/${crypto.randomUUID()}`;
      const file = Deno.openSync(path, { write: true, createNew: true });
      if (tryLock(file, "exclusive") && isAt(file, path)) return [path, file];
      file.close();
    }
  }

  /** What could not be made is tried again with the next object. */
  #prepared(): Promise<void> {
    this.#ready ??= this.#prepare().catch((error) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  /** Once a process: later, a missing folder means that the store was deleted, and it is not made again. */
  async #prepare(): Promise<void> {
    await Deno.mkdir(`${this.root}/objects`, { recursive: true });
    await Deno.mkdir(`${this.root}/tmp`, { recursive: true });
  }

  #missing(digest: Digest, error: unknown): never {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new DamagedError(
      digest,
      `Cannot read ${this.#named(digest)}: it is gone`,
      "run again: what the object held is computed anew",
    );
  }

  /** Removes the object, so that planning finds it missing. */
  #damaged(digest: Digest): never {
    this.#removeDamaged(digest);
    throw new DamagedError(
      digest,
      `Cannot read ${this.#named(digest)}: its bytes are damaged`,
      "run again: the damaged object was removed, and what it held is computed anew",
    );
  }

  #removeDamaged(digest: Digest): void {
    removeIfPossible(this.path(digest));
    if (fileState(this.path(digest)) !== undefined) this.#unusable.add(digest);
  }

  #named(digest: Digest): string {
    return `object ${digest} of the store "${this.root}"`;
  }
}

/** Where locks are missing, the file may be in use: it stays. */
function removeIfUnlocked(path: string): void {
  try {
    using file = Deno.openSync(path);
    let isLockless = false;
    if (tryLock(file, "exclusive", () => isLockless = true) && !isLockless) Deno.removeSync(path);
  } catch {
    // its writer was faster, or it is not ours to remove
  }
}
