/** Reads pipelines, the files that they import and files of params, and keeps their texts for messages. */
import { dirname, isAbsolute, join, normalize, relative, resolve } from "node:path";
import type { Diagnostic } from "./core/diagnostic.ts";
import type { ReadImport } from "./language/imports.ts";
import type { Override } from "./language/params.ts";
import type { SourceFile } from "./language/parse.ts";

/** How messages name what comes from standard input. */
export const STANDARD_INPUT = "<stdin>";

/** Files of one pipeline. */
export class PipelineFiles {
  /** Texts by path. */
  readonly sources = new Map<string, string>();

  /** The text of the pipeline itself; `-` is standard input. */
  async root(path: string): Promise<SourceFile | Diagnostic> {
    if (path !== "-") return await this.#file(path, "pipeline");
    const text = await new Response(Deno.stdin.readable).text();
    return this.#keep(STANDARD_INPUT, text);
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
   * Reads what a file imports. Only below the folder that the user is in, or that of the pipeline: a file that comes
   * from elsewhere must not reach others.
   */
  importer(root: string): ReadImport {
    const allowed = [".", ...(root === "-" ? [] : [dirname(root)])].map((folder) => resolve(folder));
    return (path, from) => {
      if (isAbsolute(path)) {
        return { why: "its path is absolute", help: "give the path from the file's own folder" };
      }
      const place = normalize(join(from === STANDARD_INPUT ? "." : dirname(from), path));
      if (!allowed.some((folder) => isBelow(folder, resolve(place)))) {
        return {
          why: "it is outside of the project",
          help: `go to a folder that holds both files, and name the pipeline from there`,
        };
      }
      const known = this.sources.get(place);
      if (known !== undefined) return { path: place, text: known };
      try {
        return this.#keep(place, Deno.readTextFileSync(place));
      } catch (error) {
        return { why: stateOf(error), help: `it is looked for as ${place}` };
      }
    };
  }

  async #file(path: string, noun: string): Promise<SourceFile | Diagnostic> {
    try {
      return this.#keep(path, await Deno.readTextFile(path));
    } catch (error) {
      const message = `Cannot read ${noun} "${path}": ${stateOf(error)}`;
      return { severity: "error", code: "unreadable-file", message };
    }
  }

  #keep(path: string, text: string): SourceFile {
    this.sources.set(path, text);
    return { path, text };
  }
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
