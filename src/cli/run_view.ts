import {
  formatBytes,
  type InstanceProgress,
  type RunEvent,
  RunProgress,
  type StageEnd,
  type StageProgress,
  startOf,
} from "../mod.ts";
import { duration, firstLine, fit, workText } from "./text.ts";

const BAR_WIDTH = 20;
/** Longer names push the rest of their line to the right. */
const NAME_WIDTH = 32;
const FAILURES_SHOWN = 3;

/** What a run looks like at a moment: built from its events, drawn as lines. */
export class RunView {
  readonly #progress: RunProgress;
  readonly #preparing = new Map<string, string>();
  /** Of stages that have not ended. */
  #failures: { readonly stage: string; readonly line: string }[] = [];

  /** @param now Seconds on any clock that does not go back */
  constructor(private readonly now: () => number) {
    this.#progress = new RunProgress(now);
  }

  take(event: RunEvent): void {
    this.#progress.take(event);
    if (event.type === "preparing") this.#prepare(event);
    if (event.type === "item-failed") {
      const line = `✗ ${event.stage}/${event.item}: ${firstLine(event.error.message)}`;
      this.#failures.push({ stage: event.stage, line });
    }
    if (event.type === "stage-finished" || event.type === "stage-failed") {
      this.#failures = this.#failures.filter(({ stage }) => stage !== event.stage);
    }
  }

  /**
   * What goes on now: a line a stage, below it one for each of its items that is under way, as far as there is room, and
   * last what failed lately.
   * @param height lines at most
   */
  lines(width: number, height = Infinity): string[] {
    const stages = [...this.#progress.stages].filter((stage) => runningIn(stage).length > 0);
    const names = [...this.#progress.stages].map(({ name }) => name.length);
    const blocks = [
      ...[...this.#preparing.values()].map((line) => [line]),
      ...stages.map((stage) => [
        this.#stageLine(stage, Math.min(Math.max(...names), NAME_WIDTH), width),
        ...itemLines(stage, width),
      ]),
      ...this.#totalLine(stages),
    ];
    const failures = blocks.length + FAILURES_SHOWN < height ? this.#failureLines() : [];
    return [...shortened(blocks, height - failures.length), ...failures].map((line) => fit(line, width));
  }

  /** How far the items of an instance's stage are, in words; undefined for one without. */
  progress(instance: string): string | undefined {
    const work = this.#progress.running(instance) && this.#progress.work(instance);
    return work && workText(work);
  }

  /** How far what a stage needs on this machine is, in words; undefined once it is there. */
  preparation(stage: string): string | undefined {
    return this.#preparing.get(stage);
  }

  /** Whether a stage has several instances. */
  isFolded(instance: string): boolean {
    return this.#progress.stage(instance).outlooks.size > 1;
  }

  /** How a stage with several instances ended; undefined while some of them have not, and where none had to run. */
  endOf(instance: string): StageEnd | undefined {
    return this.#progress.endOf(instance);
  }

  #prepare({ stage, what, done, total }: Extract<RunEvent, { type: "preparing" }>): void {
    const of = total === null ? "" : ` of ${formatBytes(total)}`;
    if (done === total) this.#preparing.delete(stage);
    else this.#preparing.set(stage, `${stage}  ${what}: ${formatBytes(done)}${of}`);
  }

  #failureLines(): string[] {
    const lines = this.#failures.map(({ line }) => line);
    if (lines.length <= FAILURES_SHOWN) return lines;
    const shown = lines.slice(1 - FAILURES_SHOWN);
    return [`✗ ${lines.length - shown.length} more failed before`, ...shown];
  }

  /** Without the bar where there is no room for it. */
  #stageLine(stage: StageProgress, nameWidth: number, width: number): string {
    const { name, outlooks, ended, started } = stage;
    const parts = [name.padEnd(nameWidth)];
    if (outlooks.size > 1) parts.push(`${ended.size}/${outlooks.size} instances`);
    const work = this.#progress.work(name);
    if (work === undefined) {
      return [...parts, duration(this.now() - startOf([...started.values()]))].join("  ");
    }
    const line = [...parts, bar(work.share), workText(work)].join("  ");
    return line.length <= width ? line : [...parts, workText(work)].join("  ");
  }

  /** Where models of several stages are under way. */
  #totalLine(stages: readonly StageProgress[]): string[][] {
    const training = stages.filter((stage) =>
      runningIn(stage).some(({ items }) => items?.place === "engine")
    );
    const total = this.#progress.total();
    return training.length < 2 || total === undefined ? [] : [[`in all  ${workText(total)}`]];
  }
}

function runningIn({ started, ended }: StageProgress): InstanceProgress[] {
  return [...started.values()].filter(({ instance }) => !ended.has(instance));
}

function bar(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return "━".repeat(full) + "╌".repeat(BAR_WIDTH - full);
}

function itemLines(stage: StageProgress, width: number): string[] {
  return runningIn(stage).flatMap(({ instance, items }) =>
    [...items?.running ?? []].map(([id, { note }]) => {
      const coordinates = instance.slice(stage.name.length + 1);
      const item = endOf(coordinates === "" ? id : `${coordinates}/${id}`, Math.floor(width / 2));
      return `  ${items!.noun} ${item}  ${firstLine(note)}`.trimEnd();
    })
  );
}

/** The end of a name, where the item stands: what it does shall be seen, too. */
function endOf(name: string, length: number): string {
  return name.length <= length ? name : `…${name.slice(name.length - length + 1)}`;
}

/** Blocks as lines, at most `height`: the first line of each, and of the others those for which there is room. */
function shortened(blocks: readonly (readonly string[])[], height: number): string[] {
  const all = blocks.flat();
  if (all.length <= height) return all;
  if (blocks.length >= height) {
    const heads = blocks.slice(0, Math.max(0, height - 1)).map(([head]) => head!);
    return height < 1 ? [] : [...heads, `… and ${blocks.length - heads.length} more`];
  }
  let room = height - blocks.length - 1; // a line for how many are left out
  const shown = blocks.flatMap(([head, ...rest]) => {
    const kept = rest.slice(0, room);
    room -= kept.length;
    return [head!, ...kept];
  });
  return [...shown, `  … and ${all.length - shown.length} more`];
}
