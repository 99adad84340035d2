import type { OptimizerSettings } from "../artifacts/settings.ts";
import { power } from "../core/random/elementary.ts";
import { DataType } from "./tensorflow/c_api.ts";
import type { Attributes, Graph, Output } from "./tensorflow/graph.ts";

/** How gradients move weights. Updates run in TensorFlow, in place; the numbers of each step are computed here in float64. */
export interface Optimizer {
  /** What it remembers of each parameter, with the parameter's shape, zero at first. */
  readonly slots: readonly string[];
  /** How many numbers a step needs, such as the learning rate. */
  readonly rates: number;
  /**
   * @param settings with the learning rate of the step
   * @param step counted from 1 over the whole training
   */
  readonly ratesAt: (settings: OptimizerSettings, step: number) => readonly number[];
  /**
   * Adds the update of one parameter to a graph.
   * @param rates float32 [] each, as `ratesAt` gives them
   * @param after operations that must have run before, besides those that the gradient needs
   * @returns the operation that updates
   */
  readonly update: (
    graph: Graph,
    parameter: Parameter,
    rates: readonly Output[],
    after?: readonly Deno.PointerObject[],
  ) => Deno.PointerObject;
}

/** A parameter whose gradient is known. */
export interface Parameter {
  readonly variable: Output;
  readonly slots: readonly Output[];
  /** Before the step. */
  readonly value: Output;
  readonly gradient: Output;
  /** Runs after the step before: slots are read after it. */
  readonly started: Deno.PointerObject;
}

/** What of an optimizer's settings shapes the graph; all else is numbers of the step. */
export interface OptimizerVariant {
  readonly name: OptimizerSettings["name"];
  readonly momentum: "none" | "classical" | "nesterov";
  readonly decays: boolean;
}

export function variantOf({ name, momentum, nesterov, weight_decay }: OptimizerSettings): OptimizerVariant {
  return {
    name,
    momentum: !momentum ? "none" : nesterov ? "nesterov" : "classical",
    decays: !!weight_decay,
  };
}

/** The optimizer that takes settings of a variant. */
export function optimizerOf({ name, momentum, decays }: OptimizerVariant): Optimizer {
  switch (name) {
    case "adam":
      return decays ? withDecayInGradient(adam) : adam;
    case "adamw":
      return decays ? withDecoupledDecay(adam) : adam;
    case "sgd":
      return decays ? withDecayInGradient(descent(momentum)) : descent(momentum);
    case "rmsprop":
      return decays ? withDecayInGradient(rmsprop(momentum)) : rmsprop(momentum);
    default:
      return name satisfies never;
  }
}

const T: Attributes = { T: { type: "dtype", value: DataType.float32 } };

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
  update: (graph, { variable, slots: [first, second], gradient }, rates, after) => {
    const [rate, epsilon, beta1, beta2] = rates;
    const zero = graph.scalar(0, "float32");
    const inputs = [variable, first!, second!, zero, zero, rate!, beta1!, beta2!, epsilon!, gradient];
    return graph.addEffect("ResourceApplyAdam", inputs, T, after);
  },
};

/**
 * Stochastic gradient descent, w -= rate g; with momentum, a = μ a + g, w -= rate a; with that of Nesterov,
 * w -= rate (g + μ a).
 * @see Sutskever and others, On the importance of initialization and momentum in deep learning (2013), section 2
 */
function descent(momentum: OptimizerVariant["momentum"]): Optimizer {
  if (momentum === "none") {
    return {
      slots: [],
      rates: 1,
      ratesAt: ({ learning_rate }) => [learning_rate],
      update: (graph, { variable, gradient }, [rate], after) =>
        graph.addEffect("ResourceApplyGradientDescent", [variable, rate!, gradient], T, after),
    };
  }
  const nesterov = momentum === "nesterov";
  const attributes: Attributes = { ...T, use_nesterov: { type: "bool", value: nesterov } };
  return {
    slots: ["momentum"],
    rates: 2,
    ratesAt: ({ learning_rate, momentum = 0 }) => [learning_rate, momentum],
    update: (graph, { variable, slots: [accumulator], gradient }, [rate, momentum], after) => {
      const inputs = [variable, accumulator!, rate!, gradient, momentum!];
      return graph.addEffect("ResourceApplyMomentum", inputs, attributes, after);
    },
  };
}

