/** Writing for people and programs. All of it is synchronous: what is printed before an exit is not lost. */

/** Data: standard output. A reader that went away ends the program quietly, as it does others in a pipe. */
export function printData(text: string): void {
  writeAll(Deno.stdout, text);
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
