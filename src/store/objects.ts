import { UserError } from "../core/diagnostic.ts";
import { type Digest, sha256 } from "../core/digest.ts";
import { syncFolder } from "../core/files.ts";
import type { ObjectWriter } from "../core/stage_kind.ts";
import { explained } from "./errors.ts";
import { makeFolder, removeOlderThan, writeDurably } from "./files.ts";

const A_DAY = 24 * 3600 * 1000;

/**
 * Bytes by their SHA-256: `objects/ab/cdef...`. An object is written beside its place and then renamed, so it is there
 * whole or not at all, and any number of processes may write at once.
 */
export class Objects implements ObjectWriter {
  #ready: Promise<void> | undefined;

  constructor(private readonly root: string) {}

  /** Size in bytes, or undefined where the object is not there. Cheap: the content is not read. */
  size(digest: Digest): number | undefined {
    try {
      return Deno.statSync(this.#path(digest)).size;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  get(digest: Digest): Promise<Uint8Array> {
    return explained(`read object ${digest} of the store "${this.root}"`, async () => {
      const bytes = await Deno.readFile(this.#path(digest)).catch((error) => this.#missing(digest, error));
      if (sha256(bytes) !== digest) await this.#damaged(digest);
      return bytes;
    });
  }

  put(bytes: Uint8Array): Promise<Digest> {
    const digest = sha256(bytes);
    return explained(`write object ${digest} into the store "${this.root}"`, async () => {
      if (this.size(digest) !== bytes.length) await this.#write(digest, bytes);
      return digest;
    });
  }

  /** Removes objects; those that are not there do not matter. */
  async remove(digests: readonly Digest[]): Promise<void> {
    await Promise.all(digests.map((digest) => Deno.remove(this.#path(digest)).catch(() => {})));
  }

  async #write(digest: Digest, bytes: Uint8Array): Promise<void> {
    await (this.#ready ??= this.#prepare());
    const target = this.#path(digest);
    const folder = target.slice(0, target.lastIndexOf("/"));
    await makeFolder(folder);
    const temporary = `${this.root}/tmp/${crypto.randomUUID()}`;
    try {
      await writeDurably(temporary, bytes);
      await Deno.rename(temporary, target);
    } catch (error) {
      await Deno.remove(temporary).catch(() => {});
      throw error;
    }
    await syncFolder(folder);
  }

  /** Once a process: later, a missing folder means that the store was deleted, and it is not made again. */
  async #prepare(): Promise<void> {
    await Deno.mkdir(`${this.root}/objects`, { recursive: true });
    await Deno.mkdir(`${this.root}/tmp`, { recursive: true });
    await removeOlderThan(`${this.root}/tmp`, A_DAY); // what a killed process left behind
  }

  #missing(digest: Digest, error: unknown): never {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(
      `Cannot read object ${digest} of the store "${this.root}": it is gone`,
      "run again: what the object held is computed anew",
    );
  }

  /** Removes the object, so that planning finds it missing. */
  async #damaged(digest: Digest): Promise<never> {
    await Deno.remove(this.#path(digest)).catch(() => {});
    throw new UserError(
      `Cannot read object ${digest} of the store "${this.root}": its bytes are damaged`,
      "run again: the damaged object was removed, and what it held is computed anew",
    );
  }

  #path(digest: Digest): string {
    return `${this.root}/objects/${digest.slice(0, 2)}/${digest.slice(2)}`;
  }
}
