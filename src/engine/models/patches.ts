/** A small convolution with its pooling as one product of matrices. */
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import { loadTfjs } from "../backend.ts";
import { takeRows } from "../ops.ts";
import type { Moves } from "./images.ts";

/**
 * convolveAndPool() of maps to which no gradient is asked for: the kernel times all the patches that it meets. The maps of
 * the batch lie innermost, so that vectors are filled however few the channels are. Each patch ends with a one, and the
 * kernel's last row is the bias.
 */
export function convolveAndPoolPatches(
  maps: Tensor4D,
  kernel: Tensor4D,
  bias: Tensor1D,
  moves: Moves,
  window: number,
): Tensor4D {
  const tf = loadTfjs();
  const [size, , channels, out] = kernel.shape;
  const [batch] = maps.shape;
  const { patches, height, width } = patchesOf(pad(maps, size, moves), size, moves.stride, window);
  const rows = tf.concat2d(
    [tf.reshape(kernel, [size * size * channels, out]), tf.reshape(bias, [1, out])],
    0,
  );
  const sums = tf.matMul(rows, patches, true);
  const [choices, positions] = [window * window, height * width];
  const convolved = tf.reshape(sums, [out, choices, positions, batch]) as Tensor4D;
  const pooled = tf.maxPool(convolved, [choices, 1], [choices, 1], "valid");
  const batchFirst = tf.transpose(tf.reshape(pooled, [out, positions, batch]), [2, 1, 0]);
  return tf.reshape(batchFirst, [batch, height, width, out]);
}

/**
 * What a kernel meets on its way, a column for each place: [size * size * channels + 1, window² * height * width * batch].
 * The places that one pooled value chooses from lie a whole map apart.
 */
function patchesOf(
  maps: Tensor4D,
  size: number,
  stride: number,
  window: number,
): { readonly patches: Tensor2D; readonly height: number; readonly width: number } {
  const tf = loadTfjs();
  const [batch, tall, wide, channels] = maps.shape;
  const [height, width] = [tall, wide].map((side) =>
    Math.floor((Math.floor((side - size) / stride) + 1) / window)
  ) as [number, number];
  const corners = indices([window, window, height, width]).map(([i, j, y, x]) =>
    ((y! * window + i!) * wide + x! * window + j!) * stride * channels
  );
  const offsets = indices([size, size, channels]).map(([y, x, channel]) =>
    (y! * wide + x!) * channels + channel!
  );
  const one = tall * wide * channels;
  const values = tf.transpose<Tensor2D>(tf.reshape(maps, [batch, one]));
  const rows = takeRows(tf.concat2d([values, tf.ones([1, batch])], 0), [
    ...offsets.flatMap((offset) => corners.map((corner) => corner + offset)),
    ...corners.map(() => one),
  ]);
  return { patches: tf.reshape(rows, [offsets.length + 1, corners.length * batch]), height, width };
}

/** With the zeros around them that "same" padding stands for: what is missing shared, the odd one after. */
function pad(maps: Tensor4D, size: number, { stride, padding }: Moves): Tensor4D {
  if (padding === "valid") return maps;
  const [rows, columns] = [maps.shape[1], maps.shape[2]].map((side): [number, number] => {
    const missing = Math.max((Math.ceil(side / stride) - 1) * stride + size - side, 0);
    return [Math.floor(missing / 2), Math.ceil(missing / 2)];
  });
  return loadTfjs().pad(maps, [[0, 0], rows!, columns!, [0, 0]]);
}

/** All indices of an array of this shape, in order. */
function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}
