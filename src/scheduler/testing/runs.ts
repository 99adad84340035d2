import type { Plan } from "../../compiler/plan.ts";
import type { Json } from "../../core/json.ts";
import { Store } from "../../store/store.ts";
import { assess } from "../assess.ts";
import type { Clock } from "../clock.ts";
import { EngineHost } from "../engine_process/host.ts";
import type { RunEvent } from "../events.ts";
import { explain } from "../explain.ts";
import { run, type RunOptions, type RunResult } from "../run.ts";
import { StageLookup } from "../stage_lookup.ts";

export interface Ran {
  readonly result: RunResult;
  readonly events: readonly RunEvent[];
  readonly output: (stage: string) => Json | undefined;
}

type OnceOptions =
  & Partial<Pick<RunOptions, "signal" | "concurrency" | "clock" | "finish">>
  & {
    /** A file beside this one that the engine process runs. */
    readonly worker?: string;
    /** Told each event when it comes. */
    readonly told?: (event: RunEvent) => void;
  };

export interface Runs {
  readonly folder: string;
  /** The store of the next run; each run opens it anew, as another process would. */
  readonly store: Store;
  readonly once: (plan: Plan, options?: OnceOptions) => Promise<Ran>;
  readonly outlook: (
    plan: Plan,
  ) => Promise<[string, string, { stored: number; missing: number } | undefined][]>;
}

/** Runs plans on a store in a folder of its own. */
export async function withRuns(test: (runs: Runs) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const store = await openStore(folder);
  try {
    await test({
      folder,
      store,
      once: (plan, options) => runOnce(folder, plan, options),
      outlook: async (plan) => {
        const store = await openStore(folder, "run");
        const assessments = await assess(plan, new StageLookup(store));
        await store.close();
        return assessments.map(({ stage, status, items }) => [
          stage,
          status,
          items && { stored: items.stored, missing: items.missing },
        ]);
      },
    });
  } finally {
    await store.close();
    await Deno.remove(folder, { recursive: true });
  }
}

export async function runOnce(
  folder: string,
  plan: Plan,
  { worker = "worker.ts", told = () => {}, ...options }: OnceOptions = {},
): Promise<Ran> {
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => {
    events.push(event);
    told(event);
  };
  const store = await openStore(folder);
  const engine = new EngineHost(engineCommand(folder, worker), emit);
  try {
    const lookup = new StageLookup(store);
    const outlook = explain(plan, await assess(plan, lookup), undefined, "");
    const defaults = { concurrency: 2, signal: new AbortController().signal };
    const result = await run(plan, { lookup, outlook, engine, emit, ...defaults, ...options });
    const values = new Map<string, Json | undefined>();
    for (const { node, output } of result.stages) values.set(node.instance, await output?.value());
    return { result, events, output: (stage: string) => values.get(stage) };
  } finally {
    await store.close();
  }
}

export function statuses({ stages }: RunResult): Record<string, string> {
  return Object.fromEntries(stages.map(({ node, status }) => [node.instance, status]));
}

/** Events of one type, in order. */
export function eventsOf<Type extends RunEvent["type"]>(
  events: readonly RunEvent[],
  type: Type,
): Extract<RunEvent, { type: Type }>[] {
  return events.filter((event): event is Extract<RunEvent, { type: Type }> => event.type === type);
}

/** A clock on which no time passes but what is waited for, and no chance rules. It tells what was waited for. */
export function fakeClock(): Clock & { readonly pauses: number[] } {
  const pauses: number[] = [];
  return { pauses, pause: (seconds) => Promise.resolve(void pauses.push(seconds)), random: () => 0.5 };
}

function engineCommand(folder: string, worker: string) {
  const script = new URL(worker, import.meta.url).pathname;
  return {
    args: ["run", "-A", script, `${folder}/store`],
    env: Deno.env.toObject(),
    log: `${folder}/engine.log`,
    graceSeconds: 0.2,
  };
}

async function openStore(folder: string, use: "run" | "read" = "read"): Promise<Store> {
  return await Store.open(`${folder}/store`, { cache: `${folder}/cache`, use });
}
