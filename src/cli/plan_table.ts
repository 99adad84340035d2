import {
  type ItemOutlook,
  itemsMessage,
  type Place,
  type PlanReport,
  type Reason,
  stageOf,
  type StageOutlook,
} from "../mod.ts";
import { outlookText } from "./run_lines.ts";
import { count, duration, wrap } from "./text.ts";

const WIDTH = 100;
const INDENT = "    ";
/** Instances that run for the same reasons: a row each up to so many. */
const MAX_LISTED = 12;
const COLUMNS = ["stage", "kind", "status", "stored", "to train"] as const;

/**
 * The table for people, at most 100 columns wide: a row a stage and below it why it runs. Instances of a stage share a row
 * where all are alike, and those that are stored or very many.
 * @param seconds how long the run may take
 */
export function planText(
  { pipeline, stages }: PlanReport,
  { expand, seconds }: { readonly expand: boolean; readonly seconds: number | null },
): string {
  const rows = expand
    ? stages.map((stage) => rowOf([stage], stage.stage, false))
    : [...Map.groupBy(stages, ({ stage }) => stageOf(stage)).values()].flatMap(stageRows);
  const total = [`${pipeline}: ${outlookText(stages)}`];
  if (seconds !== null && seconds > 0) total.push(`about ${duration(seconds)} on this machine`);
  const totals = total.join("; ").length <= WIDTH
    ? [total.join("; ")]
    : total.flatMap((part) => wrap(part, WIDTH));
  return [...tableLines(rows), "", ...totals, ""].join("\n");
}

interface Row {
  readonly cells: readonly [name: string, kind: string, status: string, stored: string, train: string];
  readonly why: readonly string[];
}

function stageRows(instances: readonly StageOutlook[]): Row[] {
  const [{ stage }] = instances as readonly [StageOutlook];
  if (instances.length === 1) return [rowOf(instances, stage, false)];
  const groups = [...Map.groupBy(instances, (instance) => JSON.stringify(likeness(instance))).values()];
  if (groups.length === 1) return [rowOf(instances, `${stageOf(stage)} × ${instances.length}`, true)];
  return groups.flatMap((group) => {
    const shared = sharedName(group, instances);
    if (shared !== undefined) return [rowOf(group, `${shared} × ${group.length}`, true)];
    if (group.length > (group[0]!.status === "stored" ? 1 : MAX_LISTED)) {
      return [rowOf(group, `${stageOf(stage)} × ${group.length} of ${instances.length}`, true)];
    }
    const { why } = rowOf(group, "", group.length > 1);
    return group.map((one, i) => ({
      ...rowOf([one], one.stage, false),
      why: i === group.length - 1 ? why : [], // what they have in common stands below the last
    }));
  });
}

/** `trained/data=mnist`, if a group of several is all instances of the stage with these values of some axes. */
function sharedName(group: readonly StageOutlook[], instances: readonly StageOutlook[]): string | undefined {
  const valuesOf = ({ stage }: StageOutlook) => new Set(stage.split("/")[1]!.split(","));
  const [first, ...others] = group.map(valuesOf) as [Set<string>, ...Set<string>[]];
  const common = others.reduce((common, values) => common.intersection(values), first);
  const isWhole = instances.filter((one) => common.isSubsetOf(valuesOf(one))).length === group.length;
  return isWhole && group.length > 1 ? `${stageOf(group[0]!.stage)}/${[...common].join()}` : undefined;
}

/** Equal for instances that can share a row. */
function likeness(outlook: StageOutlook): unknown {
  const { why, items, kind } = outlook;
  const texts = why.filter(({ reason }) => reason !== "items").map((reason) => reasonText(reason, outlook));
  return [kind, statusWord(outlook), texts.sort(), why.length, items?.missing === 0];
}

/** A stage that waits will run for certain if it has another reason, too. */
function statusWord({ status, why }: StageOutlook): string {
  if (status === "stored") return "stored";
  if (why.some(({ reason }) => reason === "absent")) return "unknown";
  return status === "maybe" && why.every(({ reason }) => reason === "waits") ? "runs if changed" : "will run";
}

function rowOf(group: readonly StageOutlook[], name: string, isShared: boolean): Row {
  const [first] = group as readonly [StageOutlook];
  const models = group.flatMap(({ items }) => items?.place === "engine" ? [items] : []);
  const isKnown = models.every(({ unknown }) => unknown === undefined);
  const sum = (key: "stored" | "missing") =>
    models.length === 0 ? "" : isKnown ? String(models.reduce((total, items) => total + items[key], 0)) : "?";
  const cells = [name, first.kind, statusWord(first), sum("stored"), sum("missing")] as const;
  return { cells, why: whyTexts(group, isShared) };
}

