/** Layers of networks that read images as maps, in tfjs. Maps are float32 [batch, height, width, channels]. */
import type { Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import type { CnnSettings } from "../../artifacts/settings.ts";
import { loadTfjs } from "../backend.ts";
import { biasAdd } from "../ops.ts";
import type { Image } from "./model.ts";

/** Flat images, [batch, height * width * channels], as maps. */
export function toMaps(images: Tensor2D, image: Image): Tensor4D {
  return loadTfjs().reshape(images, [images.shape[0], ...image]);
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
  { stride, padding }: Pick<CnnSettings, "stride" | "padding">,
): Tensor4D {
  return biasAdd(loadTfjs().conv2d(maps, kernel, stride, padding), bias);
}

/** The largest of each `window` x `window` values; windows do not overlap, and what fills none is left out. */
export function maxPool(maps: Tensor4D, window: number): Tensor4D {
  return loadTfjs().maxPool(maps, window, window, "valid");
}

/** Maps as rows, [batch, height * width * channels]. */
export function flatten(maps: Tensor4D): Tensor2D {
  const [batch, height, width, channels] = maps.shape;
  return loadTfjs().reshape(maps, [batch, height * width * channels]);
}
