import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import { UserError } from "../core/diagnostic.ts";
import { elementCount } from "../core/shape.ts";
import { traceInto } from "./backend.ts";
import { type DataTensors, DataVariables } from "./data_variables.ts";
import { dropoutFrom, keepAll } from "./dropout.ts";
import type { EvaluatedSplit } from "./evaluation.ts";
import { lossAndCorrect, lossAndGradients } from "./losses.ts";
import { modelOf, type TensorSpec } from "./models/model.ts";
import { optimizerOf } from "./optimizers.ts";
import type { ProgramKey } from "./program_key.ts";
import { numbersPerStep, splitNumbers } from "./step_numbers.ts";
import { TensorVariables } from "./tensor_variables.ts";
import { DataType } from "./tensorflow/c_api.ts";
import { Graph, type Output } from "./tensorflow/graph.ts";
import { type Feeds, Session } from "./tensorflow/session.ts";
import { NativeTensor } from "./tensorflow/tensor.ts";
import { Variable } from "./tensorflow/variable.ts";
import { addLoop } from "./tensorflow/loop.ts";

/** Sums over the steps of an epoch so far. */
export interface EpochSums {
  /** Of the batches' mean losses, in nats. */
  readonly loss: number;
  /** Of the examples that were classified right. */
  readonly correct: number;
}

/** What steps change. */
export interface ProgramState {
  /** In the order of the program's `tensors`. */
  readonly weights: readonly Float32Array[];
  /** In the order of its `slotTensors`. */
  readonly slots: readonly Float32Array[];
}

/**
 * A graph that trains and evaluates one architecture, and the session that holds its state.
 *
 * Data, weights and the optimizer's slots are variables of the session, so that no step copies them. The loop over the
 * steps of an epoch is one operation, TensorFlow's While, lowered into the graph.
 */
export class Program {
  readonly tensors: readonly TensorSpec[];
  /** What the optimizer remembers: for each of `tensors`, its slots. */
  readonly slotTensors: readonly Pick<TensorSpec, "name" | "shape">[];
  readonly stepsPerEpoch: number;
  private readonly graph = new Graph();
  private readonly data: DataVariables;
  /** int32 [stepsPerEpoch, batchSize]; fed to make `batches`. */
  private readonly order: Output;
  /** Of each step, indices of its examples and, beside them, their labels. */
  private readonly batches: Variable;
  private readonly numbers: Variable;
  /** What the masks of dropout are drawn from. */
  private readonly draws: readonly Variable[];
  private readonly lossSum: Variable;
  private readonly correctSum: Variable;
  private readonly parameters: TensorVariables;
  /** By the slots of the optimizer, those of all tensors. */
  private readonly slots: readonly TensorVariables[];
  /** The first image that is not evaluated in whole batches. */
  private readonly limit: Output;
  private compiled = false;
  private readonly from: Output;
  private readonly to: Output;
  private readonly training: readonly Output[];
  private readonly evaluations: Readonly<Partial<Record<EvaluatedSplit, readonly Output[]>>>;
  private readonly session: Session;

  /**
   * A program that holds the data and waits for start(). Its owner closes it, and keeps the data until then.
   * @throws {UserError} If the examples do not fill a batch
   */
  static open(key: ProgramKey, data: DataTensors): Program {
    if (key.usedCount < key.batchSize) {
      throw new UserError(
        `Cannot train on ${key.usedCount} examples in batches of ${key.batchSize}`,
        "take smaller batches or more examples",
      );
    }
    const program = new Program(key, data);
    try {
      program.assign(program.data.assignments(data));
      return program;
    } catch (error) {
      program.close();
      throw error;
    }
  }

