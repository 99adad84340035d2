import { assert, assertEquals, assertRejects } from "@std/assert";
import { setImmediate } from "node:timers";
import * as fc from "fast-check";
import { type Batch, type Job, type Later, WorkQueue } from "./work_queue.ts";

Deno.test("WorkQueue.run() starts no more jobs than there are slots, and one as soon as another ends", async () => {
  const gates = new Gates(2);
  await gates.add({ jobs: { a: { cost: 3 }, b: { cost: 2 }, c: {} } });
  assertEquals(gates.started, ["a", "b"]);
  await gates.end("b");
  assertEquals(gates.started, ["a", "b", "c"]);
});

Deno.test("WorkQueue.run() starts the batch with the longest way to the end first, whenever it came", async () => {
  const gates = new Gates(1);
  await gates.add({ priority: 5, jobs: { first: {} } });
  await gates.add({ priority: 10, jobs: { b1: {}, b2: {} } });
  await gates.add({ priority: 90, jobs: { a1: {}, a2: {} } });
  assertEquals(await gates.endAll(), ["first", "a1", "a2", "b1", "b2"]);
});

Deno.test("WorkQueue.run() keeps a slot at its affinity, and gives each slot another while there are some", async () => {
  const gates = new Gates(2);
  const [mlp, cnn, vit] = ["mlp", "cnn", "vit"].map((affinity) => ({ affinity, cost: 10 }));
  await gates.add({ jobs: { v1: { ...vit }, m1: mlp!, c1: cnn!, m2: mlp!, c2: cnn!, m3: mlp! } });
  assertEquals(gates.started, ["m1", "c1"]);
  await gates.end("c1");
  assertEquals(gates.started.at(-1), "c2");
  await gates.end("c2"); // no more of these: the next affinity, not the one of the other slot
  assertEquals(gates.started.at(-1), "v1");
  await gates.end("v1"); // nothing else is left
  assertEquals(gates.started.at(-1), "m2");
});

Deno.test("WorkQueue.run() lets one short job at a time go before all others", async () => {
  const gates = new Gates(2);
  await gates.add({ priority: 9000, jobs: { l1: {}, l2: {}, l3: {}, l4: {} } });
  await gates.add({ isShort: true, jobs: { s1: {}, s2: {} } });
  await gates.end("l1");
  assertEquals(gates.started.at(-1), "s1");
  await gates.end("l2");
  assertEquals(gates.started.at(-1), "l3");
  await gates.end("s1");
  assertEquals(gates.started.at(-1), "s2");
});

Deno.test("WorkQueue.run() counts all batches of a stage against its concurrency", async () => {
  const gates = new Gates(4);
  await gates.add({ stage: "trained", limits: { concurrency: 1 }, jobs: { a: {} } });
  await gates.add({ stage: "trained", limits: { concurrency: 1 }, jobs: { b: {} } });
  await gates.add({ stage: "other", jobs: { c: {} } });
  assertEquals(gates.started, ["a", "c"]);
  await gates.end("a");
  assertEquals(gates.started, ["a", "c", "b"]);
});

Deno.test("WorkQueue.run() keeps a resource for the first that waits for it, and lets others pass", async () => {
  const gates = new Gates(4, { gpu: 4 });
  const takes = (gpu: number) => ({ limits: { resources: { gpu } } });
  await gates.add({ ...takes(1), jobs: { small: {} } });
  await gates.add({ ...takes(4), priority: 9, jobs: { large: {} } });
  await gates.add({ ...takes(1), priority: 8, jobs: { next: {} } });
  await gates.add({ jobs: { free: {} } });
  assertEquals(gates.started, ["small", "free"]);
  await gates.end("small");
  assertEquals(gates.started.at(-1), "large");
  await gates.end("large");
  assertEquals(gates.started.at(-1), "next");
});

Deno.test("WorkQueue.run() refuses a batch that takes more of a resource than there is", async () => {
  const { queue } = new Gates(1, { gpu: 1 });
  const batch = { stage: "s", limits: { resources: { gpu: 2 } }, priority: 0, isShort: false, jobs: [] };
  await assertRejects(() => queue.run(batch), RangeError, 'Cannot run "s": it takes 2 of gpu, of 1');
});

