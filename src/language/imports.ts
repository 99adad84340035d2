import type { Diagnostic, Span } from "../core/diagnostic.ts";
import { quote } from "../core/describe.ts";
import type { Result } from "../core/result.ts";
import { BROKEN, type Located, type LocatedEntry, type LocatedMap, sizeOf, valueAt } from "./located.ts";
import { declaredParams, mergeParams, type Override, overrideParams } from "./params.ts";
import { type Document, parse, type SourceFile } from "./parse.ts";
import { type Scope, substitute } from "./substitute.ts";
import type { Checked } from "./validate.ts";

/**
 * Reads a file that another one imports. The compiler has no disk: who calls it does.
 * @param path as it stands in the file
 * @param from path of the file that imports it
 */
export type ReadImport = (path: string, from: string) => SourceFile | Unread;
interface Unread {
  readonly why: string;
  readonly help?: string;
}

/** A file of a pipeline, with the params that it runs with. */
export interface PipelineFile {
  /** In front of its stages' names: "", or "dnn." for what the root imports as `dnn`. */
  readonly prefix: string;
  readonly document: Document;
  /** The document with the expressions outside of its stages replaced. */
  readonly root: LocatedEntry;
  readonly params: LocatedMap | undefined;
  /** Names of its imports that could not be read: their stages are unknown, which is told already. */
  readonly brokenImports: readonly string[];
  /** Params that the file uses so far, outside its stages. */
  readonly usedParams: Set<string>;
}

/** More files than this are a mistake: each level may import the next one twice. */
const MAX_FILES = 200;
/** Values in all files, counted for each time that a file is imported; see {@link sizeOf}. */
const MAX_VALUES = 1_000_000;
/** Parts of a file where expressions may stand, besides its stages. */
const PARTS = ["name", "description", "matrix", "imports", "resources", "budget"];

export interface ReadFiles extends Checked<readonly PipelineFile[]> {
  /** By path of an imported file: where it is imported, and where the file that does so is, up to the root. */
  readonly importedAt: ReadonlyMap<string, NonNullable<Diagnostic["related"]>>;
}

/** The file, and those that it imports, each once for every name that it is imported by. */
export function readFiles(root: Document, overrides: readonly Override[], read: ReadImport): ReadFiles {
  return new FileReader(read).readAll(root, overrides);
}

/** What expressions of a file may name as params. */
export function paramsScope({ document, params, usedParams }: FileParams): Scope["params"] {
  const isBroken = params === undefined && valueAt(document.root, ["params"]) !== undefined; // which its schema tells
  return {
    noun: "param",
    get: (name) => {
      usedParams.add(name);
      return isBroken ? BROKEN : params?.entries.get(name)?.value;
    },
    names: () => params?.entries.keys() ?? [],
  };
}

type FileParams = Pick<PipelineFile, "document" | "params" | "usedParams">;

/** A place where one file imports the next one. */
interface Edge {
  /** Of the file that imports. */
  readonly path: string;
  readonly at: Span;
}

interface Import {
  readonly name: string;
  readonly path: string;
  readonly at: Span;
  readonly params: LocatedMap | undefined;
}

class FileReader {
  readonly #read: ReadImport;
  readonly #files: PipelineFile[] = [];
  readonly #problems: Diagnostic[] = [];
  /** By path: a file that is imported twice is parsed once. */
  readonly #documents = new Map<string, Result<Document, readonly Diagnostic[]>>();
  readonly #importedAt = new Map<string, NonNullable<Diagnostic["related"]>>();
  #values = 0;
  #overLimit = false;

  constructor(read: ReadImport) {
    this.#read = read;
  }