  private constructor(readonly key: ProgramKey, private readonly given: DataTensors) {
    const { graph } = this;
    const { slots } = optimizerOf(key.optimizer);
    this.tensors = modelOf(key.architecture).tensors(key.architecture, key.image, key.classes);
    const steps = this.stepsPerEpoch = Math.floor(key.usedCount / key.batchSize);
    this.data = new DataVariables(graph, key);
    this.order = graph.placeholder(DataType.int32, [steps, key.batchSize]);
    const batches = this.buildBatches();
    this.batches = new Variable(graph, "batches", "int32", [steps, 2, key.batchSize], batches);
    this.numbers = new Variable(graph, "numbers", "float32", [steps, numbersPerStep(key)]);
    this.draws = key.dropout ? [new Variable(graph, "draws", "uint64", [steps, 2])] : [];
    this.lossSum = new Variable(graph, "loss_sum", "float32", []);
    this.correctSum = new Variable(graph, "correct_sum", "float32", []);
    this.parameters = new TensorVariables(graph, this.tensors);
    const slotOf = (slot: string) =>
      this.tensors.map(({ name, shape }) => ({ name: `${name}/${slot}`, shape }));
    this.slotTensors = tensorByTensor(slots.map(slotOf));
    this.slots = slots.map((slot) => new TensorVariables(graph, slotOf(slot)));
    this.limit = graph.placeholder(DataType.int32, []);
    this.from = graph.placeholder(DataType.int32, []);
    this.to = graph.placeholder(DataType.int32, []);
    this.training = this.buildTraining();
    this.evaluations = {
      test: this.buildEvaluation("test"),
      ...key.validationCount !== undefined && { validation: this.buildEvaluation("validation") },
    };
    this.session = new Session(graph);
  }

  /** Begins a training: these weights, in the order and the shapes of `tensors`, and an optimizer without memory. */
  start(weights: readonly Float32Array[]): void {
    const slots = this.slotTensors.map(({ shape }) => new Float32Array(elementCount(shape)));
    this.resume({ weights, slots });
  }

  /** Goes back to where a training stood, in this program or in another of its key. */
  resume({ weights, slots }: ProgramState): void {
    const bySlot = this.slots.map((_, slot) => slots.filter((_, i) => i % this.slots.length === slot));
    const variables = [this.parameters, ...this.slots];
    const feeds = variables.flatMap((variables, i) => variables.feeds([weights, ...bySlot][i]!));
    this.runHere(feeds, [], variables.flatMap(({ assign }) => assign));
    if (!this.compiled) this.compile();
  }

  /** A copy of the labels of the training examples, as the data set has them: int32 [trainCount]. */
  get trainLabels(): Int32Array {
    return this.given.trainLabels.int32();
  }

  /** Trains on these labels from the next epoch on, int32 [trainCount], or on those of the data set. */
  label(labels: Int32Array | undefined): void {
    const { trainLabels } = this.data;
    if (labels === undefined) return this.assign([[trainLabels, this.given.trainLabels]]);
    const feed = [trainLabels.given, NativeTensor.from(labels, "int32", trainLabels.shape)] as const;
    this.runHere([feed], [], [trainLabels.assign]);
  }

  /**
   * Begins an epoch.
   * @param order int32 [stepsPerEpoch * batchSize], indices of the examples, batch by batch
   * @param numbers float32 [stepsPerEpoch * numbersPerStep], see `stepNumbers`
   * @param draws uint64 [stepsPerEpoch * 2], the key of dropout and the step over the whole training; where units are dropped
   */
  beginEpoch(order: Int32Array, numbers: Float32Array, draws: BigUint64Array): void {
    const feeds = [
      [this.order, NativeTensor.from(order, "int32", this.order.shape)] as const,
      ...[this.numbers].map(({ given, shape }) =>
        [given, NativeTensor.from(numbers, "float32", shape)] as const
      ),
      ...this.draws.map(({ given, shape }) => [given, NativeTensor.from(draws, "uint64", shape)] as const),
    ];
    const targets = [this.batches, this.numbers, ...this.draws].map(({ assign }) => assign);
    this.runHere(feeds, [], targets);
  }

  /** Trains steps [from, to) of the epoch in one call. How the epoch is cut into calls changes no bit. */
  async train(from: number, to: number, before: EpochSums): Promise<EpochSums> {
    const feeds = this.stepFeeds(from, to, before);
    const [loss, correct] = await this.run(feeds, this.training);
    return { loss: loss!, correct: correct! };
  }

  /** Mean loss (nats) and accuracy of the present weights on a split that the key has. */
  async evaluate(split: EvaluatedSplit): Promise<{ loss: number; accuracy: number }> {
    const { count, rest } = this.portionsOf(split);
    const [loss, correct] = await this.run([this.limitFeed(count - rest)], this.evaluations[split]!);
    return { loss: loss! / count, accuracy: correct! / count };
  }

