import { formatBytes, type Place, why, type WhyReport } from "../mod.ts";
import { type Command, EXIT, givenParams, OUTPUTS_OPTION, PARAM_OPTIONS } from "./command.ts";
import { type Paint, printData, printLine, styler } from "./output.ts";
import { placeText, reasonText } from "./plan_table.ts";
import { duration, firstLine, runText } from "./text.ts";
import { printProblems } from "./validate.ts";

export const whyCommand: Command = {
  name: "why",
  summary: "Show where a result came from, back to settings, data and engine; or why it is not there",
  operand: {
    name: "FILE INSTANCE[/MEMBER]",
    least: 2,
    most: 2,
    description: "the pipeline, and a stage, an instance of one, or one of its models",
  },
  options: {
    ...PARAM_OPTIONS,
    outputs: OUTPUTS_OPTION,
    format: { value: "FORMAT", among: ["text", "json"], description: "text (default) or json" },
  },
  examples: [
    ["weft why pipelines/mnist.yaml trained", "all models of a stage"],
    ["weft why pipelines/mnist.yaml trained/7", "one of them: its settings, its seed, how it ended"],
    ["weft why pipelines/mnist.yaml figure2/data=mnist", "an instance of a stage"],
  ],
  run: async (args) => {
    const { operands, values } = args;
    const paint = styler(Deno.stderr);
    const report = await why(operands[0]!, operands[1]!, {
      outputs: values.outputs ?? "outputs",
      ...givenParams(args),
      warn: (message) => printLine(`${paint("yellow", "warning:")} ${message}`),
    });
    if (!report.ok) {
      printProblems(report.error);
      return EXIT.wrong;
    }
    printData(
      values.format === "json"
        ? `${JSON.stringify(report.value, null, 2)}\n`
        : whyText(report.value, runText(operands[0]!, givenParams(args)), styler(Deno.stdout)),
    );
    return EXIT.done;
  },
};

const MAX_LISTED = 12;
const MAX_OBJECTS = 4;

/** @param run the command that makes it */
export function whyText(report: WhyReport, run: string, paint: Paint): string {
  const { instance, member, kind, version, identity, output, engine, made } = report;
  const name = member === undefined ? instance : `${instance}/${member.id}`;
  const lines = [
    `${paint("bold", name)}: ${kind} (version ${version}), ${STATES[report.state]}`,
    ...missingLines(report, run, paint),
    ...row("made", made && `${made.time} on ${made.host}, in ${duration(made.seconds)}`),
    ...row("engine", engine),
    ...row("identity", identity),
    ...row("output", output),
    ...memberLines(report),
    ...list(
      "settings",
      report.settings.map(({ setting, value, at, from }) =>
        `${setting} ${JSON.stringify(value)}  (${places(at, from)})`
      ),
    ),
    ...list(
      "from",
      report.sources.map(({ instance, kind, output }) =>
        `${instance} (${kind})  ${output === undefined ? "not there yet" : `${output.slice(0, 12)}…`}`
      ),
    ),
    ...objectLines(report),
    ...list("files", report.files),
  ];
  return `${lines.join("\n")}\n`;
}

const STATES: Readonly<Record<WhyReport["state"], string>> = {
  planned: "made by planning",
  stored: "stored",
  missing: "not stored",
};

function missingLines({ state, why, failure }: WhyReport, run: string, paint: Paint): string[] {
  const failed = failure === undefined ? [] : [
    `  ${paint("red", "failed in the last run:")} ${firstLine(failure.message)}`,
    ...(failure.help === undefined ? [] : [`    help: ${failure.help}`]),
    ...(failure.log === undefined ? [] : [`    log: ${failure.log}`]),
  ];
  if (state !== "missing") return [];
  const first = why.some(({ reason }) => reason === "absent") ? "put it there, then " : "";
  return [...why.map((reason) => `  ${reasonText(reason)}`), ...failed, `  next: ${first}${run}`];
}

function memberLines({ member }: WhyReport): string[] {
  if (member === undefined) return [];
  const { seed, settings, metrics, status } = member;
  return [
    ...row("ended", status),
    ...row("seed", seed),
    ...(member.case ? row("case", member.case) : []),
    ...list(
      "drawn",
      Object.entries(settings).map(([path, value]) => `${path} ${JSON.stringify(value)}`),
      Infinity,
    ),
    ...list(
      "metrics",
      Object.entries(metrics).map(([metric, value]) => `${metric} ${value ?? "not finite"}`),
      Infinity,
    ),
  ];
}

/** A population has one for each model: those of a model are named where that is asked for. */
function objectLines({ objects }: WhyReport): string[] {
  const total = objects.reduce((total, { size }) => total + (size ?? 0), 0);
  if (objects.length > MAX_OBJECTS) return row("objects", `${objects.length}, ${formatBytes(total)} in all`);
  return list(
    "objects",
    objects.map(({ digest, size }) => `${digest}  ${size === null ? "gone" : formatBytes(size)}`),
  );
}

function row(title: string, text: string | undefined): string[] {
  return text === undefined ? [] : [`  ${title.padEnd(10)}${text}`];
}

function list(title: string, texts: readonly string[], most = MAX_LISTED): string[] {
  const shown = texts.slice(0, most).map((text, i) => `  ${(i === 0 ? title : "").padEnd(10)}${text}`);
  return texts.length > most
    ? [...shown, `  ${" ".repeat(10)}and ${texts.length - most} more: all with --format json`]
    : shown;
}

function places(at: Place, from: Place | undefined): string {
  return from === undefined ? placeText(at) : `${placeText(at)}, from ${placeText(from)}`;
}
