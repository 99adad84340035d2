import type { StageKind } from "../core/stage_kind.ts";
import { readFiles, type ReadImport } from "../language/imports.ts";
import { parse, type SourceFile } from "../language/parse.ts";

/** The stages that a file and its imports name, as far as they can be read; what is wrong with them is not looked at. */
export function stageNames(source: SourceFile, read: ReadImport): string[] {
  return filesOf(source, read).flatMap(({ prefix, root }) => {
    const stages = root.value.type === "map" ? root.value.entries.get("stages")?.value : undefined;
    return stages?.type === "map" ? [...stages.entries.keys()].map((name) => prefix + name) : [];
  });
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
