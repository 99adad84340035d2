import { type Digest, isDigest } from "../core/digest.ts";
import { fileError } from "../core/file_failure.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { OUTPUT_HELP } from "./output_folder.ts";
import { isOutputPath } from "./paths.ts";

/** What was written for a pipeline, and how it looked on the disk then. Only files named here are ever removed. */
export interface LastRun {
  /** Digest of what each stage had made when its files were written. */
  readonly stages: ReadonlyMap<string, Digest>;
  /** The pipeline's own file, from the folder that holds the store and the results; absent for standard input. */
  readonly file?: string;
  readonly files: readonly WrittenFile[];
  /** Whether that run failed, or was interrupted: some stages may lack their files. */
  readonly hasFailed?: true;
}

export interface WrittenFile {
  /** From the pipeline's folder. */
  readonly path: string;
  /** The stage it belongs to; null for `run.json`. */
  readonly stage: string | null;
  readonly size: number;
  /** In milliseconds since 1970. */
  readonly mtime: number;
  readonly digest: Digest;
}

export const LAST_RUN = "last-run.json";

/** Raise it when equal artifacts are written as other files: the files of earlier versions are then written anew. */
const FORMAT = 1;

/**
 * The record in a pipeline's folder; an empty one where there is none, or none that makes sense.
 * @throws {UserError} If the file system refuses to read it
 */
export function readLastRun(folder: string): LastRun {
  const path = `${folder}/${LAST_RUN}`;
  try {
    return parseLastRun(JSON.parse(Deno.readTextFileSync(path)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return NOTHING;
    throw fileError(error, `read "${path}"`, OUTPUT_HELP);
  }
}

/** `about`: whatever else the file says of the run. A file and a stage take a line each. */
export function lastRunText({ stages, file, files }: Omit<LastRun, "hasFailed">, about: JsonObject): string {
  const lines = (items: readonly string[]) => items.map((item) => `\n    ${item}`).join(",");
  const others = Object.entries(about).map(([key, value]) =>
    `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`
  );
  const stageLines = [...stages].map(([stage, digest]) => `${JSON.stringify(stage)}: "${digest}"`);
  const owner = file === undefined ? "" : `  "file": ${JSON.stringify(file)},\n`;
  return `{\n${others.join("")}  "format": ${FORMAT},\n${owner}  "stages": {${lines(stageLines)}\n  },\n` +
    `  "files": [${lines(files.map((file) => JSON.stringify(file)))}\n  ]\n}\n`;
}

const NOTHING: LastRun = { stages: new Map(), files: [] };

/** Leaves out what this program cannot have written: the file may have been edited, or come from elsewhere. */
function parseLastRun(value: Json): LastRun {
  if (!isJsonObject(value) || !Array.isArray(value.files)) return NOTHING;
  const stages = value.format === FORMAT && isJsonObject(value.stages) ? Object.entries(value.stages) : [];
  return {
    stages: new Map(stages.filter((entry): entry is [string, Digest] => isDigest(entry[1]))),
    ...(typeof value.file === "string" && { file: value.file }),
    ...(value.ok === false && { hasFailed: true }),
    files: value.files.filter(isWrittenFile),
  };
}

function isWrittenFile(value: unknown): value is WrittenFile {
  if (!isJsonObject(value)) return false;
  const { path, stage, size, mtime, digest } = value;
  return typeof path === "string" && isOutputPath(path) && (stage === null || typeof stage === "string") &&
    typeof size === "number" && typeof mtime === "number" && isDigest(digest);
}