  /** Copies of the present weights, in the order of `tensors`. */
  weights(): Float32Array[] {
    return this.read([this.parameters])[0]!;
  }

  /** Copies of all that steps change. */
  state(): ProgramState {
    const [weights, ...slots] = this.read([this.parameters, ...this.slots]);
    return { weights: weights!, slots: tensorByTensor(slots) };
  }

  close(): void {
    this.session.close();
    this.graph.free();
  }

  /** What the program computes; tests pin its digest. */
  text(): string {
    return this.graph.text();
  }

  private assign(values: readonly (readonly [Variable, NativeTensor])[]): void {
    const feeds = values.map(([variable, tensor]) => [variable.given, tensor] as const);
    this.session.runHere(feeds, [], values.map(([variable]) => variable.assign));
  }

  /** Runs what the outputs need, which takes time, and frees what it is fed. */
  private async run(feeds: Feeds, outputs: readonly Output[]): Promise<number[]> {
    try {
      return (await this.session.run(feeds, outputs)).map(takeScalar);
    } finally {
      free(feeds);
    }
  }

  /** Runs what takes no time, and frees what it is fed. */
  private runHere(
    feeds: Feeds,
    outputs: readonly Output[],
    targets: readonly Deno.PointerObject[] = [],
  ): NativeTensor[] {
    try {
      return this.session.runHere(feeds, outputs, targets);
    } finally {
      free(feeds);
    }
  }

  /** Runs what trains and evaluates for no step and no image, so that it is compiled here. Weights stay what they are. */
  private compile(): void {
    this.runHere(this.stepFeeds(0, 0, { loss: 0, correct: 0 }), this.training).forEach(takeScalar);
    for (const sums of Object.values(this.evaluations)) {
      this.runHere([this.limitFeed(0)], sums).forEach(takeScalar);
    }
    this.compiled = true;
  }

  private stepFeeds(from: number, to: number, before: EpochSums): Feeds {
    return [
      [this.from, NativeTensor.from(new Int32Array([from]), "int32", [])],
      [this.to, NativeTensor.from(new Int32Array([to]), "int32", [])],
      [this.lossSum.given, NativeTensor.from(new Float32Array([before.loss]), "float32", [])],
      [this.correctSum.given, NativeTensor.from(new Float32Array([before.correct]), "float32", [])],
    ];
  }

  private limitFeed(limit: number): Feeds[number] {
    return [this.limit, NativeTensor.from(new Int32Array([limit]), "int32", [])];
  }

  /** Copies of the tensors of each. */
  private read(each: readonly TensorVariables[]): Float32Array[][] {
    const values = this.session.runHere([], each.flatMap(({ now }) => now));
    const arrays = values.map((value) => value.takeFloat32());
    return each.map((variables) => variables.tensors(arrays.splice(0, variables.now.length)));
  }

  /** How a split is evaluated: `size` images at a time, and the `rest` of `count` at the end. */
  private portionsOf(split: EvaluatedSplit): { count: number; size: number; rest: number } {
    const count = split === "test" ? this.key.testCount : this.key.validationCount!;
    const size = Math.min(modelOf(this.key.architecture).evaluationBatch, count);
    return { count, size, rest: count % size };
  }

  /** Labels are put beside the indices once an epoch, so that a step finds both in one place. */
  private buildBatches(): Output {
    const labels = this.data.labels(this.graph, "train", this.order);
    return this.graph.add("Pack", [this.order, labels], { axis: { type: "int", value: 1 } })[0]!;
  }

  /** Steps change variables alone, the sums too: what goes round in the loop as a value costs several operations a step. */
  private buildTraining(): Output[] {
    const { graph } = this;
    const sums = [this.lossSum, this.correctSum];
    const start = graph.add("Identity", [this.from], {}, sums.map(({ assign }) => assign));
    const [end] = addLoop(
      graph,
      "step",
      [start[0]!, this.to],
      (body, [step, to]) => [this.buildStep(body, step!), to!],
    );
    return sums.map((sum) => sum.read(graph, [end!.operation]));
  }

