import type { InitSettings } from "../artifacts/settings.ts";
import { fillNormal, fillTruncatedNormal, fillUniform } from "../core/random/arrays.ts";
import { stream } from "../core/random/keyed.ts";
import type { PhiloxKey } from "../core/random/philox.ts";
import { elementCount } from "../core/shape.ts";
import { orthonormalize } from "./orthogonal.ts";
import type { TensorSpec } from "./models/model.ts";

/** Standard deviation of embeddings at first, in BERT and in the transformers of images since. */
const EMBEDDING_STD = 0.02;

/**
 * Initial weights: kernels by the scheme; whatever it is, biases zero, scales one, and embeddings normal with a standard
 * deviation of 0.02 (Dosovitskiy and others, 2021, for positions; Touvron and others, 2021, for the class token). Each
 * tensor has a random stream of its own, so that its values depend on the seed, its name, its shape and its fans alone.
 * @param seed 16 hexadecimal digits
 * @returns float32, row-major, in the order of `tensors`
 */
export function initialWeights(
  tensors: readonly TensorSpec[],
  init: InitSettings,
  seed: string,
): Float32Array[] {
  return tensors.map((tensor) => {
    const values = new Float32Array(elementCount(tensor.shape));
    start(values, init, tensor, stream(seed, `init/${tensor.name}`));
    return values;
  });
}

function start(values: Float32Array, init: InitSettings, tensor: TensorSpec, key: PhiloxKey): void {
  switch (tensor.role) {
    case "kernel":
      return fill(values, init, tensor, key);
    case "embedding":
      return normal(values, EMBEDDING_STD, key);
    case "scale":
      values.fill(1);
      return;
    case "bias":
      return;
    default:
      tensor.role satisfies never;
  }
}

/**
 * @see Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks (2010), eq. 16
 * @see He and others, Delving deep into rectifiers (2015), eq. 10
 * @see LeCun and others, Efficient BackProp (1998), 4.6
 * @see Saxe and others, Exact solutions to the nonlinear dynamics of learning in deep linear neural networks (2014), 3
 */
function fill(values: Float32Array, init: InitSettings, tensor: TensorSpec, key: PhiloxKey): void {
  const { scheme, scale } = init;
  const { fanIn, fanOut } = tensor;
  switch (scheme) {
    case "zeros":
      return;
    case "constant":
      values.fill(scale * required(init, "value"));
      return;
    case "normal":
      return normal(values, scale * required(init, "std"), key);
    case "truncated_normal":
      fillTruncatedNormal(values, key);
      return multiply(values, scale * required(init, "std"));
    case "uniform":
      return uniform(values, scale * required(init, "limit"), key);
    case "glorot_normal":
      return normal(values, scale * Math.sqrt(2 / (fanIn + fanOut)), key);
    case "glorot_uniform":
      return uniform(values, scale * Math.sqrt(6 / (fanIn + fanOut)), key);
    case "he_normal":
      return normal(values, scale * Math.sqrt(2 / fanIn), key);
    case "he_uniform":
      return uniform(values, scale * Math.sqrt(6 / fanIn), key);
    case "lecun_normal":
      return normal(values, scale * Math.sqrt(1 / fanIn), key);
    case "orthogonal":
      fillNormal(values, key);
      orthonormalize(values, tensor.shape.at(-1)!);
      return multiply(values, scale);
    default:
      scheme satisfies never;
  }
}

function normal(values: Float32Array, std: number, key: PhiloxKey): void {
  fillNormal(values, key);
  multiply(values, std);
}

function uniform(values: Float32Array, limit: number, key: PhiloxKey): void {
  fillUniform(values, -limit, limit, key);
}

function multiply(values: Float32Array, factor: number): void {
  for (let i = 0; i < values.length; i++) values[i] = values[i]! * factor;
}

function required(init: InitSettings, key: "std" | "limit" | "value"): number {
  const value = init[key];
  if (value === undefined) {
    throw new TypeError(`Cannot initialize by "${init.scheme}": "${key}" is not given`);
  }
  return value;
}
