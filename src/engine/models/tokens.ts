/** Layers of transformers, in tfjs. Tokens are rows, float32 [batch * tokens, dim], those of an image one after the other. */
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import { isTracing, loadTfjs, operation } from "../backend.ts";
import { type Drop, keepAll } from "../dropout.ts";
import { biasAdd, dense, denseOnRows, product, sumOfRows, takeRows } from "../ops.ts";
import type { Image } from "./model.ts";

/**
 * Images cut into squares, row by row: [batch * squares, patch * patch * channels].
 * @param images float32 [batch, height * width * channels]
 */
export function cutPatches(images: Tensor2D, [height, width, channels]: Image, patch: number): Tensor2D {
  const tf = loadTfjs();
  const [batch] = images.shape;
  const [rows, columns] = [height / patch, width / patch];
  const lines = tf.reshape(images, [batch, rows, patch, columns, patch * channels]);
  const squares = tf.transpose(lines, [0, 1, 3, 2, 4]);
  return tf.reshape(squares, [batch * rows * columns, patch * patch * channels]);
}

/** What makes tokens of patches. */
export interface Embedding {
  /** float32 [values of a patch, dim] */
  readonly kernel: Tensor2D;
  /** float32 [dim] */
  readonly bias: Tensor1D;
  /** What each token's place has of its own: float32 [tokens, dim]. */
  readonly position: Tensor2D;
  /** A learned token before the patches of each image: float32 [dim]. */
  readonly token?: Tensor1D;
}

/** The tokens of patches, each of them centered, as residual() keeps them. @param patches float32 [batch * patches, values] */
export function embed(patches: Tensor2D, { kernel, bias, position, token }: Embedding, drop: Drop): Tensor2D {
  const tf = loadTfjs();
  const [tokens, dim] = position.shape;
  const perImage = token ? tokens - 1 : tokens;
  const own = token
    ? tf.concat([tf.reshape(token, [1, dim]), tf.tile(tf.reshape(bias, [1, dim]), [perImage, 1])])
    : bias;
  const table = tf.add<Tensor2D>(position, own); // all that is added to the tokens of an image
  if (drop !== keepAll) return centered(drop(place(tf.matMul(patches, kernel), table, perImage)));
  return place(tf.matMul(patches, centered(kernel)), centered(table), perImage);
}

/** Rows of patches, `perImage` of them to an image, plus a table of the tokens of an image, which may have one in front. */
export function place(rows: Tensor2D, table: Tensor2D, perImage: number): Tensor2D {
  const tf = loadTfjs();
  const [tokens, dim] = table.shape;
  const images = tf.reshape(rows, [rows.shape[0] / perImage, perImage * dim]) as Tensor2D;
  const all = tokens > perImage ? tf.pad(images, [[0, 0], [dim, 0]]) : images;
  return tf.reshape(biasAdd(all, tf.reshape(table, [tokens * dim])), [all.shape[0] * tokens, dim]);
}

/**
 * Adds to rows what a dense layer makes of `factor` * x. Only normalizations read the sums, and would subtract each row's
 * mean: here it is subtracted from the layer's kernel and bias instead, which are smaller.
 */
export function residual(
  rows: Tensor2D,
  x: Tensor2D,
  [kernel, bias]: readonly [Tensor2D, Tensor1D],
  drop: Drop,
  factor = 1,
): Tensor2D {
  const tf = loadTfjs();
  const scaled = times(kernel, factor);
  if (drop !== keepAll) return tf.add(rows, centered(drop(denseOnRows(x, scaled, bias))));
  const [dim] = bias.shape;
  const centeredBias = tf.reshape(centered(tf.reshape(bias, [1, dim])), [dim]) as Tensor1D;
  return tf.add(rows, denseOnRows(x, centered(scaled), centeredBias));
}

/** Each row less its mean. */
export function centered(rows: Tensor2D): Tensor2D {
  const tf = loadTfjs();
  const less = (x: Tensor) => tf.sub<Tensor2D>(x, sumOfEachRow(x, 1 / x.shape[1]!));
  if (!isTracing()) return tf.sub(rows, tf.mean(rows, 1, true));
  return tf.customGrad((rows) => ({ value: less(rows as Tensor), gradFunc: less }))(rows) as Tensor2D;
}

function times<Kind extends Tensor>(x: Kind, factor: number): Kind {
  return factor === 1 ? x : loadTfjs().mul(x, factor);
}

