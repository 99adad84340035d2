import type { Diagnostic } from "../core/diagnostic.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { Override } from "../language/params.ts";
import type { SourceFile } from "../language/parse.ts";
import { OwnFiles } from "./own_files.ts";
import { PipelineFiles, projectFolders } from "./pipeline_files.ts";

/** A file as it was read, and what is wrong with it. */
export interface CheckedFile {
  readonly path: string;
  /** Texts of the file and of those that it imports, by path; one that could not be read is not there. */
  readonly sources: ReadonlyMap<string, string>;
  readonly diagnostics: readonly Diagnostic[];
}

/** A pipeline that was read: all but what it imports. */
export interface ReadPipeline {
  /** As it was asked for; `-` is standard input. */
  readonly path: string;
  readonly files: PipelineFiles;
  /** Files of the user that its stages are planned from. */
  readonly own: OwnFiles;
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
  const own = new OwnFiles({ base: ".", folders: projectFolders(path) });
  return ok({ path, files, own, source, overrides: overrides as Override[] });
}
