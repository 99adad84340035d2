/** Checks pipelines with weft's own kinds of stages, and this machine's engine. */
import type { Plan } from "../compiler/plan.ts";
import { once } from "../core/once.ts";
import { processorClass } from "../core/processor.ts";
import type { StageKind } from "../core/stage_kind.ts";
import { type CheckedFile, type ReadPipeline, readPipeline } from "../sources/read_pipeline.ts";
import type { ParamOptions } from "./options.ts";

/** Reads a file and checks it. @returns the plan, if there is no mistake */
export async function checkFile(
  path: string,
  params: ParamOptions,
): Promise<CheckedFile & { readonly plan?: Plan }> {
  const read = await readPipeline(path, params);
  return read.ok ? await checkRead(read.value) : read.error;
}

/** @returns the plan, if there is no mistake */
export async function checkRead(
  { path, files, own, source, overrides }: ReadPipeline,
): Promise<CheckedFile & { readonly plan?: Plan }> {
  const [kinds, { compileWithFiles }] = await Promise.all([registry(), import("../compiler/compile.ts")]);
  const options = { overrides, read: files.importer(path), files: own };
  const compiled = await compileWithFiles(source, kinds, options);
  const { sources } = files;
  return compiled.ok
    ? { path: source.path, sources, diagnostics: compiled.value.warnings, plan: compiled.value }
    : { path: source.path, sources, diagnostics: compiled.error };
}

export const registry = once(async (): Promise<readonly StageKind[]> => {
  const { stageKinds } = await import("../stages/registry.ts");
  return stageKinds(await engineIdentity(), processorClass);
});

/** The identity of the library that is there or, without any, of the one that would be installed. */
export const engineIdentity = once(async (): Promise<string> => {
  const [{ locateLibrary }, { libraryIdentity, PINNED_IDENTITY }] = await Promise.all([
    import("../engine/library/locate.ts"),
    import("../engine/library/identity.ts"),
  ]);
  const located = await locateLibrary();
  return "missing" in located ? PINNED_IDENTITY : await libraryIdentity(located);
});
