import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import type { ArchitectureSettings } from "../artifacts/settings.ts";
import { UserError } from "../core/diagnostic.ts";
import { once } from "../core/once.ts";
import { elementCount } from "../core/shape.ts";
import { loadTfjs, traceInto } from "./backend.ts";
import { type Drop, dropoutFrom, keepAll } from "./dropout.ts";
import type { EvaluatedSplit } from "./evaluation.ts";
import { smoothedCrossEntropy } from "./label_smoothing.ts";
import { type Image, modelOf, type TensorSpec } from "./models/model.ts";
import { countCorrect, crossEntropy } from "./ops.ts";
import { optimizerOf, type OptimizerVariant } from "./optimizers.ts";
import { numbersPerStep, type SplitNumbers, splitNumbers } from "./step_numbers.ts";
import { DataType } from "./tensorflow/c_api.ts";
import { Graph, type NativeFunction, type Output } from "./tensorflow/graph.ts";
import { Session } from "./tensorflow/session.ts";
import { NativeTensor, type TypedArray } from "./tensorflow/tensor.ts";
import { gatherRows, readVariable, Variable } from "./tensorflow/variable.ts";

/** What a program is built for. Members that agree in it share the program, one after the other. */
export interface ProgramKey {
  readonly architecture: ArchitectureSettings;
  readonly optimizer: OptimizerVariant;
  /** Whether steps drop units. */
  readonly dropout: boolean;
  /** Whether they smooth their targets. */
  readonly smoothing: boolean;
  readonly batchSize: number;
  readonly image: Image;
  readonly classes: number;
  /** How many of the training examples an epoch is made of. */
  readonly usedCount: number;
  readonly trainCount: number;
  readonly testCount: number;
  /** Absent: there is no validation split. */
  readonly validationCount?: number;
}

/** The data of a program: made once, shared by all sessions, owned by who made it. */
export interface DataTensors {
  /** float32 [count, height * width * channels], as the data set is normalized: in [0, 1] as a rule */
  readonly trainImages: NativeTensor;
  /** int32 [count] */
  readonly trainLabels: NativeTensor;
  readonly testImages: NativeTensor;
  readonly testLabels: NativeTensor;
  /** Of a data set with a validation split. */
  readonly validationImages?: NativeTensor;
  readonly validationLabels?: NativeTensor;
}

/** The same as variables of a session. */
type DataVariables =
  & Readonly<Record<Exclude<keyof DataTensors, Validation>, Variable>>
  & {
    readonly [Name in Validation]?: Variable;
  };
type Validation = "validationImages" | "validationLabels";

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

