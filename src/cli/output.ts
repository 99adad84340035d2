/** Writing for people and programs. All of it is synchronous: what is printed before an exit is not lost. */

import { UserError } from "../mod.ts";

/**
 * Data: standard output. Where its reader went away (`| head -1`) the rest is dropped, and the command goes on to the exit
 * code that it would have had: what it found is true whether it was read or not.
 * @returns Whether there is a reader
 * @throws {UserError} If it is a file that cannot be written
 */
export function printData(text: string): boolean {
  try {
    return writeAll(Deno.stdout, text);
  } catch (error) {
    throw new UserError(`Cannot write standard output: ${writeFailure(error)}`);
  }
}

/** Data: to a file instead, if one is named. @throws {UserError} If the file cannot be written */
export function writeData(text: string, file: string | undefined): void {
  if (file === undefined) return void printData(text);
  try {
    Deno.writeTextFileSync(file, text);
  } catch (error) {
    throw new UserError(`Cannot write "${file}": ${writeFailure(error)}`);
  }
  printLine(`wrote ${file}`);
}

/** Why a file or a folder cannot be written. */
export function writeFailure(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "its folder does not exist";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  if (error instanceof Deno.errors.AlreadyExists) return "it exists already";
  if (error instanceof Deno.errors.NotADirectory) return "a part of its path is a file";
  if (["ENOSPC", "EDQUOT"].includes((error as { code?: string }).code ?? "")) return "the disk is full";
  const isRefused = error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable;
  return isRefused ? "permission denied" : (error as Error).message;
}

/** A line for people. */
export function printLine(text: string): void {
  printError(`${text}\n`);
}

/** For people: standard error. If it is gone, with its terminal or its reader, there is nobody to tell. */
export function printError(text: string): void {
  try {
    writeAll(Deno.stderr, text);
  } catch { /* nobody is there */ }
}

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Puts a text in a style, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** Colours for a stream that is a terminal, unless NO_COLOR is set (no-color.org). */
export function styler(stream: { isTerminal(): boolean }): Paint {
  const coloured = stream.isTerminal() && !Deno.env.get("NO_COLOR");
  return (style, text) => coloured ? `\x1b[${STYLE_CODES[style]}m${text}\x1b[0m` : text;
}

const STYLE_CODES: Readonly<Record<Style, number>> = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  cyan: 36,
};

/** @returns Whether there is a reader: false for a pipe that was closed */
function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): boolean {
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) {
    try {
      written += stream.writeSync(bytes.subarray(written));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return false;
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MILLISECONDS); // the reader is slow
    }
  }
  return true;
}

const BUSY_MILLISECONDS = 5;
