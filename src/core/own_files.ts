/** Files of the user that stages are planned from: what kinds ask about them, and what is known. */
import type { Problem } from "./diagnostic.ts";
import type { Digest } from "./digest.ts";
import type { JsonObject } from "./json.ts";

// deno-lint-ignore no-explicit-any -- as in stage_kind.ts: each kind's own file is exact
type Any = any;

/** How a kind reads files of the user. */
export interface FileReads<Config = Any, Facts = Any> {
  /** What is to be known; undefined where the settings name no file. Pure. */
  readonly request: (config: Config) => FileRequest | undefined;
  readonly load: () => Promise<FileReader<Facts>>;
}

/** Plain data: one that is equal, on files that are equal, has an equal answer. */
export interface FileRequest {
  /** Files, and folders with all that is in them, by the paths that the settings give; and where these stand. */
  readonly paths: readonly { readonly path: string; readonly at: Problem["at"] }[];
  /** What is asked about them. */
  readonly question: JsonObject;
}

/**
 * @param places Where the paths of the request lead, by path
 * @returns plain data
 * @throws {FileError} If a file does not hold what it must
 */
export type FileReader<Facts = Any> = (question: JsonObject, places: Places) => Promise<Facts>;
export type Places = Readonly<Record<string, string>>;

/** What was asked about which files, and in which state these were then. */
export interface FilesRead {
  readonly question: JsonObject;
  /** Full paths. */
  readonly places: Places;
  /** See core/file_state.ts. */
  readonly state: Digest;
}

/** Files of the user that stages are planned from. */
export interface FileLookup {
  /** Notes what is asked for and not known. */
  readonly answers: FileAnswers;
  /** Reads what was asked for. @returns whether more is known now */
  readonly lookUp: () => Promise<boolean>;
}

/**
 * What is known of the files that a stage asks for; undefined where nobody has looked yet.
 * @param from The file that holds the stage, as messages name it: paths begin at its folder
 */
export type FileAnswers = (asking: AskingKind, request: FileRequest, from: string) => FileAnswer | undefined;

export type FileAnswer = KnownFiles | MissedFiles;

export interface KnownFiles {
  readonly state: "known";
  readonly facts: unknown;
  readonly files: FilesRead;
}

/** absent: nothing is there. outside: they must not be read. */
export type MissedFiles =
  | { readonly state: "absent" | "outside"; readonly files: readonly MissedFile[] }
  | BadFile;

export interface MissedFile {
  /** As messages name it. */
  readonly path: string;
  /** Where the settings give its path. */
  readonly at: Problem["at"];
}

/** One that does not hold what it must. */
export interface BadFile {
  readonly state: "bad";
  readonly at: Problem["at"];
  readonly message: string;
  readonly help?: string;
}

/** What of a kind decides an answer. */
export interface AskingKind {
  readonly name: string;
  readonly version: number;
  readonly files?: FileReads;
}
