/** What a plan knows of files of the user that its stages are planned from. */
import type { Problem } from "../core/diagnostic.ts";
import type { JsonObject } from "../core/json.ts";
import type { FileAnswers, KnownFiles, MissedFile } from "../core/own_files.ts";
import type { PlanKind } from "../core/stage_kind.ts";
import type { LocatedEntry } from "../language/located.ts";
import { stageDiagnostic } from "../language/normalize.ts";
import type { AbsentFile } from "./unknown.ts";

/** What a node can be planned from. */
export type Looked =
  | { readonly state: "not needed" | "not looked" }
  | KnownFiles
  | { readonly state: "absent"; readonly files: readonly AbsentFile[] }
  | { readonly state: "wrong"; readonly problems: readonly Problem[] };

/** @param source the stage's name and settings with their places */
export function lookedUp(
  kind: PlanKind,
  config: JsonObject,
  source: LocatedEntry,
  answers: FileAnswers | undefined,
): Looked {
  const request = kind.files?.request(config);
  if (request === undefined) return { state: "not needed" };
  const answer = answers?.(kind, request, source.key.path);
  switch (answer?.state) {
    case undefined:
      return { state: "not looked" };
    case "known":
      return answer;
    case "absent":
      return { state: "absent", files: answer.files.map((file) => absentFile(file, source)) };
    case "outside":
      return { state: "wrong", problems: answer.files.map(outsideFile) };
    case "bad":
      return { state: "wrong", problems: [{ code: "bad-file", ...answer }] };
    default:
      return answer satisfies never;
  }
}

function absentFile({ path, at }: MissedFile, source: LocatedEntry): AbsentFile {
  const problem = stageDiagnostic(source, {
    code: "absent-file",
    message: `Cannot find "${path}": there is no such file or folder`,
    at,
    help: "put it there, or correct the path, which begins at the folder of this file",
  });
  return { path, warning: { ...problem, severity: "warning" } };
}

function outsideFile({ path, at }: MissedFile): Problem {
  return {
    code: "outside-file",
    message: `Cannot read "${path}": it is outside of the project`,
    at,
    help: "put it below the folder of the pipeline, or set WEFT_DATA to a folder that holds it",
  };
}
