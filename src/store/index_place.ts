import { basename, dirname, resolve } from "node:path";
import { cacheDir } from "../core/cache_dir.ts";
import { sha256 } from "../core/digest.ts";
import { namesIn, removeIfPossible } from "./files.ts";
import { IndexTables } from "./index_tables.ts";

/**
 * Where the index of a store lies on this machine: `<cache>/index/<digest of the store's path>/<number>-<digits>.sqlite`.
 * A file that is given up is never made again under the same name, since a process that still has it open would remove
 * what SQLite keeps beside it, and with that what belongs to the new one.
 */
export class IndexPlace {
  readonly #folder: string;
  readonly #store: string;

  /** @param cache Folder for what can be made again @throws {UserError} If no variable tells where that is */
  constructor(root: string, cache = cacheDir()) {
    this.#store = realPath(root);
    this.#folder = `${cache}/index/${sha256(this.#store).slice(0, 32)}`;
  }

  /** The index that all processes use; an empty one is made where there is none. */
  current(): string {
    return this.#files().at(-1) ?? this.#make(1);
  }

  /** Another than `given`, which is removed with all that came before it. */
  successor(given: string): string {
    const newest = this.#files().at(-1);
    const next = newest !== undefined && newest > given ? newest : this.#make(numberOf(given) + 1);
    for (const path of this.#files()) if (path < next) removeIndex(path);
    return next;
  }

  #files(): string[] {
    return namesIn(this.#folder).filter((name) => name.endsWith(SUFFIX)).map((name) =>
      `${this.#folder}/${name}`
    );
  }

  /** Made beside its place and renamed: another process finds it whole or not at all. */
  #make(number: number): string {
    Deno.mkdirSync(this.#folder, { recursive: true });
    Deno.writeTextFileSync(`${this.#folder}/${STORE}`, this.#store);
    removeOrphans(dirname(this.#folder));
    const name = `${String(number).padStart(6, "0")}-${crypto.randomUUID().slice(0, 8)}`;
    const path = `${this.#folder}/${name}${SUFFIX}`;
    IndexTables.create(`${path}.new`);
    Deno.renameSync(`${path}.new`, path);
    return path;
  }
}

const SUFFIX = ".sqlite";
/** File with the path of the store that an index is of. */
const STORE = "store";

/** The path without symbolic links, as far as it exists. */
function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const full = resolve(path);
    return `${realPath(dirname(full))}/${basename(full)}`;
  }
}

/** Removes the indexes of stores that are gone. */
function removeOrphans(indexes: string): void {
  for (const name of namesIn(indexes)) {
    try {
      if (!isThere(Deno.readTextFileSync(`${indexes}/${name}/${STORE}`))) {
        Deno.removeSync(`${indexes}/${name}`, { recursive: true });
      }
    } catch {
      // another process is making or removing it
    }
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound);
  }
}

function numberOf(path: string): number {
  return parseInt(basename(path)) || 0;
}

/** To a process that has it open it stays open. */
function removeIndex(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) removeIfPossible(file);
}
