import {
  type CacheListing,
  type CollectReport,
  formatBytes,
  type StoreProblem,
  type Tally,
  type VerifyReport,
} from "../mod.ts";
import { count, duration } from "./text.ts";

/** What `weft cache ls` says. */
export function listingText(outputs: string, listing: CacheListing): string {
  const { bytes, seconds, results, segments, objects, oldest, newest } = listing;
  const rows = results.map(({ of, results, bytes, seconds }) => [
    sortName(of),
    String(results),
    formatBytes(bytes),
    seconds === 0 ? "" : duration(seconds),
  ]);
  const days = oldest === null ? "" : `, ${daysText(oldest, newest!)}`;
  const files = `${count(segments, "segment")} and ${count(objects, "object")}`;
  const head = `${outputs}/store: ${formatBytes(bytes)} in ${files}; ${
    duration(seconds)
  } of computing${days}`;
  const held = rows.length === 0 ? [] : ["", ...table(["what", "results", "size", "computing"], rows)];
  return [head, ...held, ...unneededLines(listing), ""].join("\n");
}

/** What `weft cache verify` says. */
export function verifyText(report: VerifyReport, repaired: boolean): string {
  const { problems, index, records, objects, bytes } = report;
  const read = `${count(records, "record")} and ${count(objects, "object")}, ${formatBytes(bytes)} in all`;
  const found = problems.length + index.length;
  if (found === 0) return `all is sound: ${read}\n`;
  const lines = [...problems.map(problemText), ...index.map((difference) => `index: ${difference}`)];
  const next = repaired
    ? "what was damaged is removed: the next run that needs it computes it again"
    : '"weft cache verify --repair" removes what is damaged; the next run that needs it computes it again';
  const isDamaged = index.length > 0 || problems.some(({ problem }) => problem !== "strange-file");
  const told = [...lines, "", `${count(found, "problem")} in ${read}`, ...(isDamaged ? [next] : []), ""];
  return told.join("\n");
}

/** What `weft cache gc` says. */
export function collectText(outputs: string, report: CollectReport, dryRun: boolean): string {
  const { kept, removed, files, before, after } = report;
  const freed = `${formatBytes(before - after)} ${dryRun ? "would be removed" : "removed"}`;
  return [
    ...collectTable(kept, removed, files),
    ...rootLines(report),
    ...evictionLines(report, dryRun),
    `${outputs}/store: ${freed}, ${formatBytes(after)} ${dryRun ? "would be left" : "left"}`,
    "",
  ].join("\n");
}

/** By tag of identity. */
const SORT_NAMES: Readonly<Record<string, string>> = {
  result: "trained models",
  state: "states of training",
  measures: "measures of models",
  stage: "outputs of stages",
};

function sortName(of: string | undefined): string {
  return of === undefined ? "others" : SORT_NAMES[of] ?? of;
}

function daysText(oldest: string, newest: string): string {
  const [first, last] = [oldest, newest].map((time) => time.slice(0, "2000-01-01".length));
  return first === last ? `of ${first}` : `from ${first} to ${last}`;
}

function unneededLines({ unneeded: { records, objects, temporary } }: CacheListing): string[] {
  const parts = [
    [records, "record"] as const,
    [objects, "object"] as const,
    [temporary, "temporary file"] as const,
  ].filter(([{ count }]) => count > 0);
  if (parts.length === 0) return [];
  const texts = parts.map(([part, noun]) => `${count(part.count, noun)} (${formatBytes(part.bytes)})`);
  return ["", `no result needs ${listed(texts)}: "weft cache gc" removes them`];
}

function problemText({ problem, path, line, results = 0 }: StoreProblem): string {
  const users = results === 0
    ? "no result needs it"
    : `${count(results, "result")} ${results === 1 ? "needs" : "need"} it`;
  switch (problem) {
    case "damaged-record":
      return `${path}:${line}: damaged; its result counts as missing`;
    case "damaged-object":
      return `${path}: damaged, its bytes are not those that it is named by; ${users}`;
    case "missing-object":
      return `${path}: missing; ${users}`;
    case "strange-file":
      return `${path}: not of weft; move it away`;
    default:
      return problem satisfies never;
  }
}

function collectTable(
  kept: readonly Tally[],
  removed: readonly Tally[],
  files: CollectReport["files"],
): string[] {
  const sorts = new Set([...kept, ...removed].map(({ of }) => of));
  const cells = (tally: Tally | undefined) =>
    tally === undefined ? ["", ""] : [String(tally.results), formatBytes(tally.bytes)];
  const rows = [...sorts].map((sort) => [
    sortName(sort),
    ...[kept, removed].flatMap((tallies) => cells(tallies.find(({ of }) => of === sort))),
  ]);
  const stray = files.count === 0
    ? []
    : [["files of no result", "", "", String(files.count), formatBytes(files.bytes)]];
  return rows.length + stray.length === 0
    ? []
    : [...table(["what", "kept", "size", "removed", "size"], [...rows, ...stray]), ""];
}

function rootLines({ roots: { pipelines, refs, lastRuns, withoutGit } }: CollectReport): string[] {
  const runs = `for ${count(lastRuns, "last run")}`;
  const found = count(pipelines, "pipeline");
  if (withoutGit === undefined) {
    return [
      `kept for ${found}, here and on ${
        refs === 1 ? "1 branch or tag" : `${refs} branches and tags`
      }, and ${runs}`,
    ];
  }
  return [`kept for ${found} here, and ${runs}; there are no branches and tags: ${withoutGit}`];
}

function evictionLines({ evicted: { results, ofLastRuns } }: CollectReport, dryRun: boolean): string[] {
  if (results === 0) return [];
  const which = ofLastRuns === 0 ? "" : `; the last runs need ${ofLastRuns} of them`;
  return [
    `${count(results, "result")} that are needed ${dryRun ? "would have" : "had"} to go for the size${which}`,
  ];
}

/** The first column to the left, the others to the right. */
function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const lineOf = (cells: readonly string[]) =>
    cells.map((cell, i) => i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)).join("  ")
      .trimEnd();
  return [titles, ...rows].map(lineOf);
}

/** "a", "a and b", "a, b and c" */
function listed(texts: readonly string[]): string {
  return texts.length === 1 ? texts[0]! : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}
