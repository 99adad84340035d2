import type { PlanNode } from "../compiler/plan.ts";
import type { Digest } from "../core/digest.ts";
import type { NewResult } from "../store/store.ts";
import type { Maker } from "./maker.ts";
import { outputOf, type StageLookup, type StageOutput } from "./stage_lookup.ts";
import type { Job, WorkQueue } from "./queue/work_queue.ts";

export interface StageMakerTools {
  readonly lookup: StageLookup;
  readonly queue: WorkQueue;
  readonly maker: Maker;
  /** See criticalPaths. */
  readonly paths: ReadonlyMap<string, number>;
}

export interface MadeOutput {
  /** stored: another process made it meanwhile. partial: some items failed, and the output holds the others. */
  readonly status: "stored" | "ran" | "partial";
  readonly output: StageOutput;
}

/** What is stored of a stage's own result. */
type StageValue = Pick<NewResult, "value" | "objects" | "parts">;

/** Putting outcomes together and the like takes about so many seconds. */
const WHOLE_SECONDS = 1;

/** Makes the results of stages themselves, each as a job of the queue. */
export class StageMaker {
  constructor(private readonly tools: StageMakerTools) {}

  /** Makes the result of a stage, unless another process has it made meanwhile, and stores it. */
  async make(
    node: PlanNode,
    identity: Digest,
    compute: () => Promise<StageValue>,
  ): Promise<MadeOutput> {
    const { lookup, maker } = this.tools;
    const { instance: stage, limits: { retries } } = node;
    const made = Promise.withResolvers<MadeOutput>();
    made.promise.catch(() => {}); // where the queue is stopped, nobody waits for it
    const job = maker.job({
      stage,
      identity,
      ...(retries !== undefined && { retries }),
      find: () => {
        const output = lookup.storedOutput(identity);
        if (output !== undefined) made.resolve({ status: "stored", output });
        return Promise.resolve(output !== undefined);
      },
      compute: async () => {
        const started = performance.now();
        const result = await compute();
        const { digest } = outputOf(node, result.value);
        const seconds = (performance.now() - started) / 1000;
        return async () => {
          const { value, output = digest } = await lookup.store.add({
            identity,
            ...result,
            output: digest,
            seconds,
            of: "stage/1",
          });
          made.resolve({ status: "ran", output: { digest: output, value: () => Promise.resolve(value) } });
        };
      },
      fail: made.reject,
    }, { cost: WHOLE_SECONDS });
    await this.#runJob(node, job);
    return await made.promise;
  }

  /** What is put together from a part of the items is handed on, and not stored: it has no identity. */
  async makePart(node: PlanNode, collect: () => Promise<Pick<NewResult, "value">>): Promise<MadeOutput> {
    const made = Promise.withResolvers<MadeOutput>();
    const run = async () =>
      made.resolve({ status: "partial", output: outputOf(node, (await collect()).value) });
    await this.#runJob(node, { cost: WHOLE_SECONDS, run });
    return await made.promise;
  }

  async #runJob({ instance, stage, kind, limits }: PlanNode, job: Job): Promise<void> {
    const { queue, paths } = this.tools;
    const own = kind.contract === "items"
      ? { stage: `${stage} collected`, limits: {} } // its limits are those of its items
      : { stage, limits };
    await queue.run({ ...own, priority: paths.get(instance)!, isShort: true, jobs: [job] });
  }
}
