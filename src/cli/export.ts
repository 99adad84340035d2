import { type ExportReport, exportStage } from "../mod.ts";
import { type Command, EXIT, givenParams, OUTPUTS_OPTION, PARAM_OPTIONS } from "./command.ts";
import { Interruption } from "./interruption.ts";
import { printLine, styler } from "./output.ts";
import { count } from "./text.ts";
import { printProblems } from "./validate.ts";

export const exportCommand: Command = {
  name: "export",
  summary: "Write trained networks for other programs: weights, metrics and TensorFlow models",
  operand: {
    name: "FILE STAGE",
    least: 2,
    most: 2,
    description: "the pipeline, and a stage that trains, or an instance of one",
  },
  options: {
    to: { value: "DIR", description: "where to write it (default: export/<pipeline>/<stage>)" },
    "no-networks": { description: "leave out the TensorFlow SavedModels, which take the engine" },
    ...PARAM_OPTIONS,
    outputs: OUTPUTS_OPTION,
  },
  examples: [
    ["weft export pipelines/mnist.yaml trained", "everything, into export/mnist/trained"],
    ["weft export pipelines/mnist.yaml trained --to zoo --no-networks", "weights and metrics alone"],
  ],
  run: async (args) => {
    const { operands, values, switches } = args;
    const paint = styler(Deno.stderr);
    const interruption = new Interruption(() => printLine("stopping; nothing is exported"), () => {});
    try {
      const reports = await exportStage(operands[0]!, operands[1]!, {
        outputs: values.outputs ?? "outputs",
        ...(values.to !== undefined && { to: values.to }),
        networks: !switches.has("no-networks"),
        ...givenParams(args),
        signal: interruption.signal,
        warn: (message) => printLine(`${paint("yellow", "warning:")} ${message}`),
        progress: progressLines(),
      });
      if (!reports.ok) {
        printProblems(reports.error);
        return EXIT.wrong;
      }
      for (const report of reports.value) printLine(exportedText(report));
      return EXIT.done;
    } catch (error) {
      if (interruption.signal.aborted) return EXIT.interrupted;
      throw error;
    } finally {
      interruption.end();
    }
  },
};

function exportedText({ instance, folder, members, checkpoints }: ExportReport): string {
  return `exported ${instance}: ${count(members, "model")}, ${count(checkpoints, "checkpoint")} in ${folder}`;
}

const MILLISECONDS_BETWEEN = 2000;

/** A line from time to time, for what takes long. */
function progressLines(): (instance: string, done: number, total: number) => void {
  let told = performance.now();
  return (instance, done, total) => {
    if (performance.now() - told < MILLISECONDS_BETWEEN) return;
    told = performance.now();
    printLine(`exporting ${instance}: ${done} of ${total} models`);
  };
}
