/** A stretch of a text file. Lines and columns count from 1, columns in UTF-16 units; the end is exclusive. */
export interface Span {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** A problem in a file or in the arguments, as data. `message`: action, value, state; no final period. */
export interface Diagnostic {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  readonly at?: Span;
  readonly help?: string;
  readonly related?: readonly { readonly message: string; readonly at: Span }[];
}

/** A problem that a stage kind finds in its own settings; the language turns `at` into a place in the file. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  /** Keys from the stage's map down to the value, e.g. ["architecture", "depth"]. Empty: the stage itself. */
  readonly at: readonly (string | number)[];
  /** Set if the last key of `at` is at fault and not its value. */
  readonly on?: "key";
  readonly help?: string;
}

/** A failure that is told to the user as it stands, without a stack trace: what, where, and what to do. */
export class UserError extends Error {
  override readonly name = "UserError";
  constructor(message: string, readonly help?: string) {
    super(message);
  }
}

/** What is asked for cannot be: an argument is wrong. */
export class UsageError extends UserError {}

/** A file of the user does not hold what it must. */
export class FileError extends UserError {
  constructor(message: string, readonly path: string, help?: string) {
    super(message, help);
  }
}

/** A failure that may pass by itself, such as that of a network: what failed so is tried again. */
export class TransientError extends UserError {}

/**
 * The name in `known` that `name` was probably meant to be, or undefined.
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * assertEquals(nearestName("widht", ["depth", "width"]), "width");
 * assertEquals(nearestName("colour", ["depth", "width"]), undefined);
 * ```
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  const limit = name.length === 1 ? 0 : Math.max(1, Math.floor(name.length / 3)); // one letter is like any other
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let least = limit + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= least) continue; // no shorter way than that
    const distance = editDistance(wanted, candidate.toLowerCase(), least);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/**
 * Optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours.
 * @param enough A distance of this or more is not computed to its end
 */
function editDistance(a: string, b: string, enough: number): number {
  let twoAgo: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, twoAgo[j - 2]! + 1);
      }
      row.push(cost);
    }
    if (Math.min(...row) >= enough && Math.min(...last) >= enough) return enough;
    [twoAgo, last] = [last, row];
  }
  return last[b.length]!;
}
