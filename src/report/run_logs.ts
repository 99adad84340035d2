import { isJsonObject, type JsonObject } from "../core/json.ts";

export interface RunLogFile {
  readonly path: string;
  /** Whether a process holds it: the run goes on. */
  readonly running: boolean;
}

export interface RunLogContent {
  /** What was started: the first line. */
  readonly header: JsonObject;
  /** Events with the seconds `at` which they came; the last one says how the run ended, unless it was killed. */
  readonly lines: readonly LogLine[];
}

export type LogLine = JsonObject & { readonly type: string; readonly at: number };

const NAME = /^run-(\d{8})T(\d{6})\.(\d{3})Z-[0-9a-f]{8}\.ndjson$/;

/** @param time milliseconds since 1970 */
export function runLogName(time: number): string {
  const digits = new Date(time).toISOString().replaceAll(/[-:]/g, "");
  return `run-${digits}-${crypto.randomUUID().slice(0, 8)}.ndjson`;
}

/** The time in the name of a log, in milliseconds since 1970. */
export function timeOf(name: string | undefined): number | undefined {
  const [, date, time, milliseconds] = NAME.exec(name ?? "") ?? [];
  if (date === undefined) return undefined;
  const parts = `${date}${time}`.match(/^(....)(..)(..)(..)(..)(..)$/)!.slice(1);
  const [year, month, day, hour, minute, second] = parts.map(Number) as [number, number, number, ...number[]];
  return Date.UTC(year, month - 1, day, hour, minute, second, Number(milliseconds));
}

/** Names of the logs of runs in a folder, from the first run to the last; none where there is no such folder. */
export function runLogNames(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => NAME.test(name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}

/** Removes all but the last `kept` logs; those of runs that go on stay, and those that may not be removed. */
export function removeOldLogs(folder: string, kept: number): void {
  for (const name of runLogNames(folder).slice(0, -kept)) {
    const path = `${folder}/${name}`;
    try {
      if (!isHeld(path)) Deno.removeSync(path);
    } catch {
      // another user's
    }
  }
}

/** The logs of a folder from the last run to the first. */
export function runLogs(folder: string): RunLogFile[] {
  return runLogNames(folder).reverse().map((name) => {
    const path = `${folder}/${name}`;
    return { path, running: isHeld(path) };
  });
}

/** What a log says; undefined for one that no run can have written, and for one that was removed meanwhile. */
export function readRunLog(path: string): RunLogContent | undefined {
  const text = ifThere(() => Deno.readTextFileSync(path)) ?? "";
  const [header, ...lines] = text.split("\n").map(parsed).filter((line) => line !== undefined);
  return header?.type === "run" ? { header, lines: lines.filter(isLogLine) } : undefined;
}

/** Whether the last run that left a log ended well, or goes on; false where its log cannot be read. */
export function lastEndedWell(folder: string): boolean {
  try {
    const name = runLogNames(folder).at(-1);
    if (name === undefined) return true;
    const path = `${folder}/${name}`;
    const last = parsed(tailOf(path).trimEnd().split("\n").at(-1)!);
    return last?.type === "finished" && last.ok === true || isHeld(path);
  } catch {
    return false;
  }
}

/** The end of a text file, by whole characters as far as a line of a log needs it. */
function tailOf(path: string): string {
  using file = Deno.openSync(path);
  const buffer = new Uint8Array(TAIL_BYTES);
  file.seekSync(Math.max(0, file.statSync().size - TAIL_BYTES), Deno.SeekMode.Start);
  return new TextDecoder().decode(buffer.subarray(0, file.readSync(buffer) ?? 0));
}
const TAIL_BYTES = 16_384;

/** Whether a process has a lock on a log. A file system without locks says of none that it has. */
export function isHeld(path: string): boolean {
  using file = ifThere(() => Deno.openSync(path));
  if (file === undefined) return false;
  try {
    return !file.tryLockSync(false);
  } catch {
    return false;
  }
}

function ifThere<Value>(work: () => Value): Value | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Undefined for what is torn: the writer was killed, or has not come further. */
function parsed(line: string): JsonObject | undefined {
  try {
    const value = JSON.parse(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isLogLine(line: JsonObject): line is LogLine {
  return typeof line.type === "string" && typeof line.at === "number";
}
