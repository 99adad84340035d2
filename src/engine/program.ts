import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import type { ArchitectureSettings, OptimizerSettings } from "../artifacts/settings.ts";
import { once } from "../core/once.ts";
import { elementCount } from "../core/shape.ts";
import { loadTfjs, traceInto } from "./backend.ts";
import { type Image, modelOf, type TensorSpec } from "./models/model.ts";
import { countCorrect, crossEntropy } from "./ops.ts";
import { OPTIMIZERS } from "./optimizers.ts";
import { DataType } from "./tensorflow/c_api.ts";
import { Graph, type NativeFunction, type Output } from "./tensorflow/graph.ts";
import { Session } from "./tensorflow/session.ts";
import { NativeTensor } from "./tensorflow/tensor.ts";
import { gatherRows, readVariable, Variable } from "./tensorflow/variable.ts";

/** What a program is built for. Members that agree in it share the program, one after the other. */
export interface ProgramKey {
  readonly architecture: ArchitectureSettings;
  readonly optimizer: OptimizerSettings["name"];
  readonly batchSize: number;
  readonly image: Image;
  readonly classes: number;
  readonly trainCount: number;
  readonly testCount: number;
}

/** The data of a program: made once, shared by all sessions, owned by who made it. */
export interface DataTensors {
  /** float32 [count, height * width * channels], in [0, 1] */
  readonly trainImages: NativeTensor;
  /** int32 [count] */
  readonly trainLabels: NativeTensor;
  readonly testImages: NativeTensor;
  readonly testLabels: NativeTensor;
}

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
  private readonly data: Readonly<Record<keyof DataTensors, Variable>>;
  private readonly order: Variable;
  private readonly rates: Variable;
  private readonly parameters: readonly Variable[];
  private readonly slots: readonly Variable[];
  private readonly weightsNow: readonly Output[];
  /** Added to the graph when they are first read: what trains is the same graph, whether its state is kept or not. */
  private readonly slotsNow = once(() => this.slots.map((variable) => variable.read()));
  /** from, to, and the sums before `from`. */
  private readonly arguments: readonly Output[];
  private readonly training: readonly Output[];
  private readonly evaluation: readonly Output[];
  private readonly session: Session;

  /** A program that holds the data and waits for start(). Its owner closes it, and keeps the data until then. */
  static async open(key: ProgramKey, data: DataTensors): Promise<Program> {
    const program = new Program(key);
    try {
      const names = Object.keys(program.data) as (keyof DataTensors)[];
      await program.assign(names.map((name) => [program.data[name], data[name]]));
      return program;
    } catch (error) {
      program.close();
      throw error;
    }
  }

  private constructor(readonly key: ProgramKey) {
    const { graph } = this;
    const { slots, rates } = OPTIMIZERS[key.optimizer];
    const pixels = elementCount(key.image);
    this.tensors = modelOf(key.architecture).tensors(key.architecture, key.image, key.classes);
    this.stepsPerEpoch = Math.floor(key.trainCount / key.batchSize);
    this.data = {
      trainImages: new Variable(graph, "train_images", "float32", [key.trainCount, pixels]),
      trainLabels: new Variable(graph, "train_labels", "int32", [key.trainCount]),
      testImages: new Variable(graph, "test_images", "float32", [key.testCount, pixels]),
      testLabels: new Variable(graph, "test_labels", "int32", [key.testCount]),
    };
    this.order = new Variable(graph, "order", "int32", [this.stepsPerEpoch, key.batchSize]);
    this.rates = new Variable(graph, "rates", "float32", [this.stepsPerEpoch, rates]);
    this.parameters = this.tensors.map(({ name, shape }) => new Variable(graph, name, "float32", shape));
    this.slotTensors = this.tensors.flatMap(({ name, shape }) =>
      slots.map((slot) => ({ name: `${name}/${slot}`, shape }))
    );
    this.slots = this.slotTensors.map(({ name, shape }) => new Variable(graph, name, "float32", shape));
    this.weightsNow = this.parameters.map((variable) => variable.read());
    const { int32, float32 } = DataType;
    this.arguments = [int32, int32, float32, float32].map((dtype) => graph.placeholder(dtype, []));
    this.training = this.buildTraining();
    this.evaluation = this.buildEvaluation();
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

  /**
   * Begins an epoch.
   * @param order int32 [stepsPerEpoch * batchSize], indices of the examples, batch by batch
   * @param rates float32 [stepsPerEpoch * rates], the optimizer's numbers of each step
   */
  beginEpoch(order: Int32Array, rates: Float32Array): Promise<void> {
    return this.assignArrays([[this.order, order], [this.rates, rates]]);
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

  /** Mean loss (nats) and accuracy of the present weights on the test split. */
  async evaluate(): Promise<{ loss: number; accuracy: number }> {
    const [loss, correct] = (await this.session.run([], this.evaluation)).map(takeScalar);
    return { loss: loss! / this.key.testCount, accuracy: correct! / this.key.testCount };
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
    values: readonly (readonly [Variable, Float32Array | Int32Array])[],
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
      this.rates,
      ...this.parameters,
      ...this.slots,
    ];
    const inputs = [...this.arguments, ...variables.map(({ handle }) => handle)];
    const [, , loss, correct] = this.loop("step", inputs, (body, values) => this.buildStep(body, values));
    return [loss!, correct!];
  }

  /** While the first input is less than the second: `build` makes the inputs of the next round from those of one. */
  private loop(
    name: "step" | "test",
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
    const optimizer = OPTIMIZERS[key.optimizer];
    const [step, end, lossSum, correctSum, images, labels, order, rates, ...state] = values as NonEmpty;
    const parameters = state.slice(0, this.tensors.length);
    const slots = state.slice(this.tensors.length);

    const batch = gatherRows(body, order, step, "int32", [key.batchSize]);
    const x = gatherRows(body, images, batch, "float32", this.data.trainImages.shape.slice(1));
    const y = gatherRows(body, labels, batch, "int32", []);
    // The weights are read after the updates of the step before, and updated after this step's gradients.
    const started = body.add("Identity", [step])[0]!.operation;
    const weights = parameters.map((handle, i) =>
      readVariable(body, handle, this.tensors[i]!.shape, [started])
    );
    const [loss, correct, ...gradients] = traceInto(
      body,
      [x, y, ...weights],
      (x, y, ...weights) => lossAndGradients(key, weights, x as Tensor2D, y as Tensor1D),
    );

    const numbers = body.add("Unpack", [gatherRows(body, rates, step, "float32", [optimizer.rates])], {
      num: { type: "int", value: optimizer.rates },
    });
    const updates = gradients.map((gradient, i) => {
      const own = slots.slice(i * optimizer.slots.length, (i + 1) * optimizer.slots.length);
      return optimizer.update(body, parameters[i]!, own, gradient, numbers);
    });
    const next = body.add("AddV2", [step, body.scalar(1, "int32")]);
    const [finished] = body.add("Identity", next, {}, updates);
    const [losses] = body.add("AddV2", [lossSum, loss!]);
    const [corrects] = body.add("AddV2", [correctSum, correct!]);
    return [finished!, end, losses!, corrects!, images, labels, order, rates, ...state];
  }

  /** Sums over the test split of the loss and of right answers. */
  private buildEvaluation(): Output[] {
    const { key, data } = this;
    const { evaluationBatch: size } = modelOf(key.architecture);
    const looped = key.testCount > BATCHES_SIDE_BY_SIDE * size ? key.testCount - key.testCount % size : 0;
    const before = looped > 0 ? this.buildEvaluationLoop(looped, size) : [];
    if (looped === key.testCount) return before;
    const inputs = [data.testImages.read(), data.testLabels.read(), ...before, ...this.weightsNow];
    return traceInto(this.graph, inputs, (images, labels, ...rest) => {
      const tf = loadTfjs();
      const weights = rest.slice(before.length);
      const sums: Tensor[][] = looped > 0 ? [rest.slice(0, before.length)] : [];
      for (let from = looped; from < key.testCount; from += size) {
        const count = Math.min(size, key.testCount - from);
        const x = tf.slice(images as Tensor2D, [from, 0], [count, images!.shape[1]!]);
        const y = tf.slice(labels as Tensor1D, [from], [count]);
        sums.push(lossAndCorrect(key, weights, x, y));
      }
      return [0, 1].map((k) => tf.addN(sums.map((pair) => pair[k]!)));
    });
  }

  /** The same sums over the first `count` images, `size` of them at a time, so that their activations stay small. */
  private buildEvaluationLoop(count: number, size: number): Output[] {
    const { graph, key, data } = this;
    const start = [graph.scalar(0, "int32"), graph.scalar(count, "int32")];
    const sums = [graph.scalar(0, "float32"), graph.scalar(0, "float32")];
    const handles = [data.testImages, data.testLabels, ...this.parameters].map(({ handle }) => handle);
    const [, , loss, correct] = this.loop("test", [...start, ...sums, ...handles], (body, values) => {
      const [from, end, lossSum, correctSum, images, labels, ...parameters] = values as NonEmpty;
      const [next] = body.add("AddV2", [from, body.scalar(size, "int32")]);
      const range = body.add("Range", [from, next!, body.scalar(1, "int32")])[0]!;
      const batch = body.withShape(range, [size]);
      const x = gatherRows(body, images, batch, "float32", data.testImages.shape.slice(1));
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

/** Loss [], number of right answers [], and the gradient of the loss by each weight. */
function lossAndGradients(
  { architecture, image }: ProgramKey,
  weights: Tensor[],
  images: Tensor2D,
  labels: Tensor1D,
): Tensor[] {
  const tf = loadTfjs();
  let correct: Scalar | undefined;
  const { value, grads } = tf.valueAndGrads((...weights: Tensor[]) => {
    const logits = modelOf(architecture).forward(architecture, weights, images, image);
    correct = tf.keep(countCorrect(logits, labels));
    return crossEntropy(logits, labels);
  })(weights);
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
