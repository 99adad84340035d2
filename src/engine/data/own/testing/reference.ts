/** What NumPy and Pillow wrote for tests of reading it. */
import type { OwnData } from "../arrays.ts";
import { readOwn } from "../read.ts";
import { type OwnSource, requestOf } from "../source.ts";

/** Written by tests/reference/own_data.py. */
export const FOLDER = new URL("../../../../../tests/reference/own_data/", import.meta.url).pathname;
/** What the library that wrote a data set reads from it: digests of splits. */
export const expected: Readonly<Record<string, string>> = JSON.parse(
  Deno.readTextFileSync(`${FOLDER}expected.json`),
);

/** A data set of FOLDER. */
export function read(source: OwnSource): Promise<OwnData> {
  return readOwn(source, places(source, FOLDER));
}

/** @param folder with "/" at its end */
export function places(source: OwnSource, folder: string): Record<string, string> {
  return Object.fromEntries(requestOf(source).paths.map(({ path }) => [path, folder + path]));
}

/** A folder with all that is in it. */
export async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** With a folder that is removed afterwards. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
