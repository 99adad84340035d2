import { plan, type PlanReport, type StageOutlook } from "../mod.ts";
import type { Arguments } from "./arguments.ts";
import { type Command, EXIT, givenParams, ONLY_OPTION, OUTPUTS_OPTION, PARAM_OPTIONS } from "./command.ts";
import { printData, printLine, styler } from "./output.ts";
import { planText } from "./plan_table.ts";
import { printProblems } from "./validate.ts";

export const planCommand: Command = {
  name: "plan",
  summary: "Show what a run would do: what is stored, what must run, and why",
  operand: { name: "FILE", least: 1, most: 1, description: "the pipeline; - is standard input" },
  options: {
    ...PARAM_OPTIONS,
    only: ONLY_OPTION,
    expand: { description: "every instance by itself" },
    outputs: OUTPUTS_OPTION,
    format: { value: "FORMAT", among: ["text", "json"], description: "text (default) or json" },
  },
  examples: [
    ["weft plan pipelines/mnist.yaml", "a table of the stages"],
    ["weft plan pipelines/mnist.yaml --format json", "the same for programs"],
    ["weft plan pipelines/mnist.yaml --only quality", "one stage and what it needs"],
    ["weft plan widths.yaml --set models=120", "with another value of a param"],
  ],
  run: runPlan,
};

/** Also `weft run --dry-run`. */
export async function runPlan(args: Arguments): Promise<number> {
  const { operands, values, lists, switches } = args;
  const paint = styler(Deno.stderr);
  const report = await plan(operands[0]!, {
    outputs: values.outputs ?? "outputs",
    only: values.only,
    force: lists.force ?? [],
    ...givenParams(args),
    checked: printProblems,
    warn: (message) => printLine(`${paint("yellow", "warning:")} ${message}`),
  });
  if (!report.ok) {
    printProblems(report.error);
    return EXIT.wrong;
  }
  const seconds = expectedSeconds(report.value.stages);
  printData(
    values.format === "json"
      ? `${JSON.stringify(planJson(report.value), null, 2)}\n`
      : planText(report.value, { expand: switches.has("expand"), seconds }),
  );
  return EXIT.done;
}

/** `{pipeline, stages: [{name, kind, status, models?, why}], totals: {models, seconds}}`: plan.output.schema.json */
export function planJson({ pipeline, stages }: PlanReport) {
  const listed = stages.map(({ stage: name, kind, status, items, why }) => ({
    name,
    kind,
    status,
    ...(items?.place === "engine"
      ? { models: { stored: items.stored, train: items.missing, unknown: items.unknown ?? 0 } }
      : {}),
    why,
  }));
  const sum = (key: "stored" | "train" | "unknown") =>
    listed.reduce((total, { models }) => total + (models?.[key] ?? 0), 0);
  const shared = stages.reduce(
    (total, { items }) => total + (items?.place === "engine" ? items.shared ?? 0 : 0),
    0,
  );
  const models = { stored: sum("stored") - shared, train: sum("train"), unknown: sum("unknown") };
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