  /** One step; its output is the number of the next one. */
  private buildStep(body: Graph, step: Output): Output {
    const { key, parameters } = this;
    const [indices, y] = unpack(body, this.batches.row(body, step)) as [Output, Output];
    const x = this.data.images(body, "train", indices);
    // The weights are read after the updates of the step before, and updated after this step's gradients.
    const started = body.add("Identity", [step])[0]!.operation;
    const values = parameters.read(body, [started]);
    const { rates, targets, dropout } = splitNumbers(key, unpack(body, this.numbers.row(body, step)));
    const drop = dropout ? dropoutFrom(body, { ...dropout, draw: this.draws[0]!.row(body, step) }) : keepAll;
    const [loss, correct, ...gradients] = traceInto(
      body,
      [x, y, ...targets, ...parameters.split(body, values)],
      (x, y, ...rest) => lossAndGradients(key, rest, x as Tensor2D, y as Tensor1D, drop),
    );
    const sums = [this.lossSum.add(body, loss!), this.correctSum.add(body, correct!)];
    const updates = this.buildUpdates(body, { values, gradients, rates, started });
    return body.add("AddV2", [step, body.scalar(1, "int32")], {}, [...updates, ...sums])[0]!;
  }

  private buildUpdates(body: Graph, { values, gradients, rates, started }: Updates): Deno.PointerObject[] {
    const { parameters } = this;
    const handles = parameters.handles(body);
    const slots = this.slots.map((variables) => variables.handles(body));
    const { update } = optimizerOf(this.key.optimizer);
    return parameters.join(body, gradients).map((gradient, i) => {
      const own = slots.map((handles) => handles[i]!);
      return update(
        body,
        { variable: handles[i]!, slots: own, value: values[i]!, gradient, started },
        rates,
      );
    });
  }

  /** Sums over a split of the loss and of right answers, some images at a time: their activations stay small. */
  private buildEvaluation(split: EvaluatedSplit): Output[] {
    const { graph } = this;
    const { size, rest } = this.portionsOf(split);
    const [zero, none] = [graph.scalar(0, "int32"), graph.scalar(0, "float32")];
    const start = [zero, this.limit, none, none];
    const [from, , ...sums] = addLoop(graph, split, start, (body, [from, to, ...sums]) => {
      const [next, ...added] = this.buildTest(body, split, size, from!, sums);
      return [next!, to!, ...added];
    });
    return rest === 0 ? sums : this.buildTest(graph, split, rest, from!, sums).slice(1);
  }

  /** Where the next images are, and the sums with what `count` images from `from` on add to them. */
  private buildTest(
    graph: Graph,
    split: EvaluatedSplit,
    count: number,
    from: Output,
    sums: readonly Output[],
  ): Output[] {
    const { key, data, parameters } = this;
    const [next] = graph.add("AddV2", [from, graph.scalar(count, "int32")]);
    const [range] = graph.add("Range", [from, next!, graph.scalar(1, "int32")]);
    const indices = graph.withShape(range!, [count]);
    const images = data.images(graph, split, indices);
    const labels = data.labels(graph, split, indices);
    const weights = parameters.split(graph, parameters.read(graph));
    const added = traceInto(
      graph,
      [images, labels, ...weights],
      (x, y, ...weights) => lossAndCorrect(key, weights, x as Tensor2D, y as Tensor1D),
    );
    return [next!, ...sums.map((sum, i) => graph.add("AddV2", [sum, added[i]!])[0]!)];
  }
}

/** What moves the parameters in a step. */
interface Updates {
  /** Of each variable before the step. */
  readonly values: readonly Output[];
  /** By each tensor. */
  readonly gradients: readonly Output[];
  readonly rates: readonly Output[];
  readonly started: Deno.PointerObject;
}

/** From lists of what each tensor has, one after the other: all of the first tensor, all of the second, ... */
function tensorByTensor<Value>(lists: readonly (readonly Value[])[]): Value[] {
  return (lists[0] ?? []).flatMap((_, i) => lists.map((list) => list[i]!));
}

/** The members of the first axis. */
function unpack(graph: Graph, value: Output): Output[] {
  return graph.add("Unpack", [value], { num: { type: "int", value: value.shape[0]! } });
}

function free(feeds: Feeds): void {
  for (const [, tensor] of feeds) tensor.free();
}

function takeScalar(tensor: NativeTensor): number {
  return tensor.takeFloat32()[0]!;
}
