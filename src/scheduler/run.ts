import pLimit from "p-limit";
import type { Plan, PlanNode } from "../compiler/plan.ts";
import { UserError } from "../core/diagnostic.ts";
import type { Json } from "../core/json.ts";
import type { ItemsKind, WholeKind } from "../core/stage_kind.ts";
import { StoreError } from "../store/errors.ts";
import type { NewResult } from "../store/store.ts";
import type { EngineHost } from "./engine_host.ts";
import type { ItemCounts, RunEvent, StageOutlook } from "./events.ts";
import { failureOf, ItemRunner } from "./item_runner.ts";
import { Preparation } from "./preparation.ts";
import {
  type IdentifiedStage,
  inputInstances,
  inputsOf,
  outputOf,
  type Outputs,
  type StageLookup,
  type StageOutput,
} from "./stage_lookup.ts";
import { TrackedObjects } from "./tracked_objects.ts";

export interface RunOptions {
  /** Of the store that results are kept in. */
  readonly lookup: StageLookup;
  /** What `assess` says about the plan: told first of all. */
  readonly outlook: readonly StageOutlook[];
  /** How many items run at once, over all stages. */
  readonly concurrency: number;
  /** Started when the first item needs it; ended with the run. */
  readonly engine: EngineHost;
  /** Ends the run early: what is stored stays stored. */
  readonly signal: AbortSignal;
  readonly emit: (event: RunEvent) => void;
}

export interface RunResult {
  /** Every stage has its whole output. */
  readonly ok: boolean;
  readonly interrupted: boolean;
  readonly stages: readonly StageResult[];
  readonly seconds: number;
}

export interface StageResult {
  readonly node: PlanNode;
  /** partial: some items failed, and the output holds the others. skipped: an input has no output. */
  readonly status: "stored" | "ran" | "partial" | "failed" | "skipped" | "interrupted";
  readonly output?: StageOutput;
  readonly items?: ItemCounts;
  readonly seconds: number;
}

/**
 * Runs what is not stored: each stage as soon as its inputs have their outputs, and all items under one limit.
 * @throws {UserError} If the store cannot be written any more
 */
export async function run(plan: Plan, options: RunOptions): Promise<RunResult> {
  const started = performance.now();
  options.emit({ type: "started", pipeline: plan.name, stages: options.outlook });
  const broken = new AbortController();
  const signal = AbortSignal.any([options.signal, broken.signal]);
  signal.addEventListener("abort", () => options.engine.kill());
  const runner = new StageRunner(plan, { ...options, signal }, broken);
  const stages = await runner.runAll().finally(() => options.engine.stop());
  if (broken.signal.aborted) throw broken.signal.reason;
  return {
    ok: stages.every(({ status }) => status === "stored" || status === "ran"),
    interrupted: options.signal.aborted,
    stages,
    seconds: (performance.now() - started) / 1000,
  };
}

type Evaluated = Pick<StageResult, "items"> & {
  readonly status: "stored" | "ran" | "partial";
  readonly output: StageOutput;
};

class StageRunner {
  readonly #results = new Map<string, Promise<StageResult>>();
  readonly #items: ItemRunner;
  readonly #preparation: Preparation;

  /** @param broken Aborted with the error after which nothing more can be stored */
  constructor(
    private readonly plan: Plan,
    private readonly options: RunOptions,
    private readonly broken: AbortController,
  ) {
    const { lookup: { store } } = options;
    this.#items = new ItemRunner({ ...options, store, limit: pLimit(options.concurrency) });
    this.#preparation = new Preparation(plan, options.signal, options.emit);
  }