Deno.test("WorkQueue.run() gives the slot of a job that is set aside to others, and runs it again later", async () => {
  const gates = new Gates(1);
  await gates.add({ jobs: { a: { cost: 3 }, b: { cost: 2 }, c: {} } });
  await gates.setAside("a");
  assertEquals(gates.started, ["a", "b"]);
  await gates.bringBack("a");
  await gates.end("b");
  assertEquals(gates.started, ["a", "b", "a"]);
  assertEquals(await gates.endAll(), ["a", "b", "a", "c"]);
  assertEquals(await gates.outcomes(), ["fulfilled"]);
});

Deno.test("WorkQueue.run() rejects with the first error, when no job of the batch runs any more", async () => {
  const gates = new Gates(2);
  await gates.add({ jobs: { a: { cost: 4 }, b: { cost: 3 }, c: { cost: 2 } } });
  await gates.add({ jobs: { other: {} } });
  await gates.fail("a");
  assertEquals(gates.started, ["a", "b", "other"]);
  assertEquals(gates.isEnded(0), false);
  await gates.end("b");
  assert(gates.isEnded(0));
  await gates.endAll();
  assertEquals(await gates.outcomes(), ["Error: a", "fulfilled"]);
});

Deno.test("WorkQueue.run() of no jobs resolves", async () => {
  const gates = new Gates(1);
  await gates.add({ jobs: {} });
  assertEquals(await gates.outcomes(), ["fulfilled"]);
});

Deno.test("WorkQueue.stop() starts nothing more: batches reject when their jobs have ended, later ones at once", async () => {
  const gates = new Gates(2);
  await gates.add({ jobs: { a: { cost: 3 }, b: { cost: 2 }, c: {} } });
  await gates.setAside("b");
  gates.queue.stop(new Error("stop"));
  await gates.bringBack("b");
  await gates.endAll();
  await gates.add({ jobs: { d: {} } });
  assertEquals(gates.started, ["a", "b", "c"]);
  assertEquals(await gates.outcomes(), ["Error: stop", "Error: stop"]);
});

Deno.test("WorkQueue starts whatever can start, never more than a limit allows, and each job until it is done", async () => {
  await fc.assert(
    fc.asyncProperty(scenario(), async ({ concurrency, batches, steps }) => {
      const model = new Model(concurrency, batches);
      for (const step of steps) {
        await model.take(step);
        model.check();
      }
      while (await model.goOn()) model.check();
      await model.checkEnd();
    }),
    { numRuns: 1000 },
  );
});

const RESOURCES = { gpu: 4, net: 2 };
const STAGES = { s: {}, t: { concurrency: 1 }, u: { concurrency: 2 } };

interface Step {
  readonly does: "add" | "end" | "set aside" | "bring back" | "fail" | "stop";
  /** Which of the jobs that it can be done to. */
  readonly which: number;
}

/** Batches, and what happens to them in turn. Failures and stops are rare, so that most scenarios are long. */
function scenario() {
  const stage = fc.constantFrom(...Object.keys(STAGES) as (keyof typeof STAGES)[]);
  const resources = fc.constantFrom<Record<string, number>>({}, { gpu: 1 }, { gpu: 4 }, { gpu: 2, net: 1 }, {
    net: 2,
  });
  const job = fc.record({ affinity: fc.constantFrom("a", "b", undefined), cost: fc.nat(9) });
  const batch = fc.record({
    stage,
    resources,
    priority: fc.nat(3),
    isShort: fc.boolean(),
    jobs: fc.array(job, { maxLength: 6 }),
  });
  const does = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<Step["does"]>("add", "end", "set aside", "bring back") },
    { weight: 1, arbitrary: fc.constantFrom<Step["does"]>("fail", "fail", "fail", "stop") },
  );
  const step = fc.record({ does, which: fc.nat(99) });
  return fc.record({
    concurrency: fc.integer({ min: 1, max: 4 }),
    batches: fc.array(batch, { maxLength: 8 }),
    steps: fc.array(step, { maxLength: 60 }),
  });
}

interface ModelBatch {
  readonly stage: keyof typeof STAGES;
  readonly resources: Readonly<Record<string, number>>;
  readonly priority: number;
  readonly isShort: boolean;
  readonly jobs: readonly Partial<Job>[];
}

