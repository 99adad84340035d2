import type { Diagnostic } from "../core/diagnostic.ts";
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
}

/**
 * text -parse-> Document -readFiles-> PipelineFile[] -validate-> Spec -normalize-> Pipeline -plan-> Plan. Touches no disk.
 * Each phase leaves out what it found wrong and goes on with the rest, so that one pass tells all mistakes of a file.
 * @returns the plan, with warnings; or all problems, of which at least one is an error
 */
export function compile(
  source: SourceFile,
  kinds: readonly StageKind[],
  { overrides = [], read = noFiles }: CompileOptions = {},
): Result<Plan, readonly Diagnostic[]> {
  const document = parse(source); // YAML with positions
  if (!document.ok) return fail(tellable(document.error, source.path));
  const files = readFiles(document.value, overrides, read); // imports and params
  const spec = validate(files.value, kinds); // expressions replaced; shape: ajv, one schema per stage kind
  const pipeline = normalize(spec.value); // defaults filled in, names resolved, instances made and ordered
  const planned = plan(pipeline.value); // nodes, inputs, what can be evaluated without a disk
  const found = [files, spec, pipeline, planned].flatMap(({ problems }) => problems);
  const problems = tellable(found, source.path, files.importedAt);
  if (problems.some(({ severity }) => severity === "error")) return fail(problems);
  return ok({ ...planned.value, warnings: problems });
}

function noFiles() {
  return { why: "files cannot be read here" };
}
