import { plan, type PlanReport, type StageOutlook } from "../mod.ts";
import type { Arguments } from "./arguments.ts";
import { type Command, EXIT, ONLY_OPTION, OUTPUTS_OPTION } from "./command.ts";
import { printData, printLine, styler } from "./output.ts";
import { outlookText } from "./run_lines.ts";
import { alignColumns, duration } from "./text.ts";
import { printProblems } from "./validate.ts";

const WIDTH = 100;

export const planCommand: Command = {
  name: "plan",
  summary: "Show what a run would do: what is stored, what must run, and why",
  operand: { name: "FILE", least: 1, most: 1, description: "the pipeline" },
  options: {
    format: { value: "FORMAT", among: ["text", "json"], description: "text (default) or json" },
    only: ONLY_OPTION,
    outputs: OUTPUTS_OPTION,
  },
  examples: [
    ["weft plan pipelines/mnist.yaml", "a table of the stages"],
    ["weft plan pipelines/mnist.yaml --format json", "the same for programs"],
    ["weft plan pipelines/mnist.yaml --only quality", "one stage and what it needs"],
  ],
  run: runPlan,
};

/** Also `weft run --dry-run`. */
export async function runPlan({ operands, values }: Arguments): Promise<number> {
  const paint = styler(Deno.stderr);
  const warn = (message: string) => printLine(`${paint("yellow", "warning:")} ${message}`);
  const report = await plan(operands[0]!, { outputs: values.outputs ?? "outputs", only: values.only, warn });
  if (!report.ok) {
    printProblems(report.error);
    return EXIT.wrong;
  }
  const json = () => `${JSON.stringify(planJson(report.value), null, 2)}\n`;
  printData(values.format === "json" ? json() : planText(report.value));
  return EXIT.done;
}

/** The table for people. */
export function planText({ pipeline, stages }: PlanReport): string {
  const rows = stages.map(({ stage, kind, status, items, why }) => [
    stage,
    kind,
    status,
    items?.place === "engine" ? String(items.stored) : "",
    items?.place === "engine" ? String(items.missing) : "",
    why.join("; "),
  ]);
  const seconds = expectedSeconds(stages);
  const total = seconds ? [`about ${duration(seconds)} on this machine`] : [];
  const table = alignColumns([["stage", "kind", "status", "stored", "to train", "why"], ...rows], WIDTH);
  return [...table, "", [`${pipeline}: ${outlookText(stages)}`, ...total].join("; "), ""].join("\n");
}

/** `{pipeline, stages: [{name, kind, status, models?, why}], totals: {models, seconds}}` */
export function planJson({ pipeline, stages }: PlanReport) {
  const listed = stages.map(({ stage: name, kind, status, items, why }) => ({
    name,
    kind,
    status,
    ...(items?.place === "engine"
      ? { models: { stored: items.stored, train: items.missing, unknown: 0 } }
      : {}),
    why,
  }));
  const sum = (key: "stored" | "train" | "unknown") =>
    listed.reduce((total, { models }) => total + (models?.[key] ?? 0), 0);
  const models = { stored: sum("stored"), train: sum("train"), unknown: sum("unknown") };
  return { pipeline, stages: listed, totals: { models, seconds: expectedSeconds(stages) } };
}

/** How long the missing items may take with all cores busy; null where nothing stored tells the pace. */
function expectedSeconds(stages: readonly StageOutlook[]): number | null {
  let seconds = 0;
  for (const { items } of stages) {
    if (items === undefined || items.missing === 0) continue;
    if (items.seconds === undefined) return null;
    seconds += items.seconds;
  }
  return seconds / navigator.hardwareConcurrency;
}
