import { type Failure, type ItemCounts, type RunEvent, stageOf, type StageOutlook } from "../mod.ts";
import type { Paint } from "./output.ts";
import type { Ending, StageEnd } from "./run_view.ts";
import { count, duration } from "./text.ts";

/** The lines about an event that stay on the screen; none for an event that only moves progress on. */
export function lastingLines(event: RunEvent, paint: Paint): string[] {
  switch (event.type) {
    case "started":
      return [`${paint("bold", event.pipeline)}: ${outlookText(event.stages)}`];
    case "stage-finished":
      return event.result.status === "stored" ? [] : [finishedLine(event.stage, event.result, paint)];
    case "stage-failed":
      return failureLines(`stage ${event.stage}`, event.error, paint);
    case "stage-skipped":
      return [`${paint("yellow", "-")} ${event.stage}: skipped, for ${event.because} has no output`];
    case "item-failed":
      return failureLines(`${event.stage}/${event.item}`, event.error, paint);
    case "engine-died":
      return [
        `${paint("yellow", "warning:")} the engine process ended with ${event.cause}` +
        (event.retried > 0 ? `; what was in it is tried again, one by one` : ""),
      ];
    case "warning":
      return [`${paint("yellow", "warning:")} ${event.message}`];
    case "stage-started":
    case "item-started":
    case "item-progress":
    case "item-finished":
    case "preparing":
    case "engine-started":
      return [];
    default:
      return event satisfies never;
  }
}

/** What the stages before a run come to: "7 stages, 3 of them stored; 24 models: 20 stored, 4 to train". */
export function outlookText(stages: readonly StageOutlook[]): string {
  const stored = stages.filter(({ status }) => status === "stored").length;
  const models = stages.flatMap(({ items }) => items?.place === "engine" ? [items] : []);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);
  const have = sum(models.map(({ stored, shared = 0 }) => stored - shared));
  const train = sum(models.map(({ missing }) => missing));
  const names = new Set(stages.map(({ stage }) => stageOf(stage)));
  const instances = names.size < stages.length ? ` in ${count(stages.length, "instance")}` : "";
  const stagesText = `${count(names.size, "stage")}${instances}, ${stored} stored`;
  return models.length === 0
    ? stagesText
    : `${stagesText}; ${count(have + train, models[0]!.noun)}, ${have} stored, ${train} to train`;
}

/** The line about a stage with several instances, once all have ended. */
export function stageEndLine({ stage, endings, items, seconds }: StageEnd, paint: Paint): string {
  const having = (ending: Ending) => endings.filter((one) => one === ending).length;
  const [ran, failed, skipped] = [having("ran") + having("partial"), having("failed"), having("skipped")];
  const mark = failed + skipped + having("partial") > 0 ? paint("yellow", "!") : paint("green", "✓");
  const parts = [
    `${ran} of ${count(endings.length, "instance")}`,
    ...(failed > 0 ? [paint("red", `${failed} failed`)] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
    ...itemParts(items, paint),
  ];
  return `${mark} ${stage}: ${[...parts, duration(seconds)].join(", ")}`;
}

function finishedLine(
  stage: string,
  { status, items, seconds }: Extract<RunEvent, { type: "stage-finished" }>["result"],
  paint: Paint,
): string {
  const mark = status === "partial" ? paint("yellow", "!") : paint("green", "✓");
  return `${mark} ${stage}: ${[...itemParts(items, paint), duration(seconds)].join(", ")}`;
}

function itemParts(items: ItemCounts | undefined, paint: Paint): string[] {
  return items === undefined ? [] : [
    `${items.ran} of ${count(items.stored + items.ran + items.failed, items.noun)}`,
    ...(items.stored > 0 ? [`${items.stored} stored`] : []),
    ...(items.failed > 0 ? [paint("red", `${items.failed} failed`)] : []),
  ];
}

function failureLines(what: string, { message, help, stack }: Failure, paint: Paint): string[] {
  const lines = [`${paint("red", "error:")} ${what}: ${message}`];
  if (help !== undefined) lines.push(`  ${paint("cyan", "help:")} ${help}`);
  if (stack !== undefined && Deno.env.get("WEFT_DEBUG") === "1") lines.push(stack);
  return lines;
}