/** What a layer normalization learns, float32 [dim] each. */
export interface Norm {
  readonly scale: Tensor1D;
  readonly bias: Tensor1D;
}

const EPSILON = 1e-6; // that of Dosovitskiy and others

/**
 * `factor` times a dense layer on layer-normalized rows: each row, which is centered, divided by its standard deviation,
 * times scale, plus bias. Scale and bias are put into the layer's kernel and bias, which are smaller than the rows.
 * @see Ba, Kiros, Hinton, Layer normalization (2016)
 */
export function denseOnNormalized(
  rows: Tensor2D,
  norm: Norm,
  kernel: Tensor2D,
  bias: Tensor1D,
  factor = 1,
): Tensor2D {
  const tf = loadTfjs();
  const [scale, shift, offset] = [norm.scale, norm.bias, bias].map((x) => times(x, factor)) as Three1D;
  const [dim, units] = kernel.shape;
  const column = (x: Tensor) => tf.reshape(x, [dim, 1]);
  if (!isTracing()) {
    const normal = tf.mul(rows, tf.rsqrt(tf.add(tf.mean(tf.square(rows), 1, true), EPSILON)));
    return dense(tf.add(tf.mul(normal, scale), shift), kernel, offset);
  }
  const mean = (x: Tensor) => sumOfEachRow(x, 1 / dim);
  const layer = (...inputs: Tensor[]) => {
    const [rows, scale, shift, kernel, bias, save] = inputs as [...FiveTensors, Save];
    const inverse = tf.rsqrt(tf.add(mean(tf.square(rows)), EPSILON));
    const normal = tf.mul<Tensor2D>(rows, inverse);
    const scaled = tf.mul<Tensor2D>(kernel, column(scale));
    const moved = product(tf.reshape(shift, [1, dim]), kernel, bias);
    save([normal, inverse, scaled, kernel, scale, shift]);
    return {
      value: product(normal, scaled, tf.reshape(moved, [units])),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [normal, inverse, scaled, kernel, scale, shift] = saved as [...FiveTensors, Tensor];
        const byNormal = tf.matMul(dy as Tensor2D, scaled as Tensor2D, false, true);
        const along = tf.mul(normal, mean(tf.mul(byNormal, normal)));
        const byScaled = tf.matMul(normal as Tensor2D, dy as Tensor2D, true);
        const byBias = sumOfRows(dy);
        return [
          tf.mul(tf.sub(byNormal, along), inverse),
          tf.reshape(sumOfEachRow(tf.mul(byScaled, kernel)), [dim]),
          tf.reshape(tf.matMul(kernel as Tensor2D, tf.reshape(byBias!, [units, 1])), [dim]),
          tf.add(tf.mul(byScaled, column(scale)), tf.mul(column(shift), byBias!)),
          byBias!,
        ];
      },
    };
  };
  return tf.customGrad(layer as never)(rows, scale, shift, kernel, offset) as Tensor2D;
}

type Three1D = [Tensor1D, Tensor1D, Tensor1D];
type FiveTensors = [Tensor, Tensor, Tensor, Tensor, Tensor];
type Save = (tensors: Tensor[]) => void;

/**
 * Multi-head scaled dot-product attention: head h reads and writes the h-th part of the dimension.
 * @param rows float32 [batch * tokens, 3 * dim]: queries, already divided by the root of a head's size, keys and values
 * @see Vaswani and others, Attention is all you need (2017), 3.2
 */