  readAll(root: Document, overrides: readonly Override[]): ReadFiles {
    const { value, problems } = overrideParams(this.#declared(root), overrides);
    this.#tell(problems);
    this.#visit(root, "", value, []);
    return { value: this.#files, problems: this.#problems, importedAt: this.#importedAt };
  }

  /** @param chain from the root to the file */
  #visit(document: Document, prefix: string, params: LocatedMap | undefined, chain: readonly Edge[]): void {
    const broken: string[] = [];
    const file = this.#file(document, prefix, params, broken);
    this.#files.push(file);
    this.#values += sizeOf(file.root.value);
    for (const imported of importsOf(file.root)) {
      if (this.#overLimit) return;
      const edge = { path: document.source.path, at: imported.at };
      const next = this.#open(imported, [...chain, edge]);
      if (next === undefined) broken.push(imported.name);
      else this.#visit(next.document, `${prefix}${imported.name}.`, next.params, [...chain, edge]);
    }
  }

  #file(
    document: Document,
    prefix: string,
    params: LocatedMap | undefined,
    brokenImports: readonly string[],
  ): PipelineFile {
    const usedParams = new Set<string>();
    const matrix = { why: "the matrix is not there yet", help: "use params here, and the matrix in stages" };
    const { value, problems } = withoutExpressions(document, {
      params: paramsScope({ document, params, usedParams }),
      matrix,
    });
    this.#tell(problems);
    return { prefix, document, root: { key: document.root.key, value }, params, brokenImports, usedParams };
  }

  /** The file that is imported, and its params; undefined, and told, if that cannot be. */
  #open(imported: Import, chain: readonly Edge[]) {
    const source = this.#read(imported.path, chain.at(-1)!.path);
    if ("why" in source) return this.#refuse(imported, source);
    const first = chain.findIndex(({ path }) => path === source.path);
    if (first >= 0) return this.#refuseCycle(imported, chain.slice(first));
    if (!this.#importedAt.has(source.path)) this.#importedAt.set(source.path, placesOf(chain, source.path));
    const document = this.#parsed(source);
    if (document === undefined) return undefined;
    const stranger = whyNoPipeline(document.root.value);
    if (stranger !== undefined) {
      return this.#refuse(imported, {
        why: stranger,
        help: 'a pipeline has at least "weft: 1" and "stages:"',
      });
    }
    this.#overLimit = this.#files.length >= MAX_FILES || this.#values > MAX_VALUES;
    if (this.#files.length >= MAX_FILES) {
      return this.#refuse(imported, { why: `the pipeline has more than ${MAX_FILES} files` });
    }
    if (this.#overLimit) {
      return this.#refuse(imported, { why: `the files have more than ${MAX_VALUES} values together` });
    }
    const declared = this.#declared(document);
    const problems: Diagnostic[] = [];
    const params = imported.params === undefined
      ? declared
      : mergeParams(declared, imported.params, problems);
    this.#tell(problems);
    return { document, params };
  }

  #parsed(source: SourceFile): Document | undefined {
    const known = this.#documents.get(source.path);
    const parsed = known ?? parse(source);
    this.#documents.set(source.path, parsed);
    if (known === undefined && !parsed.ok) this.#tell(parsed.error);
    return parsed.ok ? parsed.value : undefined;
  }

  #declared({ root }: Document): LocatedMap | undefined {
    const entry = root.value.type === "map" ? root.value.entries.get("params") : undefined;
    const { value, problems } = declaredParams(entry);
    this.#tell(problems);
    return value;
  }

  #refuseCycle(imported: Import, cycle: readonly Edge[]): undefined {
    const related = cycle.slice(0, -1).map(({ path, at }) => ({
      message: `${quote(path)} imports the next file here`,
      at,
    }));
    const why = cycle.length === 1 ? "it is this very file" : "it imports this file in turn";
    this.#refuse(imported, { why, help: "a file cannot import itself" }, related);
  }

  #refuse(
    { name, path, at }: Import,
    { why, help }: Unread,
    related: Diagnostic["related"] = [],
  ): undefined {
    const message = `Cannot import ${quote(path)} as ${quote(name)}: ${why}`;
    const problem: Diagnostic = { severity: "error", code: "bad-import", message, at, help };
    this.#tell([related.length > 0 ? { ...problem, related } : problem]);
  }

  #tell(problems: readonly Diagnostic[]): void {
    for (const problem of problems) this.#problems.push(problem);
  }
}

/** The places of a chain from the last one back to the root. */
function placesOf(chain: readonly Edge[], path: string): { message: string; at: Span }[] {
  return chain.map(({ at }, i) => ({ message: `${quote(chain[i + 1]?.path ?? path)} is imported here`, at }))
    .reverse();
}

function withoutExpressions({ root: { value } }: Document, scope: Scope): Checked<Located> {
  if (value.type !== "map") return { value, problems: [] };
  const entries = new Map(value.entries);
  const problems = PARTS.flatMap((name) => {
    const entry = entries.get(name);
    if (entry === undefined) return [];
    const replaced = substitute(entry.value, scope);
    entries.set(name, { key: entry.key, value: replaced.value });
    return replaced.problems;
  });
  return { value: { ...value, entries }, problems };
}

/** The imports of a file; what is none is left to its schema. */
function importsOf(root: LocatedEntry): Import[] {
  const imports = valueAt(root, ["imports"]);
  if (imports?.type !== "map") return [];
  return [...imports.entries].flatMap(([name, { value }]): Import[] => {
    const path = value.type === "map" ? value.entries.get("file")?.value : value;
    if (path?.type !== "scalar" || typeof path.value !== "string" || path.value === "") return [];
    const params = value.type === "map" ? value.entries.get("params")?.value : undefined;
    return [{ name, path: path.value, at: path.at, params: params?.type === "map" ? params : undefined }];
  });
}

/** What shows that a file was never meant to be a pipeline. */
function whyNoPipeline(value: Located): string | undefined {
  if (value.type === "scalar" && value.value === null) return "the file is empty";
  if (value.type !== "map") return `it is no pipeline but a ${value.type === "list" ? "list" : "text"}`;
  const isPipeline = value.entries.has("weft") || value.entries.has("stages");
  return isPipeline ? undefined : 'it is no pipeline: it has neither "weft" nor "stages"';
}
