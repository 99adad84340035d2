import { run, type RunReport, UsageError } from "../mod.ts";
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
    resource: {
      value: "NAME=AMOUNT",
      many: true,
      description: "how much there is of a resource that the pipeline names; may stand several times",
    },
    only: ONLY_OPTION,
    force: {
      value: "STAGE",
      many: true,
      description: "make this stage, or instances of it, anew although it is stored; may stand several times",
    },
    "fail-fast": { description: "stop as soon as a model fails; those in work keep their state" },
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
  const { operands, values, lists, switches } = args;
  const ndjson = values.format === "ndjson";
  const concurrency = values.concurrency === undefined
    ? navigator.hardwareConcurrency
    : positiveInteger("concurrency", values.concurrency);
  const resources = Object.fromEntries((lists.resource ?? []).map(resourceAmount));
  const interruption = new Interruption((why) => printer.say(stopping(why)), () => printer.end());
  const printer = ndjson
    ? new NdjsonPrinter(() => interruption.interrupt("nobody reads the events any more"))
    : peoplePrinter();
  try {
    const report = await run(operands[0]!, {
      outputs: values.outputs ?? "outputs",
      only: values.only,
      force: lists.force ?? [],
      ...givenParams(args),
      checked: printProblems,
      concurrency,
      resources,
      failFast: switches.has("fail-fast"),
      setup: switches.has("setup"),
      signal: interruption.signal,
      emit: (event) => printer.take(event),
    });
    printer.end(); // before the last lines
    if (report.ok) return tellEnd(report.value, args);
    printProblems(report.error);
    return EXIT.wrong;
  } catch (error) {
    const isAbort = error instanceof DOMException && error.name === "AbortError";
    if (interruption.signal.aborted && isAbort) return EXIT.interrupted; // before any stage ran
    throw error;
  } finally {
    printer.end();
    interruption.end();
  }
}

function stopping(why: string | undefined): string {
  return `stopping${
    why === undefined ? "" : `, for ${why}`
  }: models in work keep their state, and results so far are ` +
    "written; once more ends it at once";
}

/** @throws {UsageError} If the text is not `NAME=AMOUNT` */
function resourceAmount(text: string): [name: string, amount: number] {
  const [, name, amount] = /^([a-z][a-z0-9_-]*)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (name !== undefined && Number(amount) > 0) return [name, Number(amount)];
  throw new UsageError(
    `Cannot read --resource "${text}": expected a name, "=" and a number above 0`,
    "for example --resource memory=16",
  );
}

/** The last lines of a run, and its exit code. */
function tellEnd(report: RunReport, { values, switches }: Arguments): number {
  const { summary } = report;
  if (values.format === "ndjson") printData(`${JSON.stringify({ type: "finished", ...summary })}\n`);
  else endLines(report, switches.has("fail-fast")).forEach(printLine);
  if (summary.ended === "interrupted") return EXIT.interrupted;
  return summary.ok ? EXIT.done : EXIT.failed;
}

const MAX_FIGURES_NAMED = 6;

function endLines({ summary, folder, figures }: RunReport, failFast: boolean): string[] {
  const { ok, ended, stages, models, seconds } = summary;
  const told = [
    `${count(models.trained, "model")} trained, ${models.stored} stored`,
    ...(models.failed > 0 ? [`${models.failed} failed`] : []),
    ...(stages.failed > 0 ? [`${count(stages.failed, "stage")} failed`] : []),
    duration(seconds),
  ].join(", ");
  if (ended === "interrupted") return [`interrupted: ${told}; run again to go on`];
  if (ended === "budget") {
    const why = failFast && models.failed > 0
      ? "stopped at the first failure"
      : "stopped, for its budget is spent";
    return [`${why}: ${told}; run again to go on`];
  }
  const named = figures.length <= MAX_FIGURES_NAMED
    ? figures.join(" ")
    : `${figures.length} in ${folder}/figures`;
  const where = figures.length > 0 ? [`figures: ${named}`] : [`results: ${folder}`];
  return [`${ok ? "done" : "ended with failures"}: ${told}`, ...where];
}
