import type { Plan, PlanNode } from "../compiler/plan.ts";
import { UserError } from "../core/diagnostic.ts";
import type { ItemsKind, WholeKind } from "../core/stage_kind.ts";
import type { NewResult } from "../store/store.ts";
import type { Clock } from "./clock.ts";
import { criticalPaths } from "./critical_path.ts";
import type { EngineHost } from "./engine_process/host.ts";
import type { ItemCounts, ItemFailure, RunEvent, StageOutlook } from "./events.ts";
import { failureOf } from "./failure.ts";
import { type ItemResult, ItemRunner } from "./item_runner.ts";
import { ItemTally } from "./item_tally.ts";
import { Maker } from "./maker.ts";
import { Preparation } from "./preparation.ts";
import type { Repairs } from "./repairs.ts";
import type { RunEnd } from "./run_end.ts";
import {
  type IdentifiedStage,
  inputInstances,
  inputsOf,
  type Outputs,
  plannedOutput,
  type StageItem,
  type StageLookup,
  type StageOutput,
} from "./stage_lookup.ts";
import { type MadeOutput, StageMaker } from "./stage_maker.ts";
import { withTimeout } from "./timeout.ts";
import { TrackedObjects } from "./tracked_objects.ts";
import { WorkQueue } from "./queue/work_queue.ts";

export interface StageResult {
  readonly node: PlanNode;
  /** partial: some items failed, and the output holds the others. skipped: an input has no output. */
  readonly status: "stored" | "ran" | "partial" | "failed" | "skipped" | "interrupted";
  readonly output?: StageOutput;
  readonly items?: ItemCounts;
  /** Of its items, those that failed. */
  readonly failures?: readonly ItemFailure[];
  readonly seconds: number;
}

export interface StageTools {
  readonly lookup: StageLookup;
  readonly outlook: readonly StageOutlook[];
  readonly concurrency: number;
  readonly engine: EngineHost;
  readonly end: RunEnd;
  readonly repairs: Repairs;
  readonly clock: Clock;
  readonly emit: (event: RunEvent) => void;
}

/** What a stage came to, and whether it must run again: it, or one before it, met something damaged. */
interface Attempt extends StageResult {
  readonly isDamaged?: true;
}

/** Runs the stages of a plan: each as soon as its inputs have their outputs. */
export class StageRunner {
  readonly #maker: Maker;
  readonly #stages: StageMaker;
  readonly #items: ItemRunner;
  readonly #tally = new ItemTally();
  readonly #preparation: Preparation;
  readonly #paths: ReadonlyMap<string, number>;
  /** What the stages came to in the pass before. */
  #before: ReadonlyMap<string, Attempt> = new Map();

  constructor(private readonly plan: Plan, private readonly tools: StageTools) {
    const { lookup: { store }, outlook, concurrency, end, emit } = tools;
    const { signal } = end;
    const queue = new WorkQueue(concurrency, plan.resources);
    const maker = new Maker({ ...tools, store, signal, onBroken: (error) => end.fail(error) });
    const onFailure = () => end.failed();
    this.#paths = criticalPaths(plan, outlook, concurrency);
    this.#maker = maker;
    this.#stages = new StageMaker({ lookup: tools.lookup, queue, maker, paths: this.#paths });
    this.#items = new ItemRunner({ ...tools, store, queue, maker, tally: this.#tally, signal, onFailure });
    this.#preparation = new Preparation(plan, signal, emit);
    signal.addEventListener("abort", () => queue.stop(signal.reason));
  }

  /** Runs what is not stored, and what a pass before this one could not read or had to leave out. */
  async pass(): Promise<StageResult[]> {
    const attempts = new Map<string, Promise<Attempt>>();
    for (const node of this.plan.nodes) attempts.set(node.instance, this.#attempt(node, attempts)); // inputs come first
    const results = await Promise.all(attempts.values());
    this.#before = new Map(results.map((result) => [result.node.instance, result]));
    return results.map(({ isDamaged: _, ...result }) => result);
  }

  /** Resolves when all that was computed is stored. */
  async settled(): Promise<void> {
    await this.#maker.settled();
  }

  async #attempt(node: PlanNode, attempts: ReadonlyMap<string, Promise<Attempt>>): Promise<Attempt> {
    const { emit, end } = this.tools;
    const inputs = await Promise.all(inputInstances(node).map((instance) => attempts.get(instance)!));
    if (end.signal.aborted) return { node, status: "interrupted", seconds: 0 };
    const absent = inputs.find(({ output }) => output === undefined);
    if (absent === undefined) {
      return await this.#run(node, new Map(inputs.map((input) => [input.node.instance, input.output!])));
    }
    const skipped: Attempt = { node, status: "skipped", seconds: 0 };
    if (inputs.some(({ isDamaged }) => isDamaged)) return { ...skipped, isDamaged: true };
    if (this.#before.get(node.instance)?.status !== "skipped") {
      emit({ type: "stage-skipped", stage: node.instance, because: absent.node.instance });
    }
    return skipped;
  }