/** Up to how many batches of test images stand in the graph one beside the other, rather than in a loop. */
const BATCHES_SIDE_BY_SIDE = 4;

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
  private readonly order: Variable;
  private readonly numbers: Variable;
  /** What the masks of dropout are drawn from. */
  private readonly draws: readonly Variable[];
  private readonly parameters: readonly Variable[];
  private readonly slots: readonly Variable[];
  private readonly weightsNow: readonly Output[];
  /** Added to the graph when they are first read: what trains is the same graph, whether its state is kept or not. */
  private readonly slotsNow = once(() => this.slots.map((variable) => variable.read()));
  /** from, to, and the sums before `from`. */
  private readonly arguments: readonly Output[];
  private readonly training: readonly Output[];
  private readonly evaluations: Readonly<Partial<Record<EvaluatedSplit, readonly Output[]>>>;
  private readonly session: Session;

  /**
   * A program that holds the data and waits for start(). Its owner closes it, and keeps the data until then.
   * @throws {UserError} If the examples do not fill a batch
   */
  static async open(key: ProgramKey, data: DataTensors): Promise<Program> {
    if (key.usedCount < key.batchSize) {
      throw new UserError(
        `Cannot train on ${key.usedCount} examples in batches of ${key.batchSize}`,
        "take smaller batches or more examples",
      );
    }
    const program = new Program(key, data);
    try {
      const variables = Object.entries(program.data) as [keyof DataTensors, Variable][];
      await program.assign(variables.map(([name, variable]) => [variable, data[name]!]));
      return program;
    } catch (error) {
      program.close();
      throw error;
    }
  }

  private constructor(readonly key: ProgramKey, private readonly given: DataTensors) {
    const { graph } = this;
    const { slots } = optimizerOf(key.optimizer);
    const pixels = elementCount(key.image);
    this.tensors = modelOf(key.architecture).tensors(key.architecture, key.image, key.classes);
    this.stepsPerEpoch = Math.floor(key.usedCount / key.batchSize);
    this.data = {
      trainImages: new Variable(graph, "train_images", "float32", [key.trainCount, pixels]),
      trainLabels: new Variable(graph, "train_labels", "int32", [key.trainCount]),
      testImages: new Variable(graph, "test_images", "float32", [key.testCount, pixels]),
      testLabels: new Variable(graph, "test_labels", "int32", [key.testCount]),
      ...key.validationCount !== undefined && {
        validationImages: new Variable(graph, "validation_images", "float32", [key.validationCount, pixels]),
        validationLabels: new Variable(graph, "validation_labels", "int32", [key.validationCount]),
      },
    };
    this.order = new Variable(graph, "order", "int32", [this.stepsPerEpoch, key.batchSize]);
    this.numbers = new Variable(graph, "numbers", "float32", [this.stepsPerEpoch, numbersPerStep(key)]);
    this.draws = key.dropout ? [new Variable(graph, "draws", "uint64", [this.stepsPerEpoch, 2])] : [];
    this.parameters = this.tensors.map(({ name, shape }) => new Variable(graph, name, "float32", shape));
    this.slotTensors = this.tensors.flatMap(({ name, shape }) =>
      slots.map((slot) => ({ name: `${name}/${slot}`, shape }))
    );
    this.slots = this.slotTensors.map(({ name, shape }) => new Variable(graph, name, "float32", shape));
    this.weightsNow = this.parameters.map((variable) => variable.read());
    const { int32, float32 } = DataType;
    this.arguments = [int32, int32, float32, float32].map((dtype) => graph.placeholder(dtype, []));
    this.training = this.buildTraining();
    this.evaluations = {
      test: this.buildEvaluation("test"),
      ...key.validationCount !== undefined && { validation: this.buildEvaluation("validation") },
    };
    this.session = new Session(graph);
  }

  /** Begins a training: these weights, in the order and the shapes of `tensors`, and an optimizer without memory. */
  start(weights: readonly Float32Array[]): Promise<void> {
    const slots = this.slotTensors.map(({ shape }) => new Float32Array(elementCount(shape)));
    return this.resume({ weights, slots });
  }

  /** Goes back to where a training stood, in this program or in another of its key. */
  resume({ weights, slots }: ProgramState): Promise<void> {
    return this.assignArrays([
      ...this.parameters.map((variable, i) => [variable, weights[i]!] as const),
      ...this.slots.map((variable, i) => [variable, slots[i]!] as const),
    ]);
  }

  /** A copy of the labels of the training examples, as the data set has them: int32 [trainCount]. */
  get trainLabels(): Int32Array {
    return this.given.trainLabels.int32();
  }

  /** Trains on these labels from now on, int32 [trainCount], or on those of the data set. */
  label(labels: Int32Array | undefined): Promise<void> {
    const { trainLabels } = this.data;
    return labels
      ? this.assignArrays([[trainLabels, labels]])
      : this.assign([[trainLabels, this.given.trainLabels]]);
  }

  /**
   * Begins an epoch.
   * @param order int32 [stepsPerEpoch * batchSize], indices of the examples, batch by batch
   * @param numbers float32 [stepsPerEpoch * numbersPerStep], see `stepNumbers`
   * @param draws uint64 [stepsPerEpoch * 2], the key of dropout and the step over the whole training; where units are dropped
   */
  beginEpoch(order: Int32Array, numbers: Float32Array, draws: BigUint64Array): Promise<void> {
    return this.assignArrays([
      [this.order, order],
      [this.numbers, numbers],
      ...this.draws.map((variable) => [variable, draws] as const),
    ]);
  }

  /** Trains steps [from, to) of the epoch in one call. How the epoch is cut into calls changes no bit. */
  async train(from: number, to: number, before: EpochSums): Promise<EpochSums> {
    const feeds = [
      NativeTensor.from(new Int32Array([from]), "int32", []),
      NativeTensor.from(new Int32Array([to]), "int32", []),
      NativeTensor.from(new Float32Array([before.loss]), "float32", []),
      NativeTensor.from(new Float32Array([before.correct]), "float32", []),
    ];
    try {
      const results = await this.session.run(
        feeds.map((value, i) => [this.arguments[i]!, value]),
        this.training,
      );
      const [loss, correct] = results.map(takeScalar);
      return { loss: loss!, correct: correct! };
    } finally {
      for (const feed of feeds) feed.free();
    }
  }

  /** Mean loss (nats) and accuracy of the present weights on a split that the key has. */
  async evaluate(split: EvaluatedSplit): Promise<{ loss: number; accuracy: number }> {
    const { count } = this.evaluated(split);
    const [loss, correct] = (await this.session.run([], this.evaluations[split]!)).map(takeScalar);
    return { loss: loss! / count, accuracy: correct! / count };
  }

  /** Copies of the present weights, in the order of `tensors`. */
  async weights(): Promise<Float32Array[]> {
    const values = await this.session.run([], this.weightsNow);
    return values.map((value) => value.takeFloat32());
  }

  /** Copies of all that steps change. */
  async state(): Promise<ProgramState> {
    const values = await this.session.run([], [...this.weightsNow, ...this.slotsNow()]);
    const arrays = values.map((value) => value.takeFloat32());
    return { weights: arrays.slice(0, this.tensors.length), slots: arrays.slice(this.tensors.length) };
  }

  close(): void {
    this.session.close();
    this.graph.free();
  }

  /** What the program computes; tests pin its digest. */
  text(): string {
    return this.graph.text();
  }

  private async assignArrays(
    values: readonly (readonly [Variable, TypedArray])[],
  ): Promise<void> {
    const tensors = values.map(([variable, array]) =>
      [variable, NativeTensor.from(array, variable.dtype, variable.shape)] as const
    );
    try {
      await this.assign(tensors);
    } finally {
      for (const [, tensor] of tensors) tensor.free();
    }
  }

  private async assign(values: readonly (readonly [Variable, NativeTensor])[]): Promise<void> {
    const feeds = values.map(([variable, tensor]) => [variable.given, tensor] as const);
    await this.session.run(feeds, [], values.map(([variable]) => variable.assign));
  }

  /** What does not change in the loop, handles, comes after the four that do. */
  private buildTraining(): Output[] {
    const { data } = this;
    const variables = [
      data.trainImages,
      data.trainLabels,
      this.order,
      this.numbers,
      ...this.draws,
      ...this.parameters,
      ...this.slots,
    ];
    const inputs = [...this.arguments, ...variables.map(({ handle }) => handle)];
    const [, , loss, correct] = this.loop("step", inputs, (body, values) => this.buildStep(body, values));
    return [loss!, correct!];
  }

  /** While the first input is less than the second: `build` makes the inputs of the next round from those of one. */
  private loop(
    name: "step" | EvaluatedSplit,
    inputs: readonly Output[],
    build: (body: Graph, values: readonly Output[]) => readonly Output[],
  ): Output[] {
    const { graph } = this;
    const condition = name === "step" ? "goes_on" : `${name}_goes_on`;
    const goesOn = toFunction(condition, inputs, (body, [now, end]) => body.add("Less", [now!, end!]));
    const round = toFunction(name, inputs, build);
    graph.use(goesOn);
    graph.use(round);
    return graph.add("While", inputs, {
      cond: { type: "function", value: goesOn.name },
      body: { type: "function", value: round.name },
      parallel_iterations: { type: "int", value: 1 },
      _lower_using_switch_merge: { type: "bool", value: true },
    });
  }

  private buildStep(body: Graph, values: readonly Output[]): Output[] {
    const { key } = this;
    const optimizer = optimizerOf(key.optimizer);
    const [step, end, lossSum, correctSum, images, labels, order, table, ...rest] = values as NonEmpty;
    const draws = rest.slice(0, this.draws.length);
    const parameters = rest.slice(draws.length, draws.length + this.tensors.length);
    const slots = rest.slice(draws.length + this.tensors.length);

    const batch = gatherRows(body, order, step, "int32", [key.batchSize]);
    const x = gatherRows(body, images, batch, "float32", this.data.trainImages.shape.slice(1));
    const y = gatherRows(body, labels, batch, "int32", []);
    // The weights are read after the updates of the step before, and updated after this step's gradients.
    const started = body.add("Identity", [step])[0]!.operation;
    const weights = parameters.map((handle, i) =>
      readVariable(body, handle, this.tensors[i]!.shape, [started])
    );
    const { rates, targets, dropout } = this.readNumbers(body, table, step);
    const drop = dropout
      ? dropoutFrom(body, { ...dropout, draw: gatherRows(body, draws[0]!, step, "uint64", [2]) })
      : keepAll;
    const [loss, correct, ...gradients] = traceInto(
      body,
      [x, y, ...targets, ...weights],
      (x, y, ...rest) => lossAndGradients(key, rest, x as Tensor2D, y as Tensor1D, drop),
    );

    const updates = gradients.map((gradient, i) => {
      const own = slots.slice(i * optimizer.slots.length, (i + 1) * optimizer.slots.length);
      const parameter = { variable: parameters[i]!, slots: own, value: weights[i]!, gradient, started };
      return optimizer.update(body, parameter, rates);
    });
    const next = body.add("AddV2", [step, body.scalar(1, "int32")]);
    const [finished] = body.add("Identity", next, {}, updates);
    const [losses] = body.add("AddV2", [lossSum, loss!]);
    const [corrects] = body.add("AddV2", [correctSum, correct!]);
    return [finished!, end, losses!, corrects!, images, labels, order, table, ...rest];
  }

  /** The numbers of a step, each by itself. */
  private readNumbers(body: Graph, table: Output, step: Output): SplitNumbers<Output> {
    const count = numbersPerStep(this.key);
    const row = gatherRows(body, table, step, "float32", [count]);
    return splitNumbers(this.key, body.add("Unpack", [row], { num: { type: "int", value: count } }));
  }

  /** The variables of a split, and how many examples it has. */
  private evaluated(split: EvaluatedSplit): { images: Variable; labels: Variable; count: number } {
    const { testImages, testLabels, validationImages, validationLabels } = this.data;
    const { testCount, validationCount } = this.key;
    if (split === "test") return { images: testImages, labels: testLabels, count: testCount };
    return { images: validationImages!, labels: validationLabels!, count: validationCount! };
  }

  /** Sums over a split of the loss and of right answers. */
  private buildEvaluation(split: EvaluatedSplit): Output[] {
    const { key } = this;
    const { images, labels, count } = this.evaluated(split);
    const { evaluationBatch: size } = modelOf(key.architecture);
    const looped = count > BATCHES_SIDE_BY_SIDE * size ? count - count % size : 0;
    const before = looped > 0 ? this.buildEvaluationLoop(split, looped, size) : [];
    if (looped === count) return before;
    const inputs = [images.read(), labels.read(), ...before, ...this.weightsNow];
    return traceInto(this.graph, inputs, (images, labels, ...rest) => {
      const tf = loadTfjs();
      const weights = rest.slice(before.length);
      const sums: Tensor[][] = looped > 0 ? [rest.slice(0, before.length)] : [];
      for (let from = looped; from < count; from += size) {
        const rows = Math.min(size, count - from);
        const x = tf.slice(images as Tensor2D, [from, 0], [rows, images!.shape[1]!]);
        const y = tf.slice(labels as Tensor1D, [from], [rows]);
        sums.push(lossAndCorrect(key, weights, x, y));
      }
      return [0, 1].map((k) => tf.addN(sums.map((pair) => pair[k]!)));
    });
  }

  /** The same sums over the first `count` images, `size` of them at a time, so that their activations stay small. */
  private buildEvaluationLoop(split: EvaluatedSplit, count: number, size: number): Output[] {
    const { graph, key } = this;
    const given = this.evaluated(split);
    const start = [graph.scalar(0, "int32"), graph.scalar(count, "int32")];
    const sums = [graph.scalar(0, "float32"), graph.scalar(0, "float32")];
    const handles = [given.images, given.labels, ...this.parameters].map(({ handle }) => handle);
    const [, , loss, correct] = this.loop(split, [...start, ...sums, ...handles], (body, values) => {
      const [from, end, lossSum, correctSum, images, labels, ...parameters] = values as NonEmpty;
      const [next] = body.add("AddV2", [from, body.scalar(size, "int32")]);
      const range = body.add("Range", [from, next!, body.scalar(1, "int32")])[0]!;
      const batch = body.withShape(range, [size]);
      const x = gatherRows(body, images, batch, "float32", given.images.shape.slice(1));
      const y = gatherRows(body, labels, batch, "int32", []);
      const weights = parameters.map((handle, i) => readVariable(body, handle, this.tensors[i]!.shape, []));
      const sums = traceInto(body, [lossSum, correctSum, x, y, ...weights], (...inputs) => {
        const [losses, corrects, x, y, ...weights] = inputs as [
          Tensor,
          Tensor,
          Tensor2D,
          Tensor1D,
          ...Tensor[],
        ];
        const [loss, correct] = lossAndCorrect(key, weights, x, y);
        return [loadTfjs().add(losses, loss), loadTfjs().add(corrects, correct)];
      });
      return [next!, end, ...sums, images, labels, ...parameters];
    });
    return [loss!, correct!];
  }
}

