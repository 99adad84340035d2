import { stageOf } from "../core/instance_name.ts";
import { Pace } from "../core/pace.ts";
import type { ItemOutlook, RunEvent, StageOutlook } from "../scheduler/events.ts";
import type {
  Ending,
  InstanceProgress,
  ItemProgress,
  RunningItem,
  StageEnd,
  StageProgress,
} from "./progress.ts";
import { sum, type Work, workOf } from "./work.ts";

/** How far a run is, from its events: what the live view draws, and what is told of a run from its log. */
export class RunProgress {
  readonly #stages = new Map<string, MutableStage>();
  readonly #pace = new Pace();

  /** @param now Seconds on any clock that does not go back */
  constructor(private readonly now: () => number) {}

  get stages(): Iterable<StageProgress> {
    return this.#stages.values();
  }

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
        this.#startItem(event);
        break;
      case "item-progress":
        this.#moveItem(event);
        break;
      case "item-retried":
        this.#restartItem(event);
        break;
      case "item-waits":
        if (event.item !== undefined) this.#items(event.stage)?.waiting.add(event.item);
        break;
      case "item-finished":
      case "item-failed":
        this.#endItem(event);
        break;
      case "preparing":
      case "engine-started":
      case "engine-died":
      case "engine-killed":
      case "engine-recycled":
      case "budget-spent":
      case "warning":
        break;
      default:
        event satisfies never;
    }
  }

  /** All instances of the stage that an instance belongs to. */
  stage(instance: string): StageProgress {
    return this.#stage(instance);
  }

  /** The instance, while it is at work. */
  running(instance: string): InstanceProgress | undefined {
    const { started, ended } = this.#stage(instance);
    return ended.has(instance) ? undefined : started.get(instance);
  }

  /** How far the items of a stage are, over all of its instances that started; undefined where they have none. */
  work(instance: string): Work | undefined {
    const { started, pace } = this.#stage(instance);
    const items = [...started.values()].flatMap(({ items }) => items ?? []);
    return items.length === 0 ? undefined : workOf(items, pace, this.now());
  }

  /** How far all models are, those of stages that have not started included; undefined without any. */
  total(): Work | undefined {
    const items = [...this.#stages.values()].flatMap(({ outlooks, started }) => [
      ...[...started.values()].flatMap(({ instance, items }) =>
        items === undefined ? [] : [withoutShared(items, outlooks.get(instance))]
      ),
      ...[...outlooks.values()].flatMap((outlook) =>
        outlook.items === undefined || started.has(outlook.stage)
          ? []
          : [withoutShared(noProgress(outlook.items), outlook)]
      ),
    ]).filter(({ place }) => place === "engine");
    return items.length === 0 ? undefined : workOf(items, this.#pace, this.now());
  }

  /** How a stage with several instances ended; undefined while some of them have not, and where none had to run. */
  endOf(instance: string): StageEnd | undefined {
    const { name, outlooks, started, ended } = this.#stage(instance);
    const endings = [...ended.values()];
    if (ended.size < outlooks.size || endings.every((ending) => ending === "stored")) return undefined;
    const items = [...started.values()].flatMap(({ items }) => items ?? []);
    return {
      stage: name,
      endings,
      ...(items[0] && {
        items: {
          noun: items[0].noun,
          place: items[0].place,
          stored: sum(items, ({ stored, found }) => stored + found),
          ran: sum(items, ({ finished, failed, found }) => finished - failed - found),
          failed: sum(items, ({ failed }) => failed),
        },
      }),
      seconds: started.size === 0 ? 0 : this.now() - startOf([...started.values()]),
    };
  }

  #stage(instance: string): MutableStage {
    const name = stageOf(instance);
    const stage = this.#stages.get(name) ??
      { name, outlooks: new Map(), started: new Map(), ended: new Map(), pace: new Pace() };
    this.#stages.set(name, stage);
    return stage;
  }

  #items(instance: string): MutableItems | undefined {
    const { started, ended } = this.#stage(instance);
    return ended.has(instance) ? undefined : started.get(instance)?.items;
  }

  #startItem({ stage, item, cost }: Extract<RunEvent, { type: "item-started" }>): void {
    const items = this.#items(stage);
    const before = items?.running.get(item); // of an attempt that failed
    items?.waiting.delete(item);
    items?.running.set(item, { cost, done: 0, note: "" });
    this.#count(stage, before === undefined ? 0 : -before.cost * before.done);
  }

  #moveItem({ stage, item, done, note }: Extract<RunEvent, { type: "item-progress" }>): void {
    const running = this.#items(stage)?.running.get(item);
    if (running === undefined) return;
    this.#count(stage, running.cost * (done - running.done));
    const last = { at: this.now(), done };
    const first = done < running.done ? last : running.first ?? last; // what is tried again is as slow as it is now
    Object.assign(running, { done, note, first, last });
  }

  /** What was done of it is done again. */
  #restartItem({ stage, item, seconds }: Extract<RunEvent, { type: "item-retried" }>): void {
    const note = `failed, is tried again in ${Math.ceil(seconds)} s`;
    if (item !== undefined) this.#moveItem({ type: "item-progress", stage, item, done: 0, note });
  }

  #endItem(event: Extract<RunEvent, { type: "item-finished" | "item-failed" }>): void {
    const items = this.#items(event.stage);
    if (items === undefined) return;
    const { cost, done } = items.running.get(event.item) ?? { cost: 0, done: 0 };
    items.running.delete(event.item);
    items.waiting.delete(event.item);
    items.finished += 1;
    if (event.type === "item-failed") items.failed += 1;
    else if (event.stored) items.found += 1;
    this.#count(event.stage, cost * (1 - done), 1);
  }

  #count(stage: string, cost: number, items = 0): void {
    this.#stage(stage).pace.add(this.now(), cost, items);
    if (this.#items(stage)?.place === "engine") this.#pace.add(this.now(), cost, items);
  }
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };
type MutableItems = Mutable<Omit<ItemProgress, "running" | "waiting">> & {
  readonly running: Map<string, Mutable<RunningItem>>;
  readonly waiting: Set<string>;
};
interface MutableStage extends StageProgress {
  readonly outlooks: Map<string, StageOutlook>;
  readonly started: Map<string, Omit<InstanceProgress, "items"> & { readonly items?: MutableItems }>;
  readonly ended: Map<string, Ending>;
  readonly pace: Pace;
}

/** Without those that an earlier stage counts, too. */
function withoutShared(items: ItemProgress, outlook: StageOutlook | undefined): ItemProgress {
  return { ...items, stored: items.stored - (outlook?.items?.shared ?? 0) };
}

function noProgress(items: ItemOutlook): MutableItems {
  return { ...items, finished: 0, failed: 0, found: 0, running: new Map(), waiting: new Set() };
}

/** When the first of them started, in seconds on the clock of the run. */
export function startOf(instances: readonly InstanceProgress[]): number {
  return instances.reduce((first, { at }) => Math.min(first, at), Infinity);
}
