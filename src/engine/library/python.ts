import { type LibraryFiles, libraryIn } from "./locate.ts";

/** A TensorFlow that is installed for Python and has the library. */
export interface PythonTensorflow extends LibraryFiles {
  /** The command that found it. */
  readonly python: string;
  readonly folder: string;
  readonly version: string;
}

/**
 * Looks for an installed TensorFlow with `python3`, then `python`, without importing it (that takes seconds).
 * @returns null where there is no Python, no permission to run it, no TensorFlow, or one without the library
 */
export async function findPythonTensorflow(
  pythons: readonly string[] = ["python3", "python"],
): Promise<PythonTensorflow | null> {
  for (const python of pythons) {
    const found = parse(await output(python));
    const files = found && await libraryIn(found.folder);
    if (files) return { ...files, ...found, python };
  }
  return null;
}

const PROGRAM = `
import json, os
from importlib import metadata, util
spec = util.find_spec("tensorflow")
if spec and spec.submodule_search_locations:
    for name in ("tensorflow", "tensorflow-cpu", "tensorflow-macos"):
        try:
            print(json.dumps({"folder": os.path.realpath(spec.submodule_search_locations[0]), "version": metadata.version(name)}))
            break
        except metadata.PackageNotFoundError:
            pass
`;

async function output(python: string): Promise<string> {
  try {
    const command = new Deno.Command(python, {
      args: ["-c", PROGRAM],
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(10_000),
    });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout) : "";
  } catch {
    return "";
  }
}

function parse(text: string): { folder: string; version: string } | null {
  try {
    const { folder, version } = JSON.parse(text.trim().split("\n").at(-1)!);
    return typeof folder === "string" && typeof version === "string" ? { folder, version } : null;
  } catch {
    return null;
  }
}
