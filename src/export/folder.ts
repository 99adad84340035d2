import { UsageError } from "../core/diagnostic.ts";
import { fileError } from "../core/file_failure.ts";

/** The file by which an export is known again. */
export const ABOUT = "export.json";

/**
 * Lets `write` fill a folder that takes its place when all is there. One that holds an earlier export is replaced.
 * @throws {UsageError} If the folder holds anything else
 * @throws {UserError} If the file system refuses
 */
export async function exportFolder(to: string, write: (folder: string) => Promise<void>): Promise<void> {
  try {
    await refuseOther(to);
    const unfinished = `${to}.unfinished`;
    await removeIfAny(unfinished);
    await Deno.mkdir(unfinished, { recursive: true });
    try {
      await write(unfinished);
      await removeIfAny(to);
      await Deno.rename(unfinished, to);
    } finally {
      await removeIfAny(unfinished);
    }
  } catch (error) {
    throw fileError(error, `write "${to}"`, HELP);
  }
}

const HELP = {
  full: "free some space, or name a folder on another disk with --to",
  forbidden: "make the folder writable, or name another with --to",
  inTheWay: "move it away, or name another folder with --to",
  other: "see that the folder can be used, or name another with --to",
};

async function refuseOther(to: string): Promise<void> {
  const names = await namesIn(to);
  if (names.length === 0 || names.includes(ABOUT)) return;
  throw new UsageError(
    `Cannot export into "${to}": the folder holds something else than an export`,
    "name a new folder with --to",
  );
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function removeIfAny(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
