import {
  cleanCache,
  formatBytes,
  listCache,
  parseBytes,
  rebuildCache,
  UsageError,
  verifyCache,
} from "../mod.ts";
import type { Arguments } from "./arguments.ts";
import { collectText, listingText, verifyText } from "./cache_text.ts";
import { type Command, EXIT, OUTPUTS_OPTION } from "./command.ts";
import { printData, printError, printLine, styler } from "./output.ts";
import { count } from "./text.ts";

const ACTIONS = { ls: list, verify, gc: collect, rebuild } as const;
type Action = keyof typeof ACTIONS;

/** Which options each takes besides --outputs. */
const OPTIONS: Readonly<Record<Action, readonly string[]>> = {
  ls: ["format"],
  verify: ["repair"],
  gc: ["dry-run", "max-size", "ignore"],
  rebuild: [],
};

export const cacheCommand: Command = {
  name: "cache",
  summary: "Care for the store: list, verify and clean up what is kept of earlier runs",
  operand: {
    name: "ACTION",
    least: 1,
    most: 1,
    among: Object.keys(ACTIONS),
    description:
      "ls (what is stored), verify (check all of it), gc (remove what nothing needs), rebuild (the index)",
  },
  options: {
    outputs: OUTPUTS_OPTION,
    format: { value: "FORMAT", among: ["text", "json"], description: "of ls: text (default) or json" },
    repair: { description: "of verify: remove what is damaged, so that it is computed again" },
    "dry-run": { description: "of gc: say what it would remove, and remove nothing" },
    "max-size": {
      value: "SIZE",
      description: "of gc: evict results until the store is no larger: 20GB, 500 MB, 1GiB",
    },
    ignore: {
      value: "FILE",
      many: true,
      description:
        "of gc: a pipeline that does not count, on one branch (main:widths.yaml) or on all (widths.yaml)",
    },
  },
  examples: [
    ["weft cache ls", "a table of what is stored"],
    ["weft cache gc --dry-run", "what no pipeline here, on a branch or a tag, and no last run needs"],
    [
      "weft cache gc --max-size 20GB",
      "remove that and, where it is not enough, what is quickly computed again",
    ],
    ["weft cache verify --repair", "remove what a broken disk damaged; the next run computes it again"],
  ],
  run: async (args) => {
    const action = args.operands[0] as Action;
    checkOptions(action, args);
    return await ACTIONS[action](args.values.outputs ?? "outputs", args);
  },
};

async function list(outputs: string, { values }: Arguments): Promise<number> {
  const listing = await listCache(outputs);
  printData(
    values.format === "json" ? `${JSON.stringify(listing, null, 2)}\n` : listingText(outputs, listing),
  );
  return EXIT.done;
}

async function verify(outputs: string, { switches }: Arguments): Promise<number> {
  const repair = switches.has("repair");
  const progress = new ProgressLine("verifying");
  try {
    const report = await verifyCache(outputs, {
      repair,
      warn,
      progress: (done, total) => progress.show(done, total),
    });
    progress.clear();
    printData(verifyText(report, repair));
    const left = repair
      ? report.problems.filter(({ problem }) => problem === "strange-file")
      : report.problems;
    return left.length + (repair ? 0 : report.index.length) === 0 ? EXIT.done : EXIT.failed;
  } finally {
    progress.clear();
  }
}

async function collect(outputs: string, { values, switches, lists }: Arguments): Promise<number> {
  const dryRun = switches.has("dry-run");
  const maxSize = values["max-size"];
  const report = await cleanCache(outputs, {
    dryRun,
    ...(maxSize !== undefined && { maxSize: size(maxSize) }),
    ignore: lists.ignore ?? [],
    warn,
  });
  printData(collectText(outputs, report, dryRun));
  return EXIT.done;
}

async function rebuild(outputs: string): Promise<number> {
  const records = await rebuildCache(outputs, warn);
  printLine(`the index was made anew from ${count(records, "record")}`);
  return EXIT.done;
}

function checkOptions(action: Action, { values, switches, lists }: Arguments): void {
  const given = [...Object.keys(values), ...switches, ...Object.keys(lists)];
  const wrong = given.find((name) => name !== "outputs" && !OPTIONS[action].includes(name));
  if (wrong === undefined) return;
  const [owner] = Object.entries(OPTIONS).find(([, names]) => names.includes(wrong))!;
  throw new UsageError(
    `Cannot read option "--${wrong}": "weft cache ${action}" has no such option`,
    `it is one of "weft cache ${owner}"`,
  );
}

function size(text: string): number {
  const bytes = parseBytes(text);
  if (bytes !== undefined) return bytes;
  throw new UsageError(
    `Cannot read --max-size "${text}": it is no size`,
    "write a number and a unit: 20GB, 500 MB, 1GiB",
  );
}

function warn(message: string): void {
  printLine(`${styler(Deno.stderr)("yellow", "warning:")} ${message}`);
}

/** How far something is, on a terminal: one line that is written over. */
class ProgressLine {
  #shown = 0;
  #isThere = false;

  constructor(private readonly doing: string) {}

  show(done: number, total: number): void {
    if (!Deno.stderr.isTerminal() || performance.now() - this.#shown < 100) return;
    this.#shown = performance.now();
    this.#isThere = true;
    printError(`\r${this.doing} ${formatBytes(done)} of ${formatBytes(total)}\x1b[K`);
  }

  clear(): void {
    if (this.#isThere) printError("\r\x1b[K");
    this.#isThere = false;
  }
}