  async #run(node: PlanNode, inputs: Outputs): Promise<Attempt> {
    const { emit, end, repairs } = this.tools;
    const stage = node.instance;
    const before = this.#before.get(stage);
    if (before?.status === "failed" && !before.isDamaged) return before;
    const started = performance.now();
    const about = () => ({
      node,
      ...this.#aboutItems(stage),
      seconds: (performance.now() - started) / 1000 + (before?.seconds ?? 0),
    });
    try {
      const evaluated = await this.#evaluate(node, inputs, before);
      if ("node" in evaluated) return evaluated;
      const result = { ...about(), ...evaluated };
      const { status, items, seconds } = result;
      emit({ type: "stage-finished", stage, result: { status, ...(items && { items }), seconds } });
      this.#compare(result, before);
      return result;
    } catch (error) {
      await this.settled(); // items that were computed count
      if (end.signal.aborted) return { ...about(), status: "interrupted" };
      if (repairs.takes(error)) return { ...about(), status: "failed", isDamaged: true };
      emit({ type: "stage-failed", stage, error: failureOf(error) });
      if (!(error instanceof AllFailed)) end.failed();
      return { ...about(), status: "failed" };
    }
  }

  #aboutItems(stage: string): Pick<StageResult, "items" | "failures"> {
    const [items, failures = []] = [this.#tally.of(stage), this.#tally.failuresOf(stage)];
    return { ...(items && { items: { ...items } }), ...(failures.length > 0 && { failures: [...failures] }) };
  }

  /** Equal settings and inputs give equal bytes: where they do not, what was made of the former ones is in doubt. */
  #compare({ node: { instance }, output }: StageResult, before: Attempt | undefined): void {
    if (
      before?.output === undefined || before.status === "partial" || before.output.digest === output!.digest
    ) return;
    const message = `"${instance}" came out differently than before its result was damaged`;
    this.tools.emit({ type: "warning", message });
  }

  async #evaluate(
    node: PlanNode,
    inputs: Outputs,
    before: Attempt | undefined,
  ): Promise<MadeOutput | Attempt> {
    const { kind } = node;
    if (kind.contract === "plan") return { status: "stored", output: plannedOutput(node) };
    const stage = await this.tools.lookup.identify(node, inputs);
    const output = this.tools.lookup.storedOutput(stage.identity);
    if (output !== undefined && isWhole(before)) return { ...before, output };
    if (output !== undefined) {
      if (kind.contract === "items") this.#countStored(node, kind, stage);
      return { status: "stored", output };
    }
    return kind.contract === "items"
      ? await this.#runItems(node, kind, inputs, stage)
      : await this.#runWhole(node, kind, inputs, stage);
  }

  #countStored({ instance }: PlanNode, kind: ItemsKind, { items = [] }: IdentifiedStage): void {
    this.#tally.begin(instance, kind);
    for (const { identity } of items) this.#tally.found(instance, identity);
  }

  async #runWhole(
    node: PlanNode,
    kind: WholeKind,
    inputs: Outputs,
    { identity }: IdentifiedStage,
  ): Promise<MadeOutput> {
    const { lookup: { store }, clock, end, emit } = this.tools;
    const [run] = await Promise.all([kind.load(), this.#preparation.inputsOf(node)]);
    return await this.#stages.make(node, identity, async () => {
      emit({ type: "stage-started", stage: node.instance });
      const objects = new TrackedObjects(store.objects);
      const values = await inputsOf(node, inputs);
      const value = await withTimeout(
        node.limits.timeoutSeconds,
        clock,
        end.signal,
        (signal) => run(node.config, values, { objects, signal }),
      );
      return { value, objects: objects.written };
    });
  }

  async #runItems(
    node: PlanNode,
    kind: ItemsKind,
    inputs: Outputs,
    { identity, items = [] }: IdentifiedStage,
  ): Promise<MadeOutput> {
    const priority = this.#paths.get(node.instance)!;
    const prepare = () => this.#preparation.inputsOf(node);
    const results = await this.#items.run({ node, kind, items, priority, prepare });
    const failed = results.filter((result) => result === null).length;
    if (failed > 0 && failed === items.length) throw new AllFailed(kind, failed);
    const collect = () => this.#collect(node, kind, inputs, items, results);
    if (failed > 0) return await this.#stages.makePart(node, collect);
    const made = await this.#stages.make(node, identity, async () => {
      const { value, objects } = await collect();
      const needed = [...objects, ...results.flatMap((result) => result!.objects)];
      return { value, objects: needed, parts: items.map(({ identity }) => identity) };
    });
    return this.#tally.of(node.instance)!.ran > 0 ? { ...made, status: "ran" } : made;
  }

  async #collect(
    node: PlanNode,
    kind: ItemsKind,
    inputs: Outputs,
    items: readonly StageItem[],
    results: readonly (ItemResult | null)[],
  ): Promise<Pick<NewResult, "value" | "objects">> {
    const { lookup: { store }, end: { signal } } = this.tools;
    const objects = new TrackedObjects(store.objects);
    const outcomes = results.map((result) => result?.outcome ?? null);
    const listed = items.map(({ item }) => item);
    const values = await inputsOf(node, inputs);
    const value = await kind.collect(node.config, values, listed, outcomes, { objects, signal });
    return { value, objects: objects.written };
  }
}

/** All items of a stage have failed: they have been told, and counted, one by one. */
class AllFailed extends UserError {
  constructor({ noun }: ItemsKind, count: number) {
    super(`Each ${noun} of it failed, ${count} in all`, "the reasons are above");
  }
}

function isWhole(attempt: Attempt | undefined): attempt is Attempt {
  return attempt?.status === "ran" || attempt?.status === "stored";
}
