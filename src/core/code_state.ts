import { once } from "./once.ts";

/**
 * What this program is made of: changes with its version and, in a checkout, with each file of it. Found out once: what
 * runs is what was there then.
 */
export const codeState = once((): string => {
  const { protocol } = new URL(import.meta.url);
  const { deno } = Deno.version;
  if (Deno.build.standalone) return `${deno} ${stateOf(Deno.execPath())}`;
  if (protocol !== "file:") return `${deno} ${import.meta.url}`; // holds the version
  const beside = ["deno.json", "deno.lock"].map((name) => stateOf(new URL(`../../${name}`, import.meta.url)));
  return [deno, ...beside, folderState(new URL("../", import.meta.url))].join("\n");
});

/** Paths, sizes and times of change of all files in a folder and below; nothing is read. @param folder ends with a slash */
export function folderState(folder: URL): string {
  return filesBelow(folder).map(stateOf).sort().join("\n");
}

function filesBelow(folder: URL): URL[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(new URL(`${name}/`, folder)) : [new URL(name, folder)]
  );
}

function stateOf(file: URL | string): string {
  try {
    const { size, mtime } = Deno.statSync(file);
    return `${file} ${size} ${mtime?.getTime()}`;
  } catch {
    return `${file} gone`;
  }
}
