import type { OptimizerSettings } from "../artifacts/settings.ts";
import { DataType } from "./tensorflow/c_api.ts";
import type { Attributes, Graph, Output } from "./tensorflow/graph.ts";

/** How gradients move weights. Updates run in TensorFlow, in place; the numbers of each step are computed here in float64. */
export interface Optimizer {
  /** What it remembers of each parameter, with the parameter's shape, zero at first. */
  readonly slots: readonly string[];
  /** How many numbers a step needs, such as the learning rate. */
  readonly rates: number;
  /** The numbers of step `step`, counted from 1. */
  readonly ratesAt: (settings: OptimizerSettings, step: number) => readonly number[];
  /**
   * Adds the update of one parameter to a graph.
   * @param rates float32 [] each, as `ratesAt` gives them
   * @returns the operation that updates
   */
  readonly update: (
    graph: Graph,
    parameter: Output,
    slots: readonly Output[],
    gradient: Output,
    rates: readonly Output[],
  ) => Deno.PointerObject;
}

const float32: Attributes = { T: { type: "dtype", value: DataType.float32 } };

/**
 * Adam with bias correction: w -= rate m̂ / (√v̂ + ε).
 * TensorFlow's operation adds its ε to √v instead of √v̂: it gets ε √(1 - β₂ᵗ), which makes the two the same, and
 * beta powers of zero, so that the rate it gets is the one it uses.
 * @see Kingma and Ba, Adam: A Method for Stochastic Optimization (2015), algorithm 1
 */
const adam: Optimizer = {
  slots: ["first_moment", "second_moment"],
  rates: 4,
  ratesAt: (settings, step) => {
    const { learning_rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = settings;
    const correction = Math.sqrt(1 - power(beta2, step));
    return [learning_rate * correction / (1 - power(beta1, step)), epsilon * correction, beta1, beta2];
  },
  update: (graph, parameter, [first, second], gradient, [rate, epsilon, beta1, beta2]) => {
    const zero = graph.scalar(0, "float32");
    const inputs = [parameter, first!, second!, zero, zero, rate!, beta1!, beta2!, epsilon!, gradient];
    return graph.addEffect("ResourceApplyAdam", inputs, float32);
  },
};

/**
 * Stochastic gradient descent with momentum: a = μ a + g, w -= rate a. With μ = 0 it is plain gradient descent.
 * @see Sutskever and others, On the importance of initialization and momentum in deep learning (2013)
 */
const sgd: Optimizer = {
  slots: ["momentum"],
  rates: 2,
  ratesAt: ({ learning_rate, momentum = 0 }) => [learning_rate, momentum],
  update: (graph, parameter, [accumulator], gradient, [rate, momentum]) =>
    graph.addEffect("ResourceApplyMomentum", [parameter, accumulator!, rate!, gradient, momentum!], float32),
};

export const OPTIMIZERS: Readonly<Record<OptimizerSettings["name"], Optimizer>> = { adam, sgd };

/** base to a natural number, by squaring: only products, so that no version of V8 changes a bit. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let square = base, rest = exponent; rest > 0; rest = Math.floor(rest / 2), square *= square) {
    if (rest % 2 === 1) result *= square;
  }
  return result;
}
