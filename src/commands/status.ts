import { pipelineName } from "../compiler/names.ts";
import { UsageError, UserError } from "../core/diagnostic.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { clockWentBack } from "../report/run_log.ts";
import {
  type LogLine,
  readRunLog,
  type RunLogContent,
  type RunLogFile,
  runLogs,
} from "../report/run_logs.ts";
import type { Failure, RunEvent } from "../scheduler/events.ts";
import type { RunSummary } from "../scheduler/run_summary.ts";
import { PipelineFiles } from "../sources/pipeline_files.ts";
import { RunProgress } from "./run_progress.ts";
import type { Work } from "./work.ts";

export interface StatusReport {
  readonly pipeline: string;
  /** Those that go on, the last one first; without any the last one; empty: never run. */
  readonly runs: readonly RunStatus[];
  /** What is odd about the logs themselves. */
  readonly warnings: readonly string[];
}

export interface RunStatus {
  /**
   * running: its process holds the log. finished: all was tried. interrupted: it was told to end. stopped: its budget was
   * spent. broken: it could not go on. killed: it ended without a word.
   */
  readonly state: "running" | "finished" | "interrupted" | "stopped" | "broken" | "killed";
  readonly log: string;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly host: string;
  readonly pid: number;
  /** As it was named, from the folder where the run was started. */
  readonly file: string;
  /** Options of the command that were given, or stood for. */
  readonly options: JsonObject;
  /** Until now, until its end, or until the last sign of life. */
  readonly seconds: number;
  /** What it came to; absent where it did not get to say. */
  readonly summary?: Omit<RunSummary, "ended">;
  /** Why it could not go on. */
  readonly error?: Failure;
  /** How far all models were. */
  readonly models?: Work;
  /** Stages with work that had begun and not ended. */
  readonly working: readonly WorkingStage[];
  readonly failed: readonly FailedItem[];
  readonly failedStages: readonly FailedStage[];
  readonly skipped: readonly string[];
  readonly warnings: readonly string[];
}

export interface WorkingStage {
  readonly stage: string;
  readonly work?: Work;
}

export interface FailedItem extends FailedStage {
  readonly item: string;
  /** Path of the file that says all about it. */
  readonly log?: string;
}

export interface FailedStage {
  readonly stage: string;
  readonly error: Failure;
}

/** Nothing of the pipeline is read but its name. @throws {UsageError} If its file cannot be read */
export async function statusOf(path: string, outputs: string): Promise<StatusReport> {
  const source = await new PipelineFiles().root(path);
  if ("severity" in source) throw new UsageError(source.message);
  const name = pipelineName(source);
  return status(name, `${outputs}/${name}`);
}

/**
 * How the runs of a pipeline go, or how the last one went: from their logs alone.
 * @param folder `outputs/<pipeline>`
 * @throws {UserError} If the logs are there and cannot be read
 */
export function status(pipeline: string, folder: string, now = new Date()): StatusReport {
  const runs = shownRuns(`${folder}/logs`).map((log) => runStatus(log, now));
  const ahead = runs.map(({ started }) => Date.parse(started)).find((time) => time > now.getTime() + 60_000);
  const warnings = ahead === undefined ? [] : [clockWentBack(ahead, now.getTime())];
  return { pipeline, runs, warnings };
}

/** All that go on; the last one where none does. */
function shownRuns(folder: string): (RunLogFile & RunLogContent)[] {
  try {
    const files = runLogs(folder);
    const running = files.filter(({ running }) => running).flatMap((file) => read(file) ?? []);
    if (running.length > 0) return running;
    for (const file of files) {
      const last = read(file);
      if (last !== undefined) return [last];
    }
    return [];
  } catch (error) {
    throw new UserError(`Cannot read the logs in "${folder}": ${(error as Error).message}`);
  }
}

function read(file: RunLogFile): (RunLogFile & RunLogContent) | undefined {
  const content = readRunLog(file.path);
  return content && { ...file, ...content };
}

function runStatus({ path, running, header, lines }: RunLogFile & RunLogContent, now: Date): RunStatus {
  let at = 0;
  const progress = new RunProgress(() => at);
  for (const line of lines) {
    at = line.at;
    progress.take(line as unknown as RunEvent);
  }
  const started = textOf(header.started);
  if (running) at = Math.max(at, (now.getTime() - Date.parse(started)) / 1000);
  const last = lines.at(-1);
  const of = <Type extends RunEvent["type"]>(type: Type) =>
    lines.filter((line) => line.type === type) as unknown as Extract<RunEvent, { type: Type }>[];
  const models = progress.total();
  return {
    state: running ? "running" : endOf(lines),
    log: path,
    started,
    host: textOf(header.host),
    pid: Number(header.pid ?? 0),
    file: textOf(header.file),
    options: isJsonObject(header.options) ? header.options : {},
    seconds: at,
    ...(last?.type === "finished" && { summary: summaryOf(last) }),
    ...(last?.type === "broken" && { error: last.error as unknown as Failure }),
    ...(models && { models }),
    working: [...progress.stages].flatMap(({ name, started, ended }) =>
      [...started.keys()].every((instance) => ended.has(instance)) ? [] : [workingStage(name, progress)]
    ),
    failed: of("item-failed").map(({ stage, item, error, log }) => ({
      stage,
      item,
      error,
      ...(log && { log }),
    })),
    failedStages: of("stage-failed").map(({ stage, error }) => ({ stage, error })),
    skipped: of("stage-skipped").map(({ stage }) => stage),
    warnings: [...new Set(of("warning").map(({ message }) => message))],
  };
}

function endOf(lines: readonly LogLine[]): RunStatus["state"] {
  const last = lines.at(-1);
  if (last?.type === "finished") {
    if (last.ended === undefined) return "finished";
    return last.ended === "budget" ? "stopped" : "interrupted";
  }
  if (last?.type === "broken") return "broken";
  return lines.some(({ type }) => type === "interrupted") ? "interrupted" : "killed";
}

function summaryOf({ type: _, at: __, ended: ___, ...summary }: LogLine): RunStatus["summary"] {
  return summary as unknown as RunStatus["summary"];
}

function workingStage(stage: string, progress: RunProgress): WorkingStage {
  const work = progress.work(stage);
  return { stage, ...(work && { work }) };
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