/**
 * v = α v + (1 - α) g², then descent along g / (√v + ε).
 * Not TensorFlow's operation: its ε is below the root, and its momentum remembers the rates of earlier steps.
 * @see Tieleman and Hinton, Neural networks for machine learning (2012), lecture 6.5; ε and momentum as PyTorch has them
 */
function rmsprop(momentum: OptimizerVariant["momentum"]): Optimizer {
  const along = descent(momentum);
  return {
    slots: ["second_moment", ...along.slots],
    rates: 3 + along.rates,
    ratesAt: (settings, step) => {
      const { alpha = 0.99, epsilon = 1e-7 } = settings;
      return [alpha, 1 - alpha, epsilon, ...along.ratesAt(settings, step)];
    },
    update: (graph, parameter, [alpha, rest, epsilon, ...rates], after = []) => {
      const { slots: [moment, ...slots], gradient, started } = parameter;
      const before = multiply(graph, read(graph, moment!, [started]), alpha!);
      const second = add(graph, before, multiply(graph, multiply(graph, gradient, gradient), rest!));
      const assigned = assign(graph, moment!, second);
      const [root] = graph.add("Sqrt", [second]);
      const [direction] = graph.add("RealDiv", [gradient, add(graph, root!, epsilon!)]);
      return along.update(
        graph,
        { ...parameter, slots, gradient: direction! },
        rates,
        after.concat(assigned),
      );
    },
  };
}

/** L2 regularization: g + λ w in the place of g. */
function withDecayInGradient(optimizer: Optimizer): Optimizer {
  return {
    ...optimizer,
    rates: 1 + optimizer.rates,
    ratesAt: (settings, step) => [settings.weight_decay ?? 0, ...optimizer.ratesAt(settings, step)],
    update: (graph, parameter, [decay, ...rates], after) => {
      const gradient = add(graph, parameter.gradient, multiply(graph, parameter.value, decay!));
      return optimizer.update(graph, { ...parameter, gradient }, rates, after);
    },
  };
}

/**
 * Decoupled weight decay: w -= rate λ w before the step.
 * @see Loshchilov and Hutter, Decoupled weight decay regularization (2019), algorithm 2
 */
function withDecoupledDecay(optimizer: Optimizer): Optimizer {
  return {
    ...optimizer,
    rates: 1 + optimizer.rates,
    ratesAt: (settings, step) => {
      const { learning_rate, weight_decay = 0 } = settings;
      return [learning_rate * weight_decay, ...optimizer.ratesAt(settings, step)];
    },
    update: (graph, parameter, [decay, ...rates], after = []) => {
      const { variable, value } = parameter;
      const [decayed] = graph.add("Sub", [value, multiply(graph, value, decay!)]);
      return optimizer.update(graph, parameter, rates, after.concat(assign(graph, variable, decayed!)));
    },
  };
}

function add(graph: Graph, a: Output, b: Output): Output {
  return graph.add("AddV2", [a, b])[0]!;
}

function multiply(graph: Graph, a: Output, b: Output): Output {
  return graph.add("Mul", [a, b])[0]!;
}

function read(graph: Graph, variable: Output, after: readonly Deno.PointerObject[]): Output {
  return graph.add("ReadVariableOp", [variable], {
    dtype: { type: "dtype", value: DataType.float32 },
  }, after)[0]!;
}

function assign(graph: Graph, variable: Output, value: Output): Deno.PointerObject {
  return graph.addEffect("AssignVariableOp", [variable, value], {
    dtype: { type: "dtype", value: DataType.float32 },
  });
}
