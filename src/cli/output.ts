/** Writing for people and programs. All of it is synchronous: what is printed before an exit is not lost. */

import { UserError } from "../mod.ts";

/** Data: standard output. A reader that went away ends the program quietly, as it does others in a pipe. */
export function printData(text: string): void {
  writeAll(Deno.stdout, text);
}

/** Data: to a file instead, if one is named. @throws {UserError} If the file cannot be written */
export function writeData(text: string, file: string | undefined): void {
  if (file === undefined) return printData(text);
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
  const isRefused = error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable;
  return isRefused ? "permission denied" : (error as Error).message;
}

/** A line for people: standard error. */
export function printLine(text: string): void {
  writeAll(Deno.stderr, `${text}\n`);
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

export function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let written = 0; written < bytes.length;) written += stream.writeSync(bytes.subarray(written));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
    throw error;
  }
}