type NonEmpty = [Output, Output, Output, Output, Output, Output, Output, Output, ...Output[]];

/**
 * Loss [], number of right answers [], and the gradient of the loss by each weight.
 * @param rest where targets are smoothed, what they give to the label and to each other class; then the weights
 */
function lossAndGradients(
  { architecture, image, smoothing }: ProgramKey,
  rest: Tensor[],
  images: Tensor2D,
  labels: Tensor1D,
  drop: Drop,
): Tensor[] {
  const tf = loadTfjs();
  const [label, others] = rest.splice(0, smoothing ? 2 : 0) as Scalar[];
  let correct: Scalar | undefined;
  const { value, grads } = tf.valueAndGrads((...weights: Tensor[]) => {
    const logits = modelOf(architecture).forward(architecture, weights, images, image, drop);
    correct = tf.keep(countCorrect(logits, labels));
    return label && others
      ? smoothedCrossEntropy(logits, labels, { label, others })
      : crossEntropy(logits, labels);
  })(rest);
  return [value, correct!, ...grads];
}

/** Sums over a batch of the loss and of right answers: [], []. */
function lossAndCorrect(
  { architecture, image }: ProgramKey,
  weights: Tensor[],
  images: Tensor2D,
  labels: Tensor1D,
): [Tensor, Tensor] {
  const logits = modelOf(architecture).forward(architecture, weights, images, image);
  const loss = loadTfjs().mul(crossEntropy(logits, labels), images.shape[0]);
  return [loss, countCorrect(logits, labels)];
}

/** A function of TensorFlow whose arguments are like `inputs`. */
function toFunction(
  name: string,
  inputs: readonly Output[],
  build: (body: Graph, values: readonly Output[]) => readonly Output[],
): NativeFunction {
  const body = new Graph();
  try {
    const values = inputs.map(({ dtype, shape }) => body.placeholder(dtype, shape));
    return body.toFunction(name, values, build(body, values));
  } finally {
    body.free();
  }
}

function takeScalar(tensor: NativeTensor): number {
  return tensor.takeFloat32()[0]!;
}
