import {
  formatBytes,
  type ItemCounts,
  type ItemOutlook,
  type RunEvent,
  stageOf,
  type StageOutlook,
} from "../mod.ts";
import { count, duration, fit } from "./text.ts";

const BAR_WIDTH = 20;
/** No time left is told before this share of the work is done: it would jump. */
const LEAST_SHARE = 0.02;
/** Longer names push the rest of their line to the right. */
const NAME_WIDTH = 32;

/** All instances of a stage. */
interface StageView {
  readonly name: string;
  readonly outlooks: Map<string, StageOutlook>;
  /** Those that are at work or were, by instance. */
  readonly started: Map<string, InstanceView>;
  readonly ended: Map<string, Ending>;
}

interface InstanceView {
  readonly instance: string;
  readonly at: number;
  readonly items?: ItemProgress;
}

interface ItemProgress extends ItemOutlook {
  finished: number;
  failed: number;
  /** Of the finished ones: those that another stage made. */
  found: number;
  finishedCost: number;
  readonly running: Map<string, { readonly cost: number; done: number; note: string }>;
}

export type Ending = "stored" | "ran" | "partial" | "failed" | "skipped";

/** How a stage with several instances ended. */
export interface StageEnd {
  readonly stage: string;
  readonly endings: readonly Ending[];
  /** Over all of its instances that ran. */
  readonly items?: ItemCounts;
  readonly seconds: number;
}

/** What a run looks like at a moment: built from its events, drawn as lines. */
export class RunView {
  readonly #stages = new Map<string, StageView>();
  readonly #preparing = new Map<string, string>();

  /** @param now Seconds on any clock that does not go back */
  constructor(private readonly now: () => number) {}

