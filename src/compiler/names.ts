import type { StageKind } from "../core/stage_kind.ts";
import { readFiles, type ReadImport } from "../language/imports.ts";
import { nameOfFile } from "../language/name_rule.ts";
import { parse, type SourceFile } from "../language/parse.ts";

/** The stages that a file and its imports name, as far as they can be read; what is wrong with them is not looked at. */
export function stageNames(source: SourceFile, read: ReadImport): string[] {
  return filesOf(source, read).flatMap(({ prefix, root }) => {
    const stages = root.value.type === "map" ? root.value.entries.get("stages")?.value : undefined;
    return stages?.type === "map" ? [...stages.entries.keys()].map((name) => prefix + name) : [];
  });
}

/** The name of a pipeline, without reading more of the file than it takes: see `name` of the language. */
export function pipelineName(source: SourceFile): string {
  const line = /^name:[ \t]*(["']?)([a-z][a-z0-9_-]*)\1[ \t]*(?:#.*)?\r?$/m.exec(source.text);
  if (line !== null) return line[2]!;
  const document = parse(source);
  const root = document.ok ? document.value.root.value : undefined;
  const name = root?.type === "map" ? root.entries.get("name")?.value : undefined;
  return name?.type === "scalar" && typeof name.value === "string" ? name.value : nameOfFile(source.path);
}

/** The instances of the stages that are right. */
export async function instanceNames(
  source: SourceFile,
  kinds: readonly StageKind[],
  read: ReadImport,
): Promise<string[]> {
  const [{ normalize }, { validate }] = await Promise.all([
    import("../language/normalize.ts"),
    import("../language/validate.ts"),
  ]);
  const { stages } = normalize(validate(filesOf(source, read), kinds).value).value;
  return stages.flatMap(({ instances }) => instances.map(({ name }) => name));
}

function filesOf(source: SourceFile, read: ReadImport) {
  const document = parse(source);
  return document.ok ? readFiles(document.value, [], read).value : [];
}
