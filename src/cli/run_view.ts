import { formatBytes, type ItemOutlook, type RunEvent, type StageOutlook } from "../mod.ts";
import { count, duration, fit } from "./text.ts";

const BAR_WIDTH = 20;
/** No time left is told before this share of the work is done: it would jump. */
const LEAST_SHARE = 0.02;

interface RunningStage {
  readonly name: string;
  readonly started: number;
  readonly items?: ItemProgress;
}

interface ItemProgress extends ItemOutlook {
  finished: number;
  failed: number;
  finishedCost: number;
  readonly running: Map<string, { readonly cost: number; done: number; note: string }>;
}

/** What a run looks like at a moment: built from its events, drawn as lines. */
export class RunView {
  #outlooks: readonly StageOutlook[] = [];
  readonly #stages = new Map<string, RunningStage>();
  readonly #preparing = new Map<string, string>();

  /** @param now Seconds on any clock that does not go back */
  constructor(private readonly now: () => number) {}

  take(event: RunEvent): void {
    switch (event.type) {
      case "started":
        this.#outlooks = event.stages;
        break;
      case "stage-started":
        this.#stages.set(event.stage, this.#stage(event.stage, event.items));
        break;
      case "stage-finished":
      case "stage-failed":
        this.#stages.delete(event.stage);
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
        this.#endItem(event.stage, event.item, event.type === "item-failed");
        break;
      case "preparing":
        this.#prepare(event);
        break;
      case "stage-skipped":
      case "engine-started":
      case "engine-died":
      case "warning":
        break;
      default:
        event satisfies never;
    }
  }

  /** What goes on now: a line a stage, then a line for each of its items that is under way. */
  lines(width: number): string[] {
    const stages = [...this.#stages.values()].flatMap((
      stage,
    ) => [this.#stageLine(stage), ...itemLines(stage)]);
    return [...this.#preparing.values(), ...stages].map((line) => fit(line, width));
  }

  /** How far the items of a stage are, in words; undefined for a stage without. */
  progress(stage: string): string | undefined {
    const running = this.#stages.get(stage);
    return running?.items && this.#itemsText(running, running.items);
  }

  /** How far what a stage needs on this machine is, in words; undefined once it is there. */
  preparation(stage: string): string | undefined {
    return this.#preparing.get(stage);
  }

  #stage(name: string, items: ItemOutlook | undefined): RunningStage {
    const started = this.now();
    if (items === undefined) return { name, started };
    return {
      name,
      started,
      items: { ...items, finished: 0, failed: 0, finishedCost: 0, running: new Map() },
    };
  }

  #items(stage: string): ItemProgress | undefined {
    return this.#stages.get(stage)?.items;
  }

  #endItem(stage: string, item: string, failed: boolean): void {
    const items = this.#items(stage);
    const cost = items?.running.get(item)?.cost;
    if (items === undefined || cost === undefined) return;
    items.running.delete(item);
    items.finished += 1;
    items.failed += failed ? 1 : 0;
    items.finishedCost += cost;
  }

  #prepare({ stage, what, done, total }: Extract<RunEvent, { type: "preparing" }>): void {
    const of = total === null ? "" : ` of ${formatBytes(total)}`;
    if (done === total) this.#preparing.delete(stage);
    else this.#preparing.set(stage, `${stage}  ${what}: ${formatBytes(done)}${of}`);
  }

  #stageLine(stage: RunningStage): string {
    const name = stage.name.padEnd(Math.max(...this.#outlooks.map((outlook) => outlook.stage.length), 0));
    if (stage.items === undefined) return `${name}  ${duration(this.now() - stage.started)}`;
    return `${name}  ${bar(doneShare(stage.items))}  ${this.#itemsText(stage, stage.items)}`;
  }

  #itemsText(stage: RunningStage, items: ItemProgress): string {
    const share = doneShare(items);
    const elapsed = this.now() - stage.started;
    const left = share < LEAST_SHARE ? undefined : `${duration(elapsed * (1 - share) / share)} left`;
    const done = `${items.stored + items.finished}/${count(items.stored + items.missing, items.noun)}`;
    const failed = items.failed > 0 ? `${items.failed} failed` : undefined;
    return [done, failed, left].filter((part) => part !== undefined).join(", ");
  }
}

/** Share of the missing work that is done, 0 to 1. */
function doneShare({ cost, finishedCost, running, missing, finished }: ItemProgress): number {
  if (cost === 0) return missing === 0 ? 1 : finished / missing;
  const underWay = [...running.values()].reduce((sum, item) => sum + item.cost * item.done, 0);
  return Math.min(1, (finishedCost + underWay) / cost);
}

function bar(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return "━".repeat(full) + "╌".repeat(BAR_WIDTH - full);
}

function itemLines({ items }: RunningStage): string[] {
  return [...items?.running ?? []].map(([id, { note }]) => `  ${items!.noun} ${id}  ${note}`.trimEnd());
}
