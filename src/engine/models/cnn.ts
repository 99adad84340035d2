import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import type { CnnSettings } from "../../artifacts/settings.ts";
import { activate, dense } from "../ops.ts";
import { convolve, flatten, maxPool, toMaps } from "./images.ts";
import { convolutionTensors, denseTensors } from "./layers.ts";
import type { Image, Model } from "./model.ts";

/**
 * Convolutional network: `depth` times a convolution, the activation and perhaps a max pooling; flattened, a dense layer
 * where `dense` is not 0; linear head.
 */
export const cnn: Model<CnnSettings> = {
  name: "cnn",
  evaluationBatch: 100,
  violation: (settings, image) => {
    const clash = steps(settings, image).find(({ to }) => Math.min(...to) < 1);
    if (!clash) return undefined;
    const { what, layer, window, from } = clash;
    return {
      why: `${what} ${layer} needs ${window} x ${window} and finds ${from[0]} x ${from[1]} ` +
        `of an image of ${image[0]} x ${image[1]}`,
      // the first convolution hangs on nothing before it
      settings: what === "convolution" && layer === 1 ? ["architecture.kernel", "architecture.padding"] : [
        "architecture.depth",
        ...settings.padding === "valid" ? ["architecture.kernel"] : [],
        "architecture.stride",
        "architecture.padding",
        "architecture.pool",
      ],
    };
  },
  tensors: (settings, image, classes) => [
    ...convolutions(settings, image).flatMap(({ layer, channels }) =>
      convolutionTensors(`conv_${layer}`, settings.kernel, channels, settings.channels)
    ),
    ...denseSizes(settings, image, classes).flatMap(([from, to], i) =>
      denseTensors(`dense_${i + 1}`, from, to)
    ),
  ],
  multiplyAdds: (settings, image, classes) => {
    const perPosition = (channels: number) => settings.kernel ** 2 * channels * settings.channels;
    return sum(
      convolutions(settings, image).map(({ to, channels }) => to[0] * to[1] * perPosition(channels)),
    ) +
      sum(denseSizes(settings, image, classes).map(([from, to]) => from * to));
  },
  forward: (settings, parameters, images, image) => {
    const { depth, pool, activation } = settings;
    let maps = toMaps(images, image);
    for (let layer = 0; layer < depth; layer++) {
      const [kernel, bias] = layerOf(parameters, layer);
      maps = activate(activation, convolve(maps, kernel as Tensor4D, bias, settings));
      if (pool) maps = maxPool(maps, POOL);
    }
    let x = flatten(maps);
    for (let layer = depth; layer < parameters.length / 2; layer++) {
      if (layer > depth) x = activate(activation, x);
      const [kernel, bias] = layerOf(parameters, layer);
      x = dense(x, kernel as Tensor2D, bias);
    }
    return x;
  },
};

const POOL = 2;

type Size = readonly [height: number, width: number];

/** A convolution or a pooling: by windows of which size, and what it makes of maps of which size. */
interface Step {
  readonly what: "convolution" | "pooling";
  /** Counted from 1. */
  readonly layer: number;
  readonly window: number;
  /** Channels that come in. */
  readonly channels: number;
  readonly from: Size;
  readonly to: Size;
}

function steps({ depth, kernel, stride, padding, pool, channels }: CnnSettings, image: Image): Step[] {
  const all: Step[] = [];
  let from: Size = [image[0], image[1]];
  const add = (
    step: Pick<Step, "what" | "layer" | "window" | "channels">,
    resize: (size: number) => number,
  ) => {
    const to = [resize(from[0]), resize(from[1])] as const;
    all.push({ ...step, from, to });
    from = to;
  };
  const convolved = padding === "same"
    ? (size: number) => Math.ceil(size / stride)
    : (size: number) => Math.floor((size - kernel) / stride) + 1;
  for (let layer = 1; layer <= depth; layer++) {
    const incoming = layer === 1 ? image[2] : channels;
    add({ what: "convolution", layer, window: kernel, channels: incoming }, convolved);
    if (pool) add({ what: "pooling", layer, window: POOL, channels }, (size) => Math.floor(size / POOL));
  }
  return all;
}

function convolutions(settings: CnnSettings, image: Image): Step[] {
  return steps(settings, image).filter(({ what }) => what === "convolution");
}

/** Inputs and units of each dense layer, the head included. */
function denseSizes(settings: CnnSettings, image: Image, classes: number): [from: number, to: number][] {
  const last = steps(settings, image).at(-1)?.to ?? image;
  const flat = last[0] * last[1] * (settings.depth > 0 ? settings.channels : image[2]);
  return settings.dense > 0 ? [[flat, settings.dense], [settings.dense, classes]] : [[flat, classes]];
}

function layerOf(parameters: readonly Tensor[], layer: number): [kernel: Tensor, bias: Tensor1D] {
  return [parameters[2 * layer]!, parameters[2 * layer + 1] as Tensor1D];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
