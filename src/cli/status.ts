import { type RunStatus, status, type StatusReport } from "../mod.ts";
import { type Command, EXIT, OUTPUTS_OPTION } from "./command.ts";
import { type Paint, printData, styler } from "./output.ts";
import { count, duration, firstLine, runText, workText } from "./text.ts";

export const statusCommand: Command = {
  name: "status",
  summary: "Show how a run goes, or how the last one went: what failed, and why",
  operand: { name: "FILE", least: 1, most: 1, description: "the pipeline" },
  options: {
    outputs: OUTPUTS_OPTION,
    format: { value: "FORMAT", among: ["text", "json"], description: "text (default) or json" },
  },
  examples: [
    ["weft status pipelines/mnist.yaml", "of a run in another terminal, or on another machine, too"],
    ["weft status pipelines/mnist.yaml --format json", "the same for programs"],
    ["watch -n 5 weft status pipelines/mnist.yaml", "again and again"],
  ],
  run: async ({ operands, values }) => {
    const report = await status(operands[0]!, { outputs: values.outputs ?? "outputs" });
    printData(
      values.format === "json"
        ? `${JSON.stringify(report, null, 2)}\n`
        : statusText(report, operands[0]!, styler(Deno.stdout)),
    );
    return EXIT.done;
  },
};

const MAX_FAILURES = 20;
const MAX_WARNINGS = 10;

/** @param file the pipeline, as the user named it @param now for how long ago something was */
export function statusText(
  { pipeline, runs, warnings }: StatusReport,
  file: string,
  paint: Paint,
  now = new Date(),
): string {
  const told = warnings.map((message) => `${paint("yellow", "warning:")} ${message}`);
  const blocks = runs.length === 0
    ? [`${paint("bold", pipeline)}: never run\nnext: weft run ${file}`]
    : runs.map((run) => runLines(pipeline, run, file, paint, now).join("\n"));
  return `${[...told, blocks.join("\n\n")].join("\n")}\n`;
}

function runLines(pipeline: string, run: RunStatus, file: string, paint: Paint, now: Date): string[] {
  return [
    `${paint("bold", pipeline)}: ${headline(run, now)}`,
    ...countLines(run),
    ...(run.state === "running" ? run.working.map(workingLine) : []),
    ...failureLines(run, paint),
    ...warningLines(run, paint),
    ...nextLines(run, file),
  ];
}

function headline({ state, pid, host, started, seconds, summary }: RunStatus, now: Date): string {
  const since = `${clockTime(started)} (${duration(seconds)})`;
  const end = clockTime(new Date(Date.parse(started) + seconds * 1000).toISOString());
  const ago = Math.max(0, (now.getTime() - Date.parse(started)) / 1000 - seconds);
  const when = `${end}, ${duration(ago)} ago, after ${duration(seconds)}`;
  switch (state) {
    case "running":
      return `running since ${since}, process ${pid} on ${host}`;
    case "finished":
      return `${summary?.ok ? "done" : "ended with failures"} at ${when}`;
    case "interrupted":
      return `interrupted at ${when}`;
    case "stopped":
      return `stopped at ${when}, for its budget was spent`;
    case "broken":
      return `broke off at ${when}`;
    case "killed":
      return `killed: process ${pid} on ${host} ended without a word at about ${when}`;
    default:
      return state satisfies never;
  }
}

function countLines({ summary, models, state, error }: RunStatus): string[] {
  const lines: string[] = [];
  if (summary !== undefined) {
    const { stages, models } = summary;
    lines.push(
      `  ${count(models.trained, "model")} trained, ${models.stored} stored, ${models.failed} failed; ` +
        `stages: ${stages.ran} run, ${stages.stored} stored, ${stages.failed} failed, ${stages.skipped} left out`,
    );
  } else if (models !== undefined) {
    const running = state === "running" && models.running > 0 ? `, ${models.running} in work` : "";
    lines.push(
      `  ${
        state === "running" ? workText(models) : `${models.done} of ${count(models.total, models.noun)}`
      }${running}`,
    );
  }
  if (error !== undefined) {
    lines.push(`  ${error.message}`, ...(error.help === undefined ? [] : [`  help: ${error.help}`]));
  }
  return lines;
}

function workingLine({ stage, work }: RunStatus["working"][number]): string {
  return work === undefined ? `  ${stage}` : `  ${stage}  ${workText(work)}`;
}

function failureLines({ failed, failedStages, skipped }: RunStatus, paint: Paint): string[] {
  const items = failed.slice(0, MAX_FAILURES).flatMap(({ stage, item, error, log }) => [
    `  ${paint("red", "failed:")} ${stage}/${item}: ${firstLine(error.message)}`,
    ...(log === undefined ? [] : [`    log: ${log}`]),
  ]);
  const stages = failedStages.slice(0, MAX_FAILURES).map(({ stage, error }) =>
    `  ${paint("red", "failed:")} stage ${stage}: ${firstLine(error.message)}`
  );
  return [
    ...items,
    ...more(failed.length, MAX_FAILURES),
    ...stages,
    ...more(failedStages.length, MAX_FAILURES),
    ...(skipped.length === 0 ? [] : [`  left out, for an input has no output: ${listed(skipped)}`]),
  ];
}

function warningLines({ warnings }: RunStatus, paint: Paint): string[] {
  const shown = warnings.slice(0, MAX_WARNINGS).map((message) =>
    `  ${paint("yellow", "warning:")} ${firstLine(message)}`
  );
  return [...shown, ...more(warnings.length, MAX_WARNINGS)];
}

function more(all: number, shown: number): string[] {
  return all > shown ? [`  and ${all - shown} more: all with --format json`] : [];
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MAX_WARNINGS).join(", ");
  return names.length > MAX_WARNINGS ? `${shown} and ${names.length - MAX_WARNINGS} more` : shown;
}

/** What to do now. */
function nextLines({ state, summary, failed, options }: RunStatus, file: string): string[] {
  if (state === "running" || summary?.ok) return [];
  const again = `next: ${runText(file, whatWasAsked(options))}`;
  if (failed.length > 0 && state === "finished") {
    return [`${again} tries what failed again; what is stored is not computed again`];
  }
  return [`${again} goes on from there`];
}

/** Of the options that a log names those that decide what is made. */
function whatWasAsked({ set, params, only }: RunStatus["options"]) {
  const texts = (value: unknown) => Array.isArray(value) ? value.map(String) : [];
  return { set: texts(set), params: texts(params), ...(typeof only === "string" && { only }) };
}

/** "2026-11-23 04:50:12", in the zone of this machine. */
function clockTime(time: string): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return "an unknown time";
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace("T", " ");
}
