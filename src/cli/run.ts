import { run, type RunReport, type RunResult, UsageError } from "../mod.ts";
import { type Arguments, positiveInteger } from "./arguments.ts";
import { type Command, EXIT, givenParams, ONLY_OPTION, OUTPUTS_OPTION, PARAM_OPTIONS } from "./command.ts";
import { Interruption } from "./interruption.ts";
import { printData, printLine } from "./output.ts";
import { runPlan } from "./plan.ts";
import { NdjsonPrinter, peoplePrinter } from "./printers.ts";
import { count, duration } from "./text.ts";
import { printProblems } from "./validate.ts";

export const runCommand: Command = {
  name: "run",
  summary: "Run a pipeline: compute what is not stored, and write tables and figures",
  operand: { name: "FILE", least: 1, most: 1, description: "the pipeline; - is standard input" },
  options: {
    ...PARAM_OPTIONS,
    concurrency: { value: "N", description: "models at once (default: one a core)" },
    only: ONLY_OPTION,
    outputs: OUTPUTS_OPTION,
    "dry-run": { description: "show what would run, as weft plan does" },
    setup: { description: "install the engine first if it is needed and missing" },
    format: {
      value: "FORMAT",
      among: ["text", "ndjson"],
      description: "text (default), or ndjson: an event a line",
    },
  },
  examples: [
    ["weft run pipelines/quickstart.yaml", "everything; what is stored is not computed again"],
    ["weft run pipelines/mnist.yaml --only quality", "one stage and what it needs"],
    ["weft run widths.yaml --set models=120 --set training.batch_size=32", "with other values of params"],
    ["weft run pipelines/mnist.yaml --concurrency 1", "one model at a time"],
  ],
  run: (args) => args.switches.has("dry-run") ? dryRun(args) : runPipeline(args),
};

async function dryRun(args: Arguments): Promise<number> {
  if (args.values.format !== "ndjson") return await runPlan(args);
  throw new UsageError(
    "Cannot show a dry run as ndjson: nothing happens in it",
    'see "weft plan FILE --format json"',
  );
}

async function runPipeline(args: Arguments): Promise<number> {
  const { operands, values, switches } = args;
  const concurrency = values.concurrency === undefined
    ? navigator.hardwareConcurrency
    : positiveInteger("concurrency", values.concurrency);
  const printer = values.format === "ndjson" ? new NdjsonPrinter() : peoplePrinter();
  const interruption = new Interruption(
    () => printer.say("stopping; what is stored stays stored, and the next run goes on from there"),
    () => printer.end(),
  );
  try {
    const report = await run(operands[0]!, {
      outputs: values.outputs ?? "outputs",
      only: values.only,
      ...givenParams(args),
      checked: printProblems,
      concurrency,
      setup: switches.has("setup"),
      signal: interruption.signal,
      emit: (event) => printer.take(event),
    });
    printer.end(); // before the last lines
    if (report.ok) return tellEnd(report.value, values.format === "ndjson");
    printProblems(report.error);
    return EXIT.wrong;
  } catch (error) {
    if (interruption.signal.aborted) return EXIT.interrupted; // while the engine was installed
    throw error;
  } finally {
    printer.end();
    interruption.end();
  }
}

/** The last lines of a run, and its exit code. */
function tellEnd({ result, folder, figures }: RunReport, ndjson: boolean): number {
  if (ndjson) printData(`${JSON.stringify({ type: "finished", ...summary(result) })}\n`);
  else endLines(result, folder, figures).forEach(printLine);
  if (result.interrupted) return EXIT.interrupted;
  return result.ok ? EXIT.done : EXIT.failed;
}

/** `{ok, stages: {ran, stored, failed, skipped}, models: {trained, stored, failed}, seconds}`; a model counts once */
export function summary({ ok, stages, seconds }: RunResult) {
  const having = (...statuses: RunResult["stages"][number]["status"][]) =>
    stages.filter(({ status }) => statuses.includes(status)).length;
  const models = stages.flatMap(({ items }) => items?.place === "engine" ? [items] : []);
  const sum = (key: "ran" | "stored" | "failed") => models.reduce((total, items) => total + items[key], 0);
  const shared = models.reduce((total, items) => total + (items.shared ?? 0), 0);
  return {
    ok,
    stages: {
      ran: having("ran", "partial"),
      stored: having("stored"),
      failed: having("failed"),
      skipped: having("skipped", "interrupted"),
    },
    models: { trained: sum("ran"), stored: sum("stored") - shared, failed: sum("failed") },
    seconds,
  };
}

const MAX_FIGURES_NAMED = 6;

function endLines(result: RunResult, folder: string, figures: readonly string[]): string[] {
  const { stages, models, seconds } = summary(result);
  const told = [
    `${count(models.trained, "model")} trained, ${models.stored} stored`,
    ...(models.failed > 0 ? [`${models.failed} failed`] : []),
    ...(stages.failed > 0 ? [`${count(stages.failed, "stage")} failed`] : []),
    duration(seconds),
  ];
  if (result.interrupted) return [`interrupted: ${told.join(", ")}; run again to go on`];
  const named = figures.length <= MAX_FIGURES_NAMED
    ? figures.join(" ")
    : `${figures.length} in ${folder}/figures`;
  const where = figures.length > 0 ? [`figures: ${named}`] : [`results: ${folder}`];
  return [`${result.ok ? "done" : "ended with failures"}: ${told.join(", ")}`, ...where];
}
