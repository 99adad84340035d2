/** Reads pipelines, the files that they import and files of params, and keeps their texts for messages. */
import { dirname, isAbsolute, join, normalize, relative, resolve } from "node:path";
import type { CheckedFile } from "./check.ts";
import type { Diagnostic } from "./core/diagnostic.ts";
import { type Digest, sha256 } from "./core/digest.ts";
import { fail, ok, type Result } from "./core/result.ts";
import type { ReadImport } from "./language/imports.ts";
import type { Override } from "./language/params.ts";
import type { SourceFile } from "./language/parse.ts";

/** How messages name what comes from standard input. */
const STANDARD_INPUT = "<stdin>";

/** A pipeline that was read: all but what it imports. */
export interface ReadPipeline {
  /** As it was asked for; `-` is standard input. */
  readonly path: string;
  readonly files: PipelineFiles;
  readonly source: SourceFile;
  /** What takes the place of its params, later ones over earlier ones. */
  readonly overrides: readonly Override[];
}

/**
 * @param params paths of files with params
 * @param set params that are given one by one, `a.b=1`: they go over those of files
 */
export async function readPipeline(
  path: string,
  { params = [], set = [] }: { readonly params?: readonly string[]; readonly set?: readonly string[] },
): Promise<Result<ReadPipeline, CheckedFile>> {
  const files = new PipelineFiles();
  const source = await files.root(path);
  const overrides = [
    ...await Promise.all(params.map((file) => files.params(file))),
    ...set.map((text) => files.param(text)),
  ];
  const diagnostics = [source, ...overrides].filter((part) => "severity" in part);
  if ("severity" in source || diagnostics.length > 0) {
    return fail({ path, sources: files.sources, diagnostics });
  }
  return ok({ path, files, source, overrides: overrides as Override[] });
}

/** A file that another one imports: how it says so, and what was read. */
export interface ImportedFile {
  readonly path: string;
  /** The file that imports it, as messages name it. */
  readonly from: string;
  /** How messages name it. */
  readonly name: string;
  readonly digest: Digest;
}

/** Files of one pipeline. */
export class PipelineFiles {
  /** Texts by path. */
  readonly sources = new Map<string, string>();
  /** How messages name a file, by its real path: one file may be reached in many ways. */
  readonly #names = new Map<string, string>();
  readonly #imported: ImportedFile[] = [];

  /** What was imported so far, in the order of the reading. */
  get imported(): readonly ImportedFile[] {
    return this.#imported;
  }

  /** The text of the pipeline itself; `-` is standard input. */
  async root(path: string): Promise<SourceFile | Diagnostic> {
    if (path !== "-") return await this.#file(path, "pipeline");
    return this.#keep(STANDARD_INPUT, await readText(Deno.stdin.readable));
  }

  /** @param path of a file with params */
  async params(path: string): Promise<Override | Diagnostic> {
    const source = await this.#file(path, "params");
    return "code" in source ? source : { type: "file", source };
  }

  /** @param text `a.b=1` */
  param(text: string): Override | Diagnostic {
    const equals = text.indexOf("=");
    const path = text.slice(0, equals).trim();
    if (equals < 0 || !/^[a-z][\w-]*(\.[\w-]+)*$/i.test(path)) {
      const message = `Cannot read "--set ${text}": expected the name of a param, "=" and a value`;
      return { severity: "error", code: "bad-param", message, help: "for example --set models=120" };
    }
    const source = this.#keep(`--set ${path}`, text.slice(equals + 1));
    return { type: "value", path: path.split("."), source };
  }

  /**
   * Reads what a file imports. Only below the folder that the user is in, or that of the pipeline, links followed: a file
   * that comes from elsewhere must not reach others.
   */
  importer(root: string): ReadImport {
    const read = this.#reader(root);
    return (path, from) => {
      const found = read(path, from);
      if ("text" in found) {
        this.#imported.push({ path, from, name: found.path, digest: sha256(found.text) });
      }
      return found;
    };
  }

  /**
   * These files and those that they imported once, if those are the same today; else undefined.
   * @param root path of the pipeline
   */
  withImported(root: string, imported: readonly ImportedFile[]): PipelineFiles | undefined {
    const files = new PipelineFiles();
    for (const [path, text] of this.sources) files.#keep(path, text);
    const read = files.#reader(root);
    const isSame = imported.every(({ path, from, name, digest }) => {
      const found = read(path, from);
      return "text" in found && found.path === name && sha256(found.text) === digest;
    });
    return isSame ? files : undefined;
  }

  #reader(root: string): ReadImport {
    const allowed = [".", ...(root === "-" ? [] : [dirname(root)])].map(realPath);
    return (path, from) => {
      if (isAbsolute(path)) {
        return { why: "its path is absolute", help: "give the path from the file's own folder" };
      }
      const place = normalize(join(from === STANDARD_INPUT ? "." : dirname(from), path));
      if (!allowed.some((folder) => isBelow(folder, realPath(place)))) {
        return {
          why: "it is outside of the project",
          help: "go to a folder that holds both files, and name the pipeline from there",
        };
      }
      const known = this.#names.get(realPath(place));
      if (known !== undefined) return { path: known, text: this.sources.get(known)! };
      try {
        return this.#keep(place, readTextSync(place));
      } catch (error) {
        return { why: stateOf(error), help: `it is looked for as ${place}` };
      }
    };
  }

  async #file(path: string, noun: string): Promise<SourceFile | Diagnostic> {
    try {
      return this.#keep(path, await readText((await Deno.open(path)).readable));
    } catch (error) {
      const message = `Cannot read ${noun} "${path}": ${stateOf(error)}`;
      return { severity: "error", code: "unreadable-file", message };
    }
  }

  #keep(path: string, text: string): SourceFile {
    this.sources.set(path, text);
    this.#names.set(realPath(path), path);
    return { path, text };
  }
}

/** Without links; of what is not there, the path that it would have. */
function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return resolve(path);
  }
}

/** More bytes are not read: the language refuses a text of as many characters. It would not end with /dev/zero. */
const MAX_BYTES = 20_000_000;

/** Bytes that are not UTF-8 become U+FFFD, of which the language tells. */
async function readText(bytes: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BYTES) break;
  }
  return decoded(chunks);
}

function readTextSync(path: string): string {
  using file = Deno.openSync(path);
  const chunks: Uint8Array[] = [];
  for (let length = 0; length <= MAX_BYTES;) {
    const chunk = new Uint8Array(65_536);
    const read = file.readSync(chunk);
    if (read === null) break;
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return decoded(chunks);
}

function decoded(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith("../") && !way.startsWith("..\\") && !isAbsolute(way);
}

function stateOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return error instanceof Deno.errors.PermissionDenied
    ? "reading it is not permitted"
    : (error as Error).message;
}
