/** Layers of networks that read images as maps, in tfjs. Maps are float32 [batch, height, width, channels]. */
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import type { ConvolutionSettings } from "../../artifacts/settings.ts";
import { loadTfjs } from "../backend.ts";
import { biasAdd, biasedMaxPool } from "../ops.ts";
import type { Image } from "./model.ts";

/** How a window moves over maps. */
export type Moves = Pick<ConvolutionSettings, "stride" | "padding">;

/** Flat images, [batch, height * width * channels], as maps. */
export function toMaps(images: Tensor2D, image: Image): Tensor4D {
  return loadTfjs().reshape(images, [-1, ...image]);
}

/** The upper left part of maps. */
export function crop(maps: Tensor4D, height: number, width: number): Tensor4D {
  const [, from, across] = maps.shape;
  return height === from && width === across
    ? maps
    : loadTfjs().slice(maps, [0, 0, 0, 0], [-1, height, width, -1]);
}

/**
 * Cross-correlation, as all of the field calls convolution, plus bias.
 * @param kernel float32 [size, size, in, out]
 * @param bias float32 [out]
 */
export function convolve(
  maps: Tensor4D,
  kernel: Tensor4D,
  bias: Tensor1D,
  { stride, padding }: Moves,
): Tensor4D {
  return biasAdd(loadTfjs().conv2d(maps, kernel, stride, padding), bias);
}

/** The largest of each `window` x `window` values; windows do not overlap, and what fills none is left out. */
export function maxPool(maps: Tensor4D, window: number): Tensor4D {
  return loadTfjs().maxPool(maps, window, window, "valid");
}

/** maxPool(convolve()). */
export function convolveAndPool(
  maps: Tensor4D,
  kernel: Tensor4D,
  bias: Tensor1D,
  { stride, padding }: Moves,
  window: number,
): Tensor4D {
  return biasedMaxPool(loadTfjs().conv2d(maps, kernel, stride, padding), bias, window);
}

/** Maps as rows, [batch, height * width * channels]. */
export function flatten(maps: Tensor4D): Tensor2D {
  const [, height, width, channels] = maps.shape;
  return loadTfjs().reshape(maps, [-1, height * width * channels]);
}
