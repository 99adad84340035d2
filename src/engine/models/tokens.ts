/** Layers of transformers, in tfjs. Tokens are float32 [batch, tokens, dim]. */
import type { Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs";
import { loadTfjs } from "../backend.ts";
import { dense } from "../ops.ts";
import type { Image } from "./model.ts";

/**
 * Images cut into squares, row by row: [batch, squares, patch * patch * channels].
 * @param images float32 [batch, height * width * channels]
 */
export function cutPatches(images: Tensor2D, [height, width, channels]: Image, patch: number): Tensor3D {
  const tf = loadTfjs();
  const [batch] = images.shape;
  const [rows, columns] = [height / patch, width / patch];
  const lines = tf.reshape(images, [batch, rows, patch, columns, patch * channels]);
  const squares = tf.transpose(lines, [0, 1, 3, 2, 4]);
  return tf.reshape(squares, [batch, rows * columns, patch * patch * channels]);
}

/** The same dense layer on each token. */
export function denseOnEach(tokens: Tensor3D, kernel: Tensor2D, bias: Tensor1D): Tensor3D {
  const tf = loadTfjs();
  const [batch, count, dim] = tokens.shape;
  const rows = tf.reshape(tokens, [batch * count, dim]) as Tensor2D;
  return tf.reshape(dense(rows, kernel, bias), [batch, count, kernel.shape[1]]);
}

/** Puts one learned token, float32 [dim], before those of each image. */
export function prepend(token: Tensor1D, tokens: Tensor3D): Tensor3D {
  const tf = loadTfjs();
  const [batch, , dim] = tokens.shape;
  // Added to zeros rather than tiled: the gradient of tfjs's tile takes an operation for each image.
  const copies = tf.add<Tensor3D>(tf.zeros([batch, 1, dim]), token);
  return tf.concat([copies, tokens], 1);
}

/**
 * Each token's values less their mean, divided by their standard deviation, times scale, plus bias; both float32 [dim].
 * Epsilon, 1e-6, is that of Dosovitskiy and others.
 * @see Ba, Kiros, Hinton, Layer normalization (2016)
 */
export function layerNorm(tokens: Tensor3D, scale: Tensor1D, bias: Tensor1D): Tensor3D {
  const tf = loadTfjs();
  const centered = tf.sub<Tensor3D>(tokens, tf.mean(tokens, -1, true));
  const variance = tf.mean(tf.square(centered), -1, true);
  const normal = tf.mul<Tensor3D>(centered, tf.rsqrt(tf.add(variance, 1e-6)));
  return tf.add(tf.mul(normal, scale), bias);
}

/**
 * Multi-head scaled dot-product attention: head h reads and writes the h-th part of the dimension.
 * @see Vaswani and others, Attention is all you need (2017), 3.2
 */
export function attend(queries: Tensor3D, keys: Tensor3D, values: Tensor3D, heads: number): Tensor3D {
  const tf = loadTfjs();
  const [batch, count, dim] = queries.shape;
  const size = dim / heads;
  const split = (tokens: Tensor3D) =>
    tf.transpose<Tensor4D>(tf.reshape(tokens, [batch, count, heads, size]), [0, 2, 1, 3]);
  const scores = tf.matMul(tf.mul(split(queries), 1 / Math.sqrt(size)), split(keys), false, true);
  const mixed = tf.matMul(tf.softmax(scores), split(values));
  return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [batch, count, dim]);
}

/** The first token of each image: [batch, dim]. */
export function firstOfEach(tokens: Tensor3D): Tensor2D {
  const tf = loadTfjs();
  const [batch, , dim] = tokens.shape;
  return tf.reshape(tf.slice(tokens, [0, 0, 0], [batch, 1, dim]), [batch, dim]);
}

/** The mean of each image's tokens: [batch, dim]. */
export function meanOfEach(tokens: Tensor3D): Tensor2D {
  return loadTfjs().mean(tokens, 1);
}