interface ModelJob {
  readonly name: string;
  readonly batch: number;
  state: "waits" | "runs" | "aside" | "done" | "dropped";
}

/** What must be true of a queue, from what was done to it. */
class Model {
  readonly #gates: Gates;
  readonly #jobs = new Map<string, ModelJob>();
  readonly #droppedBatches = new Set<number>();
  #added = 0;
  #stopped = false;

  constructor(private readonly concurrency: number, private readonly batches: readonly ModelBatch[]) {
    this.#gates = new Gates(concurrency, RESOURCES, (name) => this.#start(name));
  }

  async take({ does, which }: Step): Promise<void> {
    if (does === "add") return await this.#add();
    if (does === "stop") return this.#stop();
    const state = does === "bring back" ? "aside" : "runs";
    const jobs = this.#in(state);
    const job = jobs[which % jobs.length];
    if (job !== undefined) await this.#do(does, job);
  }

  /** Lets what has begun go on to its end; false when there is nothing left. */
  async goOn(): Promise<boolean> {
    const [aside, running] = [this.#in("aside"), this.#in("runs")];
    if (this.#added < this.batches.length) await this.#add();
    else if (aside.length > 0) await this.#do("bring back", aside[0]!);
    else if (running.length > 0) await this.#do("end", running[0]!);
    else return false;
    return true;
  }

  check(): void {
    const running = this.#in("runs");
    assert(running.length <= this.concurrency, "more jobs than slots");
    for (const [stage, { concurrency = Infinity }] of Object.entries<{ concurrency?: number }>(STAGES)) {
      assert(this.#runningOf(stage) <= concurrency, `more jobs of ${stage} than it may have`);
    }
    for (const [name, left] of Object.entries(this.#left())) assert(left >= 0, `too much of ${name} taken`);
    if (running.length < this.concurrency) assertEquals(this.#startable().map(({ name }) => name), []);
  }

  async checkEnd(): Promise<void> {
    assertEquals([...this.#jobs.values()].filter(({ state }) => state !== "done" && state !== "dropped"), []);
    const outcomes = await this.#gates.outcomes();
    for (const [i, outcome] of outcomes.entries()) {
      const dropped = this.#ofBatch(i).some(({ state }) => state === "dropped");
      if (outcome === "fulfilled") assert(!dropped, "a batch resolved though not all of it was done");
      else assert(this.#stopped || /^Error: /.test(outcome));
    }
    assertEquals(outcomes.length, this.batches.length);
  }

  #start(name: string): void {
    const job = this.#jobs.get(name)!;
    assertEquals(job.state, "waits", "started though it does not wait");
    job.state = "runs";
  }

  async #add(): Promise<void> {
    const batch = this.batches[this.#added];
    if (batch === undefined) return;
    const i = this.#added++;
    const { stage, resources, jobs } = batch;
    const named = jobs.map((job, j) => [`${i}.${j}`, job] as const);
    for (const [name] of named) {
      this.#jobs.set(name, { name, batch: i, state: this.#stopped ? "dropped" : "waits" });
    }
    const limits = { ...STAGES[stage], resources };
    await this.#gates.add({ ...batch, limits, jobs: Object.fromEntries(named) });
  }

  async #do(does: Exclude<Step["does"], "add" | "stop">, job: ModelJob): Promise<void> {
    switch (does) {
      case "end":
        job.state = "done";
        return await this.#gates.end(job.name);
      case "fail":
        job.state = "dropped";
        this.#drop(job.batch);
        return await this.#gates.fail(job.name);
      case "set aside":
        job.state = this.#isDropped(job.batch) ? "dropped" : "aside";
        return await this.#gates.setAside(job.name);
      case "bring back":
        job.state = "waits";
        return await this.#gates.bringBack(job.name);
    }
  }

  #stop(): void {
    this.#stopped = true;
    for (let i = 0; i < this.#added; i++) this.#drop(i);
    this.#gates.queue.stop(new Error("stop"));
  }

  #isDropped(batch: number): boolean {
    return this.#droppedBatches.has(batch);
  }

  #drop(batch: number): void {
    this.#droppedBatches.add(batch);
    for (const job of this.#ofBatch(batch)) {
      if (job.state === "waits" || job.state === "aside") job.state = "dropped";
    }
  }

  /** Those that wait, would fit, and take nothing that another which does not fit waits for. */
  #startable(): ModelJob[] {
    const left = this.#left();
    const waiting = this.#in("waits").filter(({ batch }) => {
      const { stage } = this.batches[batch]!;
      const { concurrency = Infinity }: { concurrency?: number } = STAGES[stage];
      return this.#runningOf(stage) < concurrency;
    });
    const needs = ({ batch }: ModelJob) => Object.entries(this.batches[batch]!.resources);
    const kept = new Set<string>();
    const isHeld = (job: ModelJob) =>
      needs(job).some(([name, amount]) => kept.has(name) || amount > left[name]!);
    for (let size = -1; size < kept.size;) {
      size = kept.size;
      for (const job of waiting.filter(isHeld)) for (const [name] of needs(job)) kept.add(name);
    }
    return waiting.filter((job) => !isHeld(job));
  }

  #left(): Record<string, number> {
    const left: Record<string, number> = { ...RESOURCES };
    for (const { batch } of this.#in("runs")) {
      for (const [name, amount] of Object.entries(this.batches[batch]!.resources)) left[name]! -= amount;
    }
    return left;
  }

  #runningOf(stage: string): number {
    return this.#in("runs").filter(({ batch }) => this.batches[batch]!.stage === stage).length;
  }

