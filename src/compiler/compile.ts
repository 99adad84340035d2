import type { Diagnostic } from "../core/diagnostic.ts";
import type { FileAnswers, FileLookup } from "../core/own_files.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { readFiles, type ReadImport } from "../language/imports.ts";
import { normalize } from "../language/normalize.ts";
import type { Override } from "../language/params.ts";
import { parse, type SourceFile } from "../language/parse.ts";
import { validate } from "../language/validate.ts";
import { type Plan, plan } from "./plan.ts";
import { tellable } from "./tellable.ts";

export interface CompileOptions {
  /** Values that take the place of params, later ones over earlier ones. */
  readonly overrides?: readonly Override[];
  /** Reads the files that are imported; without it no file may import another. */
  readonly read?: ReadImport;
  /** What is known of the files that stages name; stages that need more are left unknown. */
  readonly answers?: FileAnswers;
}

/** Compiles and, where stages ask for files that nobody has looked up yet, does so and compiles again. */
export async function compileWithFiles(
  source: SourceFile,
  kinds: readonly StageKind[],
  { files, ...options }: Omit<CompileOptions, "answers"> & { readonly files: FileLookup },
): Promise<Result<Plan, readonly Diagnostic[]>> {
  for (;;) {
    const compiled = compile(source, kinds, { ...options, answers: files.answers });
    if (!await files.lookUp()) return compiled;
  }
}

/**
 * text -parse-> Document -readFiles-> PipelineFile[] -validate-> Spec -normalize-> Pipeline -plan-> Plan. Touches no disk.
 * Each phase leaves out what it found wrong and goes on with the rest, so that one pass tells all mistakes of a file.
 * @returns the plan, with warnings; or all problems, of which at least one is an error
 */
export function compile(
  source: SourceFile,
  kinds: readonly StageKind[],
  { overrides = [], read = noFiles, answers }: CompileOptions = {},
): Result<Plan, readonly Diagnostic[]> {
  const document = parse(source); // YAML with positions
  if (!document.ok) return fail(tellable(document.error, source.path));
  const files = readFiles(document.value, overrides, read); // imports and params
  const spec = validate(files.value, kinds); // expressions replaced; shape: ajv, one schema per stage kind
  const pipeline = normalize(spec.value); // defaults filled in, names resolved, instances made and ordered
  const planned = plan(pipeline.value, answers); // nodes, inputs, what can be evaluated without a disk
  const found = [files, spec, pipeline, planned].flatMap(({ problems }) => problems);
  const problems = tellable(found, source.path, files.importedAt);
  if (problems.some(({ severity }) => severity === "error")) return fail(problems);
  return ok({ ...planned.value, warnings: problems });
}

function noFiles() {
  return { why: "files cannot be read here" };
}
