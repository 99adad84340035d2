import { instanceNames, stageNames } from "../compiler/names.ts";
import { PipelineFiles } from "../sources/pipeline_files.ts";
import { registry } from "./check.ts";

/** The names of a pipeline's stages, or of their instances; none where it comes from standard input or cannot be read. */
export async function namesBeginningWith(beginning: string, path: string): Promise<string[]> {
  if (path === "-") return []; // whoever completes a command line still types
  const files = new PipelineFiles();
  const source = await files.root(path);
  if ("severity" in source) return [];
  const read = files.importer(path);
  const names = beginning.includes("/")
    ? await instanceNames(source, await registry(), read)
    : stageNames(source, read);
  return names.filter((name) => name.startsWith(beginning));
}