  take(event: RunEvent): void {
    switch (event.type) {
      case "started":
        for (const outlook of event.stages) this.#stage(outlook.stage).outlooks.set(outlook.stage, outlook);
        break;
      case "stage-started":
        this.#stage(event.stage).started.set(event.stage, {
          instance: event.stage,
          at: this.now(),
          ...(event.items && { items: noProgress(event.items) }),
        });
        break;
      case "stage-finished":
        this.#stage(event.stage).ended.set(event.stage, event.result.status);
        break;
      case "stage-failed":
        this.#stage(event.stage).ended.set(event.stage, "failed");
        break;
      case "stage-skipped":
        this.#stage(event.stage).ended.set(event.stage, "skipped");
        break;
      case "item-started":
        this.#items(event.stage)?.running.set(event.item, { cost: event.cost, done: 0, note: "" });
        break;
      case "item-progress":
        Object.assign(this.#items(event.stage)?.running.get(event.item) ?? {}, {
          done: event.done,
          note: event.note,
        });
        break;
      case "item-finished":
      case "item-failed":
        this.#endItem(event);
        break;
      case "preparing":
        this.#prepare(event);
        break;
      case "engine-started":
      case "engine-died":
      case "warning":
        break;
      default:
        event satisfies never;
    }
  }

  /**
   * What goes on now: a line a stage, and below it one for each of its items that is under way, as far as there is room.
   * @param height lines at most
   */
  lines(width: number, height = Infinity): string[] {
    const stages = [...this.#stages.values()].filter((stage) => runningIn(stage).length > 0);
    const blocks = [
      ...[...this.#preparing.values()].map((line) => [line]),
      ...stages.map((stage) => [this.#stageLine(stage), ...itemLines(stage, width)]),
    ];
    return shortened(blocks, height).map((line) => fit(line, width));
  }

  /** How far the items of an instance are, in words; undefined for one without. */
  progress(instance: string): string | undefined {
    const running = this.#running(instance);
    return running?.items && this.#itemsText([running]);
  }

  /** How far what a stage needs on this machine is, in words; undefined once it is there. */
  preparation(stage: string): string | undefined {
    return this.#preparing.get(stage);
  }

  /** Whether a stage has several instances. */
  isFolded(instance: string): boolean {
    return this.#stage(instance).outlooks.size > 1;
  }

  /** How a stage with several instances ended; undefined while some of them have not, and where none had to run. */
  endOf(instance: string): StageEnd | undefined {
    const { name, outlooks, started, ended } = this.#stage(instance);
    const endings = [...ended.values()];
    if (ended.size < outlooks.size || endings.every((ending) => ending === "stored")) return undefined;
    const items = [...started.values()].flatMap(({ items }) => items ?? []);
    const sum = (count: (items: ItemProgress) => number) =>
      items.reduce((total, one) => total + count(one), 0);
    return {
      stage: name,
      endings,
      ...(items[0] && {
        items: {
          noun: items[0].noun,
          place: items[0].place,
          stored: sum(({ stored, found }) => stored + found),
          ran: sum(({ finished, failed, found }) => finished - failed - found),
          failed: sum(({ failed }) => failed),
        },
      }),
      seconds: started.size === 0 ? 0 : this.now() - startOf([...started.values()]),
    };
  }

  #stage(instance: string): StageView {
    const name = stageOf(instance);
    const stage = this.#stages.get(name) ??
      { name, outlooks: new Map(), started: new Map(), ended: new Map() };
    this.#stages.set(name, stage);
    return stage;
  }

  #running(instance: string): InstanceView | undefined {
    const { started, ended } = this.#stage(instance);
    return ended.has(instance) ? undefined : started.get(instance);
  }

  #items(instance: string): ItemProgress | undefined {
    return this.#running(instance)?.items;
  }

  #endItem(event: Extract<RunEvent, { type: "item-finished" | "item-failed" }>): void {
    const items = this.#items(event.stage);
    const cost = items?.running.get(event.item)?.cost;
    if (items === undefined || cost === undefined) return;
    items.running.delete(event.item);
    items.finished += 1;
    if (event.type === "item-failed") items.failed += 1;
    else if (event.stored) items.found += 1;
    items.finishedCost += cost;
  }

  #prepare({ stage, what, done, total }: Extract<RunEvent, { type: "preparing" }>): void {
    const of = total === null ? "" : ` of ${formatBytes(total)}`;
    if (done === total) this.#preparing.delete(stage);
    else this.#preparing.set(stage, `${stage}  ${what}: ${formatBytes(done)}${of}`);
  }

  #stageLine(stage: StageView): string {
    const longest = Math.max(...[...this.#stages.keys()].map((name) => name.length));
    const parts = [stage.name.padEnd(Math.min(longest, NAME_WIDTH))];
    const { outlooks, ended } = stage;
    if (outlooks.size > 1) parts.push(`${ended.size}/${outlooks.size} instances`);
    const begun = [...stage.started.values()];
    const [first] = runningIn(stage);
    if (first!.items === undefined) parts.push(duration(this.now() - startOf(begun)));
    else parts.push(bar(doneShare(begun)), this.#itemsText(begun));
    return parts.join("  ");
  }

  #itemsText(instances: readonly InstanceView[]): string {
    const items = instances.flatMap(({ items }) => items ?? []);
    const sum = (count: (items: ItemProgress) => number) =>
      items.reduce((total, one) => total + count(one), 0);
    const share = doneShare(instances);
    const elapsed = this.now() - startOf(instances);
    const left = share < LEAST_SHARE ? undefined : `${duration(elapsed * (1 - share) / share)} left`;
    const failed = sum(({ failed }) => failed);
    const all = count(sum(({ stored, missing }) => stored + missing), items[0]!.noun);
    const done = `${sum(({ stored, finished }) => stored + finished)}/${all}`;
    return [done, failed > 0 ? `${failed} failed` : undefined, left].filter((part) => part !== undefined)
      .join(", ");
  }
}

function noProgress(items: ItemOutlook): ItemProgress {
  return { ...items, finished: 0, failed: 0, found: 0, finishedCost: 0, running: new Map() };
}

function runningIn({ started, ended }: StageView): InstanceView[] {
  return [...started.values()].filter(({ instance }) => !ended.has(instance));
}

function startOf(instances: readonly InstanceView[]): number {
  return instances.reduce((first, { at }) => Math.min(first, at), Infinity);
}

/** Share of the missing work of all instances that is done, 0 to 1. */
function doneShare(instances: readonly InstanceView[]): number {
  const items = instances.flatMap(({ items }) => items ?? []);
  const sum = (count: (items: ItemProgress) => number) => items.reduce((total, one) => total + count(one), 0);
  const [cost, missing] = [sum(({ cost }) => cost), sum(({ missing }) => missing)];
  if (cost === 0) return missing === 0 ? 1 : sum(({ finished }) => finished) / missing;
  const done = sum(({ finishedCost, running }) =>
    [...running.values()].reduce((sum, item) => sum + item.cost * item.done, finishedCost)
  );
  return Math.min(1, done / cost);
}

function bar(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return "━".repeat(full) + "╌".repeat(BAR_WIDTH - full);
}

function itemLines(stage: StageView, width: number): string[] {
  return runningIn(stage).flatMap(({ instance, items }) =>
    [...items?.running ?? []].map(([id, { note }]) => {
      const coordinates = instance.slice(stage.name.length + 1);
      const item = endOf(coordinates === "" ? id : `${coordinates}/${id}`, Math.floor(width / 2));
      return `  ${items!.noun} ${item}  ${note}`.trimEnd();
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
