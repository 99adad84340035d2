import { glob } from "node:fs/promises";
import { resolve } from "node:path";
import type { CheckedFile } from "../mod.ts";

/** A file as the user would name it, or why there is none. */
export type NamedFile = string | CheckedFile;

/** The files that the arguments of `weft validate` name, each once. */
export async function namedFiles(operands: readonly string[]): Promise<NamedFile[]> {
  const named = (await Promise.all(operands.map(filesOf))).flat();
  const places = named.map((file) => typeof file === "string" ? resolve(file) : file);
  return named.filter((_, i) => places.indexOf(places[i]!) === i);
}

/**
 * A folder stands for the YAML files in it and in folders below, less hidden ones; a pattern that the shell left as it
 * is for the files that match.
 */
async function filesOf(operand: string): Promise<NamedFile[]> {
  const info = await Deno.stat(operand).catch(() => undefined); // an absent file is told where it is read
  if (info?.isDirectory) {
    const paths = await yamlFilesBelow(operand);
    const why = "neither it nor a folder below holds a file that ends with .yaml or .yml";
    return paths.length > 0
      ? paths
      : nothing(operand, `Cannot find pipelines in folder "${operand}": ${why}`);
  }
  if (info !== undefined || operand === "-" || !/[*?[{]/.test(operand)) return [operand];
  const paths = (await Array.fromAsync(glob(operand))).sort();
  return paths.length > 0 ? paths : nothing(operand, `Cannot find pipelines "${operand}": no file matches`);
}

async function yamlFilesBelow(folder: string): Promise<string[]> {
  const entries = (await Array.fromAsync(Deno.readDir(folder))).filter(({ name }) =>
    !name.startsWith(".") && name !== "node_modules"
  );
  const below = folder.endsWith("/") ? folder : `${folder}/`;
  const paths = entries.sort((a, b) => a.name < b.name ? -1 : 1).map(({ name, isDirectory }) => {
    if (isDirectory) return yamlFilesBelow(below + name);
    return /\.ya?ml$/.test(name) ? [below + name] : [];
  });
  return (await Promise.all(paths)).flat();
}

function nothing(path: string, message: string): NamedFile[] {
  const diagnostic = { severity: "error", code: "unreadable-file", message } as const;
  return [{ path, sources: new Map(), diagnostics: [diagnostic] }];
}
