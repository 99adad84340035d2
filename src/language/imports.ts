import type { Diagnostic, Span } from "../core/diagnostic.ts";
import { quote } from "../core/describe.ts";
import { type LocatedEntry, type LocatedMap, valueAt } from "./located.ts";
import { declaredParams, mergeParams, type Override, overrideParams } from "./params.ts";
import { type Document, parse, type SourceFile } from "./parse.ts";
import { type Scope, substitute } from "./substitute.ts";
import type { Checked } from "./validate.ts";

/**
 * Reads a file that another one imports. The compiler has no disk: who calls it does.
 * @param path as it stands in the file
 * @param from path of the file that imports it
 */
export type ReadImport = (
  path: string,
  from: string,
) => SourceFile | { readonly why: string; readonly help?: string };

/** A file of a pipeline, with the params that it runs with. */
export interface PipelineFile {
  /** In front of its stages' names: "", or "dnn." for what the root imports as `dnn`. */
  readonly prefix: string;
  readonly document: Document;
  /** The document with expressions in `matrix` and `imports` replaced. */
  readonly root: LocatedEntry;
  readonly params: LocatedMap | undefined;
  /** Names of its imports that could not be read: their stages are unknown, which is told already. */
  readonly brokenImports: readonly string[];
  /** Params that the file uses so far, outside its stages. */
  readonly usedParams: Set<string>;
}

/** More files than this are a mistake: each level may import the next one twice. */
const MAX_FILES = 200;

/** The file, and those that it imports, each once for every name that it is imported by. */
export function readFiles(
  root: Document,
  overrides: readonly Override[],
  read: ReadImport,
): Checked<readonly PipelineFile[]> {
  const problems: Diagnostic[] = [];
  const files: PipelineFile[] = [];
  const visit = (
    document: Document,
    prefix: string,
    params: LocatedMap | undefined,
    chain: readonly Edge[],
  ) => {
    const file = withoutExpressions(document, prefix, params, problems);
    files.push(file);
    for (const [name, { key, value }] of importEntries(file.root)) {
      const imported = readImport(value, document.source.path, read);
      if (imported === undefined) continue; // its shape is wrong, which its schema tells
      const fail = (why: string, help?: string, related?: Diagnostic["related"]) => {
        const message = `Cannot import ${quote(imported.path)} as ${quote(name)}: ${why}`;
        problems.push({
          severity: "error",
          code: "bad-import",
          message,
          at: imported.at,
          help,
          ...(related && { related }),
        });
        (file.brokenImports as string[]).push(name);
      };
      if ("why" in imported.source) {
        fail(imported.source.why, imported.source.help);
        continue;
      }
      const { source } = imported;
      const edges = [...chain, { path: document.source.path, at: key }];
      const first = edges.findIndex(({ path }) => path === source.path);
      if (first >= 0) {
        const related = edges.slice(first, -1).map(({ path, at }) => ({
          message: `${quote(path)} imports the next file here`,
          at,
        }));
        fail("it imports this file in turn", "a file cannot import itself", related);
        continue;
      }
      if (files.length >= MAX_FILES) {
        fail(`the pipeline has more than ${MAX_FILES} files`, "import fewer files");
        return;
      }
      const parsed = parse(source);
      if (!parsed.ok) {
        problems.push(...parsed.error);
        (file.brokenImports as string[]).push(name);
        continue;
      }
      const declared = declaredParams(entryAt(parsed.value.root, "params"));
      problems.push(...declared.problems);
      const given = imported.params;
      const own = given === undefined ? declared.value : mergeParams(declared.value, given, problems);
      visit(parsed.value, `${prefix}${name}.`, own, edges);
    }
  };
  const declared = declaredParams(entryAt(root.root, "params"));
  const params = overrideParams(declared.value, overrides);
  problems.push(...declared.problems, ...params.problems);
  visit(root, "", params.value, []);
  return { value: files, problems };
}

interface Edge {
  readonly path: string;
  readonly at: Span;
}

/** Scope of the expressions of a file outside its stages. */
export function paramsScope(params: LocatedMap | undefined, used: Set<string>): Scope["params"] {
  return {
    noun: "param",
    get: (name) => {
      used.add(name);
      return params?.entries.get(name)?.value;
    },
    names: () => params?.entries.keys() ?? [],
  };
}

function withoutExpressions(
  document: Document,
  prefix: string,
  params: LocatedMap | undefined,
  problems: Diagnostic[],
): PipelineFile {
  const usedParams = new Set<string>();
  const scope: Scope = {
    params: paramsScope(params, usedParams),
    matrix: { why: "the matrix is made of it", help: "use params here" },
  };
  const { root } = document;
  const replaced = new Map(root.value.type === "map" ? root.value.entries : []);
  for (const key of ["matrix", "imports"]) {
    const entry = replaced.get(key);
    if (entry === undefined) continue;
    const substituted = substitute(entry.value, scope);
    problems.push(...substituted.problems);
    replaced.set(key, { key: entry.key, value: substituted.value });
  }
  const value = root.value.type === "map" ? { ...root.value, entries: replaced } : root.value;
  return { prefix, document, root: { key: root.key, value }, params, brokenImports: [], usedParams };
}

function importEntries(root: LocatedEntry): [string, LocatedEntry][] {
  const imports = valueAt(root, ["imports"]);
  return imports?.type === "map" ? [...imports.entries] : [];
}

function readImport(value: LocatedEntry["value"], from: string, read: ReadImport) {
  const path = value.type === "map" ? value.entries.get("file")?.value : value;
  if (path?.type !== "scalar" || typeof path.value !== "string") return undefined;
  const params = value.type === "map" ? value.entries.get("params")?.value : undefined;
  return {
    path: path.value,
    at: path.at,
    source: read(path.value, from),
    params: params?.type === "map" ? params : undefined,
  };
}

function entryAt(root: LocatedEntry, key: string): LocatedEntry | undefined {
  return root.value.type === "map" ? root.value.entries.get(key) : undefined;
}
