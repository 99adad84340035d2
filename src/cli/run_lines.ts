import {
  type Ending,
  type Failure,
  formatBytes,
  type ItemCounts,
  type RunEvent,
  type StageEnd,
  stageOf,
  type StageOutlook,
} from "../mod.ts";
import type { Paint } from "./output.ts";
import { count, duration, firstLine } from "./text.ts";

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
      return [
        ...failureLines(`${event.stage}/${event.item}`, event.error, paint),
        ...(event.log === undefined ? [] : [`  ${paint("cyan", "log:")} ${event.log}`]),
      ];
    case "engine-died":
      return [
        `${paint("yellow", "warning:")} the engine process ended with ${event.cause}` +
        (event.retried > 0 ? `; what was in it is tried again, one by one` : ""),
      ];
    case "engine-killed":
      return [
        `${paint("yellow", "warning:")} the engine process was killed: ${event.message}` +
        (event.retried > 0 ? `; what else was in it is tried again` : ""),
      ];
    case "engine-recycled":
      return [
        `the engine process uses ${formatBytes(event.bytes)} of memory: a new one takes what comes next`,
      ];
    case "item-retried":
      return [
        `${paint("yellow", "again:")} ${itemName(event)} in ${duration(event.seconds)}, after attempt ` +
        `${event.attempt}: ${firstLine(event.error.message)}`,
      ];
    case "item-waits":
      return event.item === undefined ? [`${event.stage}: another run is making it; this one waits`] : [];
    case "budget-spent":
      return [`${paint("yellow", "stopping:")} ${event.message}`];
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
  const unknown = sum(models.map(({ unknown = 0 }) => unknown));
  const names = new Set(stages.map(({ stage }) => stageOf(stage)));
  const instances = names.size < stages.length ? ` in ${count(stages.length, "instance")}` : "";
  const stagesText = `${count(names.size, "stage")}${instances}, ${stored} stored`;
  return models.length === 0
    ? stagesText
    : `${stagesText}; ${count(have + train + unknown, models[0]!.noun)}, ${have} stored, ${train} to train` +
      (unknown > 0 ? `, ${unknown} unknown` : "");
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

function itemName({ stage, item }: { readonly stage: string; readonly item?: string }): string {
  return item === undefined ? `stage ${stage}` : `${stage}/${item}`;
}

function failureLines(what: string, { message, help, stack }: Failure, paint: Paint): string[] {
  const lines = [`${paint("red", "error:")} ${what}: ${message}`];
  if (help !== undefined) lines.push(`  ${paint("cyan", "help:")} ${help}`);
  if (stack !== undefined && Deno.env.get("WEFT_DEBUG") === "1") lines.push(stack);
  return lines;
}