  #in(state: ModelJob["state"]): ModelJob[] {
    return [...this.#jobs.values()].filter((job) => job.state === state);
  }

  #ofBatch(batch: number): ModelJob[] {
    return [...this.#jobs.values()].filter((job) => job.batch === batch);
  }
}

type FakeBatch = Partial<Omit<Batch, "jobs">> & { readonly jobs: Readonly<Record<string, Partial<Job>>> };

/** A queue whose jobs run until the test says otherwise. */
class Gates {
  readonly queue: WorkQueue;
  readonly started: string[] = [];
  readonly #running = new Map<string, PromiseWithResolvers<Later | void>>();
  readonly #aside = new Map<string, () => void>();
  readonly #batches: { readonly settled: Promise<string>; isEnded: boolean }[] = [];

  constructor(
    concurrency: number,
    resources: Readonly<Record<string, number>> = {},
    private readonly onStart: (job: string) => void = () => {},
  ) {
    this.queue = new WorkQueue(concurrency, resources);
  }

  async add({ jobs: named, ...batch }: FakeBatch): Promise<void> {
    const jobs = Object.entries(named).map(([name, job]) => ({
      cost: 1,
      ...job,
      run: () => this.#run(name),
    }));
    const ended = this.queue.run({ stage: "s", limits: {}, priority: 0, isShort: false, ...batch, jobs });
    const settled = ended.then(() => "fulfilled", (error) => String(error));
    const entry = { settled, isEnded: false };
    settled.then(() => entry.isEnded = true);
    this.#batches.push(entry);
    await turn();
  }

  async end(job: string): Promise<void> {
    this.#take(job).resolve();
    await turn();
  }

  async fail(job: string): Promise<void> {
    this.#take(job).reject(new Error(job));
    await turn();
  }

  async setAside(job: string): Promise<void> {
    const back = Promise.withResolvers<void>();
    this.#aside.set(job, back.resolve);
    this.#take(job).resolve({ after: back.promise });
    await turn();
  }

  async bringBack(job: string): Promise<void> {
    this.#aside.get(job)!();
    await turn();
  }

  /** Ends what runs, and what starts then, in the order of their starts. @returns All starts */
  async endAll(): Promise<readonly string[]> {
    for (const job of this.started) if (this.#running.has(job)) await this.end(job);
    return this.started;
  }

  isEnded(batch: number): boolean {
    return this.#batches[batch]!.isEnded;
  }

  outcomes(): Promise<string[]> {
    return Promise.all(this.#batches.map(({ settled }) => settled));
  }

  #run(job: string): Promise<Later | void> {
    this.onStart(job);
    this.started.push(job);
    const gate = Promise.withResolvers<Later | void>();
    this.#running.set(job, gate);
    return gate.promise;
  }

  #take(job: string): PromiseWithResolvers<Later | void> {
    const gate = this.#running.get(job)!;
    this.#running.delete(job);
    return gate;
  }
}

/** Until all that can go on without the test has done so. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
