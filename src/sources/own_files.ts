import { dirname, isAbsolute, join, normalize, resolve } from "node:path";
import { cacheDir, type Environment } from "../core/cache_dir.ts";
import { FileError, type Problem, UserError } from "../core/diagnostic.ts";
import { type Digest, digestOf } from "../core/digest.ts";
import { type FileState, fileState } from "../core/file_state.ts";
import { fileError } from "../core/file_failure.ts";
import type {
  AskingKind,
  BadFile,
  FileAnswer,
  FileLookup,
  FileRequest,
  MissedFiles,
  Places,
} from "../core/own_files.ts";
import { isWithin, realPath } from "./folders.ts";
import { LookupCache } from "./lookup_cache.ts";

/** Where files of a project may lie. */
export interface OwnFilesPlace {
  /** Folder that the paths of pipelines begin at. */
  readonly base: string;
  /** Folders of the project. */
  readonly folders: readonly string[];
}

/** The state of files that a plan was made from, to see whether it still holds. */
export interface ReadState {
  readonly paths: readonly string[];
  readonly state: Digest;
}

/**
 * Files of the user that stages are planned from. They lie below the folders of the project, links followed, or below the
 * folder that WEFT_DATA names: a pipeline that comes from elsewhere must not reach others. What was found is kept on this
 * machine, and holds as long as no file changes its size, times or inode.
 */
export class OwnFiles implements FileLookup {
  readonly #base: string;
  readonly #allowed: readonly string[];
  readonly #cache: LookupCache;
  readonly #answers = new Map<Digest, FileAnswer>();
  readonly #asked = new Map<Digest, Asked>();
  readonly #read = new Map<Digest, ReadState>();
  #isSettled = true;

  constructor({ base, folders }: OwnFilesPlace, env: Environment = Deno.env) {
    const data = env.get("WEFT_DATA");
    this.#base = base;
    this.#allowed = [...folders, ...(data ? [data] : [])].map(realPath);
    this.#cache = new LookupCache(() => `${cacheDir(env)}/lookups`);
  }

  /** What was read, once all is known; undefined where a file changed so lately that its times tell nothing. */
  get read(): readonly ReadState[] | undefined {
    return this.#isSettled ? [...this.#read.values()] : undefined;
  }

  readonly answers = (kind: AskingKind, request: FileRequest, from: string): FileAnswer | undefined => {
    const asked = this.#place(kind, request, from);
    const known = this.#answers.get(asked.key) ?? this.#look(asked);
    if (known === undefined) this.#asked.set(asked.key, asked);
    else this.#answers.set(asked.key, known);
    return known;
  };

  readonly lookUp = async (): Promise<boolean> => {
    const asked = [...this.#asked.values()];
    this.#asked.clear();
    for (const one of asked) this.#answers.set(one.key, await this.#readAnswer(one)); // each may take much memory
    return asked.length > 0;
  };

  #place({ name, version, files }: AskingKind, request: FileRequest, from: string): Asked {
    const folder = from.startsWith("<") ? "." : dirname(from);
    const placed = request.paths.map(({ path, at }) => {
      const shown = isAbsolute(path) ? path : normalize(join(folder, path));
      return { path, at, shown, place: this.#base === "." ? shown : resolve(this.#base, shown) };
    });
    const { question } = request;
    const places = Object.fromEntries(placed.map(({ path, place }) => [path, resolve(place)]));
    const record = { record: "lookup/1", kind: name, version, question, places };
    return { key: digestOf(record), load: files!.load, question, placed, places };
  }

  /** What can be told without reading. */
  #look(asked: Asked): FileAnswer | undefined {
    const outside = asked.placed.filter(({ place }) => !isWithin(this.#allowed, place));
    if (outside.length > 0) return missed("outside", outside);
    try {
      const state = stateOf(asked);
      const links = state.links.filter((path) => !isWithin(this.#allowed, path));
      if (links.length > 0) {
        return { state: "outside", files: [{ path: links[0]!, at: placedOf(asked, links[0]!).at }] };
      }
      const facts = this.#cache.get(asked.key, state.digest);
      return facts === undefined ? undefined : this.#known(asked, state, facts);
    } catch (error) {
      return notThere(asked) ?? bad(asked, error);
    }
  }

  async #readAnswer(asked: Asked): Promise<FileAnswer> {
    try {
      const before = stateOf(asked);
      const read = await asked.load();
      const facts = await read(asked.question, readable(asked));
      const state = stateOf(asked);
      if (state.digest !== before.digest) throw new ChangedMeanwhile(asked);
      if (isSettled(state)) this.#cache.set(asked.key, state.digest, facts);
      return this.#known(asked, state, facts);
    } catch (error) {
      return notThere(asked) ?? bad(asked, error);
    }
  }

  #known({ key, question, places }: Asked, state: FileState, facts: unknown): FileAnswer {
    this.#read.set(key, { paths: Object.values(places), state: state.digest });
    if (!isSettled(state)) this.#isSettled = false;
    return { state: "known", facts, files: { question, places, state: state.digest } };
  }
}

/** Whether files are as they were read. */
export function areAsRead(read: readonly ReadState[]): boolean {
  try {
    return read.every(({ paths, state }) => fileState(paths).digest === state);
  } catch {
    return false;
  }
}

/** A request with the places of its files. */
interface Asked {
  readonly key: Digest;
  readonly load: NonNullable<AskingKind["files"]>["load"];
  readonly question: FileRequest["question"];
  readonly placed: readonly Placed[];
  /** Full paths. */
  readonly places: Places;
}

interface Placed {
  readonly path: string;
  readonly at: Problem["at"];
  /** As messages name it. */
  readonly shown: string;
  /** Where it is read. */
  readonly place: string;
}

/** Messages of a reader name files as it is given them. */
function readable({ placed }: Asked): Places {
  return Object.fromEntries(placed.map(({ path, place }) => [path, place]));
}

class ChangedMeanwhile extends UserError {
  constructor({ placed }: Asked) {
    super(`Cannot read "${placed[0]!.shown}": it changed meanwhile`, "try again when it is whole");
  }
}

/**
 * A file that is written twice within one tick of the clock of its disk shows the same times: for so long after a change
 * nothing is remembered of it.
 */
const SETTLED_MS = 2000;

function isSettled({ changed }: FileState): boolean {
  return Date.now() - changed > SETTLED_MS;
}

function stateOf({ placed }: Asked): FileState {
  return fileState(placed.map(({ place }) => place));
}

function notThere({ placed }: Asked): MissedFiles | undefined {
  const absent = placed.filter(({ place }) => !isThere(place));
  return absent.length === 0 ? undefined : missed("absent", absent);
}

function missed(state: "absent" | "outside", placed: readonly Placed[]): MissedFiles {
  return { state, files: placed.map(({ at, shown: path }) => ({ at, path })) };
}

function bad(asked: Asked, error: unknown): BadFile {
  const known = fileError(error, `read "${asked.placed[0]!.shown}"`, { other: "see that it can be read" });
  if (!(known instanceof UserError)) throw error;
  const { message, help } = known;
  const { at } = placedOf(asked, known instanceof FileError ? known.path : "");
  return { state: "bad", at, message, ...(help !== undefined && { help }) };
}

/** What leads to a file: it, or a folder or an archive that holds it; the first path where nothing does. */
function placedOf({ placed }: Asked, path: string): Placed {
  const leading = placed.filter(({ place }) => path.startsWith(place));
  return leading.sort((a, b) => b.place.length - a.place.length)[0] ?? placed[0]!; // "a.npy" begins as "a" does
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory);
  }
}