  async runAll(): Promise<StageResult[]> {
    for (const node of this.plan.nodes) this.#results.set(node.instance, this.#runStage(node)); // inputs come first
    return await Promise.all(this.#results.values());
  }

  async #runStage(node: PlanNode): Promise<StageResult> {
    const { emit, signal } = this.options;
    const stage = node.instance;
    const before = await Promise.all(inputInstances(node).map((instance) => this.#results.get(instance)!));
    const started = performance.now();
    const seconds = () => (performance.now() - started) / 1000;
    if (signal.aborted) return { node, status: "interrupted", seconds: 0 };
    const absent = before.find(({ output }) => output === undefined);
    if (absent !== undefined) {
      emit({ type: "stage-skipped", stage, because: absent.node.instance });
      return { node, status: "skipped", seconds: 0 };
    }
    try {
      const inputs = new Map(before.map((result) => [result.node.instance, result.output!]));
      const evaluated = await this.#evaluate(node, inputs);
      const { status, items = this.#items.counts(stage) } = evaluated;
      emit({ type: "stage-finished", stage, result: { status, items, seconds: seconds() } });
      return { node, ...evaluated, items, seconds: seconds() };
    } catch (error) {
      if (error instanceof StoreError) this.broken.abort(error);
      const done = { node, items: this.#items.counts(stage), seconds: seconds() };
      if (signal.aborted) return { ...done, status: "interrupted" };
      emit({ type: "stage-failed", stage, error: failureOf(error) });
      return { ...done, status: "failed" };
    }
  }

  async #evaluate(node: PlanNode, inputs: Outputs): Promise<Evaluated> {
    const { kind } = node;
    const { lookup } = this.options;
    if (kind.contract === "plan") return { status: "stored", output: outputOf(node, node.output as Json) };
    const stage = await lookup.identify(node, inputs);
    const output = lookup.storedOutput(stage.identity);
    if (kind.contract === "items") {
      if (output === undefined) return await this.#runItems(node, kind, inputs, stage);
      return { status: "stored", output, items: this.#items.countStored(node, kind, stage.items!) };
    }
    if (output !== undefined) return { status: "stored", output };
    return await this.#runWhole(node, kind, inputs, stage);
  }

  async #runWhole(
    node: PlanNode,
    kind: WholeKind,
    inputs: Outputs,
    { identity }: IdentifiedStage,
  ): Promise<Evaluated> {
    const { lookup: { store }, signal, emit } = this.options;
    emit({ type: "stage-started", stage: node.instance });
    const started = performance.now();
    const [run] = await Promise.all([kind.load(), this.#preparation.inputsOf(node)]);
    const objects = new TrackedObjects(store.objects);
    const value = await run(node.config, await inputsOf(node, inputs), { objects, signal });
    const made = { identity, value, objects: objects.written };
    return { status: "ran", output: await this.#store(node, made, started) };
  }

  async #runItems(
    node: PlanNode,
    kind: ItemsKind,
    inputs: Outputs,
    { identity, items = [] }: IdentifiedStage,
  ): Promise<Evaluated> {
    const { lookup: { store }, signal } = this.options;
    const started = performance.now();
    const results = await this.#items.run(node, kind, items, () => this.#preparation.inputsOf(node));
    const failed = results.filter((result) => result === null).length;
    if (failed > 0 && failed === items.length) {
      throw new UserError(`Each ${kind.noun} of it failed, ${items.length} in all`, "the reasons are above");
    }
    const objects = new TrackedObjects(store.objects);
    const outcomes = results.map((result) => result?.outcome ?? null);
    const listed = items.map(({ item }) => item);
    const context = { objects, signal };
    const value = await kind.collect(node.config, await inputsOf(node, inputs), listed, outcomes, context);
    if (failed > 0) return { status: "partial", output: outputOf(node, value) };
    const needed = [...objects.written, ...results.flatMap((result) => result!.objects)];
    const parts = items.map(({ identity }) => identity);
    return {
      status: "ran",
      output: await this.#store(node, { identity, value, objects: needed, parts }, started),
    };
  }

  async #store(
    node: PlanNode,
    made: Omit<NewResult, "output" | "seconds">,
    started: number,
  ): Promise<StageOutput> {
    const { digest } = outputOf(node, made.value);
    const seconds = (performance.now() - started) / 1000;
    const { value } = await this.options.lookup.store.add({ ...made, output: digest, seconds });
    return { digest, value: () => Promise.resolve(value) };
  }
}