/** @param isShared whether names of instances are left out where each instance reads its own */
function whyTexts(group: readonly StageOutlook[], isShared: boolean): string[] {
  const [first] = group as readonly [StageOutlook];
  const of = (reason: Reason) => reasonText(reason, isShared ? first : undefined);
  const causes = first.why.filter(({ reason }) => reason !== "items" && reason !== "waits").map(of);
  const sum = (key: "stored" | "missing") =>
    group.reduce((total, { items }) => total + (items?.[key] ?? 0), 0);
  const items = first.why.some(({ reason }) => reason === "items")
    ? [itemsMessage({
      stored: sum("stored"),
      missing: sum("missing"),
      noun: first.items!.noun,
      coming: comingTo(group, isShared),
    })]
    : [];
  const awaited = first.why.filter(({ reason }) => reason === "waits")
    .map(({ instance }) => isShared ? seenFrom(instance!, first) : instance!);
  return [...causes, ...items, ...(awaited.length > 0 ? [`waits for ${namesText(awaited)}`] : [])];
}

/** What other stages make of the items of a group. @param isShared whether instances of another stage are one */
function comingTo(group: readonly StageOutlook[], isShared: boolean): ItemOutlook["coming"] {
  const own = stageOf(group[0]!.stage);
  const coming = group.flatMap(({ items }) => items?.coming ?? []);
  const names = coming.flatMap(({ from }) => from)
    .map((name) => isShared && stageOf(name) !== own ? stageOf(name) : name);
  const from = [...new Set(names)];
  return coming.length === 0
    ? undefined
    : { items: coming.reduce((total, { items }) => total + items, 0), from };
}

/** @param reader if given, names of instances are told as it sees them */
export function reasonText({ message, instance, at, from }: Reason, reader?: StageOutlook): string {
  const text = instance === undefined || reader === undefined
    ? message
    : message.replace(`"${instance}"`, `"${seenFrom(instance, reader)}"`);
  if (at === undefined) return text;
  return `${text} (${placeText(at)}${from === undefined ? "" : `, from ${placeText(from)}`})`;
}

export function placeText({ path, line, column }: Place): string {
  return path.startsWith("--") ? path : `${path}:${line}:${column}`;
}

/** An instance's stage, if its values of the axes are also the reader's; else its whole name. */
function seenFrom(instance: string, reader: StageOutlook): string {
  const axes = (name: string) => name.split("/")[1]?.split(",") ?? [];
  const own = new Set(axes(reader.stage));
  return axes(instance).every((value) => own.has(value)) ? stageOf(instance) : instance;
}

/** `trained, quality (6 instances)` */
function namesText(names: readonly string[]): string {
  return [...Map.groupBy(names, stageOf)].map(([stage, instances]) =>
    instances.length === 1 ? instances[0]! : `${stage} (${count(instances.length, "instance")})`
  ).join(", ");
}

function tableLines(rows: readonly Row[]): string[] {
  const widths = COLUMNS.map((title, i) =>
    Math.max(title.length, ...rows.map(({ cells }) => cells[i]!.length))
  );
  const others = widths.slice(1).reduce((total, width) => total + 2 + width, 0);
  const nameWidth = Math.min(widths[0]!, WIDTH - others);
  const lineOf = ([name, kind, status, stored, train]: Row["cells"]) =>
    [
      name.padEnd(nameWidth),
      kind.padEnd(widths[1]!),
      status.padEnd(widths[2]!),
      stored.padStart(widths[3]!),
      train.padStart(widths[4]!),
    ].join("  ").trimEnd();
  return [
    lineOf(COLUMNS),
    ...rows.flatMap(({ cells, why }) => {
      const [name, ...rest] = cells;
      const row = name.length <= nameWidth ? [lineOf(cells)] : [...wrap(name, WIDTH), lineOf(["", ...rest])];
      return [...row, ...whyLines(why)];
    }),
  ];
}

/** On one line if there is room for all, else each on its own. */
function whyLines(why: readonly string[]): string[] {
  const width = WIDTH - INDENT.length;
  const all = why.join("; ");
  if (all.length <= width) return why.length === 0 ? [] : [INDENT + all];
  return why.flatMap((text) =>
    wrap(text, width - 2).map((line, i) => `${INDENT}${i === 0 ? "" : "  "}${line}`)
  );
}
