import { dirname, isAbsolute, join, normalize } from "node:path";
import type { Diagnostic } from "../core/diagnostic.ts";
import { type Digest, sha256 } from "../core/digest.ts";
import type { ReadImport } from "../language/imports.ts";
import type { Override } from "../language/params.ts";
import type { SourceFile } from "../language/parse.ts";
import { isWithin, realPath } from "./folders.ts";
import { readText, readTextSync, whyUnreadable } from "./read_text.ts";

/** How messages name what comes from standard input. */
const STANDARD_INPUT = "<stdin>";

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
    const allowed = projectFolders(root).map(realPath);
    return (path, from) => {
      if (isAbsolute(path)) {
        return { why: "its path is absolute", help: "give the path from the file's own folder" };
      }
      const place = normalize(join(from === STANDARD_INPUT ? "." : dirname(from), path));
      if (!isWithin(allowed, place)) {
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
        return { why: whyUnreadable(error), help: `it is looked for as ${place}` };
      }
    };
  }

  async #file(path: string, noun: string): Promise<SourceFile | Diagnostic> {
    try {
      return this.#keep(path, await readText((await Deno.open(path)).readable));
    } catch (error) {
      const message = `Cannot read ${noun} "${path}": ${whyUnreadable(error)}`;
      return { severity: "error", code: "unreadable-file", message };
    }
  }

  #keep(path: string, text: string): SourceFile {
    this.sources.set(path, text);
    this.#names.set(realPath(path), path);
    return { path, text };
  }
}

/** The folder that the user is in, and that of the pipeline. @param root path of the pipeline; `-` is standard input */
export function projectFolders(root: string): string[] {
  return [".", ...(root === "-" ? [] : [dirname(root)])];
}