export function attend(rows: Tensor2D, tokens: number, heads: number): Tensor2D {
  const tf = loadTfjs();
  const [count, width] = rows.shape;
  const [batch, dim] = [count / tokens, width / 3];
  const size = dim / heads;
  if (!isTracing()) {
    const split = tf.transpose(tf.reshape(rows, [batch, tokens, 3, heads, size]), [2, 0, 3, 1, 4]);
    const [queries, keys, values] = tf.unstack(split) as Tensor4D[];
    const mixed = tf.matMul(tf.softmax(tf.matMul(queries!, keys!, false, true)), values!);
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [count, dim]);
  }
  // Tokens come last, where products of such small matrices are fastest: queries, keys and values are [matrices, size,
  // tokens], scores and weights [matrices, tokens that are read, tokens that read].
  const matrices = batch * heads;
  return tf.customGrad((rows, save) => {
    const split = transpose(tf.reshape(rows as Tensor, [batch, tokens, 3, heads, size]), [2, 0, 3, 4, 1]);
    const parts = tf.reshape(split, [3, matrices, size, tokens]);
    const [queries, keys, values] = operation("Unpack", [parts], { num: { type: "int", value: 3 } });
    const scores = multiply(keys!, queries!, "first");
    // Not the softmax's weights are divided by their sums, but what they mix, which is smaller. A row of ones below the
    // values gives the sums.
    const largest = ofColumns("Max", scores);
    const weights = tf.exp(tf.sub(scores, largest));
    const valuesAndOne = tf.concat([values!, tf.onesLike(largest)], 1);
    const [weighted, sums] = tf.split(multiply(valuesAndOne, weights), [size, 1], 1);
    const mixed = tf.div(weighted!, sums!);
    (save as (tensors: Tensor[]) => void)([queries!, keys!, valuesAndOne, weights, sums!, mixed]);
    const attended = transpose(tf.reshape(mixed, [batch, heads, size, tokens]), [0, 3, 1, 2]);
    return {
      value: tf.reshape(attended, [count, dim]),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [queries, keys, valuesAndOne, weights, sums, mixed] = saved as [...FiveTensors, Tensor];
        const byAttended = transpose(tf.reshape(dy, [batch, tokens, heads, size]), [0, 2, 3, 1]);
        const byWeighted = tf.div(tf.reshape(byAttended, [matrices, size, tokens]), sums);
        // From the weights' gradient the softmax takes its mean, by the weights: that is dy · mixed, and the row of ones
        // subtracts it.
        const means = ofColumns("Sum", tf.mul(byWeighted, mixed));
        const byWeightedAndOne = tf.concat([byWeighted, tf.neg(means)], 1);
        const byScores = tf.mul(weights, multiply(valuesAndOne, byWeightedAndOne, "first"));
        const byParts = [
          multiply(keys, byScores),
          multiply(queries, byScores, "second"),
          multiply(byWeighted, weights, "second"),
        ];
        const joined = tf.concat(byParts.map((part) => tf.reshape(part, [batch, dim, tokens])), 1);
        return tf.reshape(transpose(joined, [0, 2, 1]), [count, width]);
      },
    };
  })(rows) as Tensor2D;
}

/** Products of the last two axes; tfjs would flatten the others, and transpose in an operation of its own. */
function multiply(a: Tensor, b: Tensor, transposed?: "first" | "second"): Tensor {
  return operation("BatchMatMulV2", [a, b], {
    adj_x: { type: "bool", value: transposed === "first" },
    adj_y: { type: "bool", value: transposed === "second" },
  })[0]!;
}

/** The largest, or the sum, of each column of matrices: [matrices, 1, columns]. */
function ofColumns(what: "Max" | "Sum", x: Tensor): Tensor {
  const axes = loadTfjs().tensor1d([1], "int32");
  return operation(what, [x, axes], { keep_dims: { type: "bool", value: true } })[0]!;
}

function transpose(x: Tensor, order: readonly number[]): Tensor {
  return operation("Transpose", [x, loadTfjs().tensor1d([...order], "int32")])[0]!;
}

/** [rows, 1]. TensorFlow sums short rows slowly: a product with a vector is faster. */
function sumOfEachRow(x: Tensor, factor = 1): Tensor {
  const length = x.shape[1]!;
  const column = loadTfjs().tensor2d(new Float32Array(length).fill(factor), [length, 1]);
  return operation("MatMul", [x, column])[0]!;
}

/** The first token of each image: [batch, dim]. */
export function firstOfEach(rows: Tensor2D, tokens: number): Tensor2D {
  const tf = loadTfjs();
  const [count, dim] = rows.shape;
  const images = tf.reshape(rows, [count / tokens, tokens * dim]);
  return tf.slice(images, [0, 0], [count / tokens, dim]) as Tensor2D;
}

/** The mean of each image's tokens: [batch, dim]. */
export function meanOfEach(rows: Tensor2D, tokens: number): Tensor2D {
  const tf = loadTfjs();
  const [count, dim] = rows.shape;
  const batch = count / tokens;
  const mean = (rows: Tensor) => tf.mean<Tensor2D>(tf.reshape(rows, [batch, tokens, dim]), 1);
  if (!isTracing()) return mean(rows);
  const imageOfRow = Array.from({ length: count }, (_, row) => Math.floor(row / tokens));
  return tf.customGrad((rows) => ({
    value: mean(rows as Tensor),
    gradFunc: (dy: Tensor) => takeRows(tf.mul(dy as Tensor2D, 1 / tokens), imageOfRow),
  }))(rows) as Tensor2D;
}
