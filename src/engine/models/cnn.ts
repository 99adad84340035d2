import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import type { Activation, CnnSettings, ConvolutionSettings } from "../../artifacts/settings.ts";
import { keepAll } from "../dropout.ts";
import { activate, dense, isMonotone } from "../ops.ts";
import { convolve, convolveAndPool, crop, flatten, maxPool, toMaps } from "./images.ts";
import { convolutionTensors, denseTensors } from "./layers.ts";
import type { Image, Model } from "./model.ts";
import { convolveAndPoolPatches } from "./patches.ts";

/**
 * Convolutional network: convolutions, each with the activation and perhaps a max pooling; flattened, dense layers; linear
 * head.
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
      settings: settings.convolutions === undefined
        ? blockClash(settings, clash)
        : listClash(settings, clash),
    };
  },
  tensors: (settings, image, classes) => [
    ...convolutions(settings, image).flatMap(({ layer, window, channels: [from, to] }) =>
      convolutionTensors(`conv_${layer}`, window, from, to)
    ),
    ...denseSizes(settings, image, classes).flatMap(([from, to], i) =>
      denseTensors(`dense_${i + 1}`, from, to)
    ),
  ],
  multiplyAdds: (settings, image, classes) => {
    const inConvolution = ({ window, channels, to }: Step) =>
      to[0] * to[1] * window ** 2 * channels[0] * channels[1];
    return sum(convolutions(settings, image).map(inConvolution)) +
      sum(denseSizes(settings, image, classes).map(([from, to]) => from * to));
  },
  forward: (settings, parameters, images, image, drop = keepAll) => {
    const { activation } = settings;
    const layers = layersOf(settings);
    let maps = crop(toMaps(images, image), ...usedSize(settings, image));
    for (const [layer, convolution] of layers.convolutions.entries()) {
      const [kernel, bias] = layerOf(parameters, layer);
      const isFirst = layer === 0;
      maps = block(maps, kernel as Tensor4D, bias, { ...convolution, activation, isFirst });
    }
    const depth = layers.convolutions.length;
    let x = layers.dense.length === 0 ? drop(flatten(maps)) : flatten(maps);
    for (let layer = depth; layer < parameters.length / 2; layer++) {
      if (layer > depth) x = drop(activate(activation, x));
      const [kernel, bias] = layerOf(parameters, layer);
      x = dense(x, kernel as Tensor2D, bias);
    }
    return x;
  },
};

const POOL = 2;

interface Block extends ConvolutionSettings {
  readonly activation: Activation;
  readonly isFirst: boolean;
}

/** Convolution, activation, pooling. An activation that never falls comes last: the same, of fewer values. */
function block(maps: Tensor4D, kernel: Tensor4D, bias: Tensor1D, settings: Block): Tensor4D {
  const { activation, pool, isFirst } = settings;
  if (!pool) return activate(activation, convolve(maps, kernel, bias, settings));
  if (!isMonotone(activation)) {
    return maxPool(activate(activation, convolve(maps, kernel, bias, settings)), POOL);
  }
  const pooled = isFirst && isSmall(maps, kernel) ? convolveAndPoolPatches : convolveAndPool;
  return activate(activation, pooled(maps, kernel, bias, settings, POOL));
}

/** Whether a product by patches is faster than a convolution, as measured. The patches of many images are many. */
function isSmall({ shape: [batch] }: Tensor4D, { shape: [height, width, channels, out] }: Tensor4D): boolean {
  return batch <= 512 && height * width * channels <= 9 && out <= 8;
}

/** All layers but the head: the convolutions, and how many units each dense layer has. */
function layersOf(settings: CnnSettings) {
  const { depth = 0, convolutions, dense } = settings;
  const block = settings as ConvolutionSettings; // without a list, all of its settings are there
  return {
    convolutions: convolutions ?? Array<ConvolutionSettings>(depth).fill(block),
    dense: typeof dense !== "number" ? dense : dense > 0 ? [dense] : [],
  };
}

type Size = readonly [height: number, width: number];

/** A convolution or a pooling: by windows of which size, and what it makes of maps of which size. */
interface Step {
  readonly what: "convolution" | "pooling";
  /** Counted from 1. */
  readonly layer: number;
  readonly window: number;
  readonly channels: readonly [from: number, to: number];
  readonly from: Size;
  readonly to: Size;
}

function steps(settings: CnnSettings, image: Image): Step[] {
  const all: Step[] = [];
  let [from, incoming]: [Size, number] = [[image[0], image[1]], image[2]];
  const add = (step: Omit<Step, "from" | "to">, resize: (size: number) => number) => {
    const to = [resize(from[0]), resize(from[1])] as const;
    all.push({ ...step, from, to });
    [from, incoming] = [to, step.channels[1]];
  };
  for (const [i, convolution] of layersOf(settings).convolutions.entries()) {
    const { channels, kernel, stride, padding, pool } = convolution;
    const convolved = padding === "same"
      ? (size: number) => Math.ceil(size / stride)
      : (size: number) => Math.floor((size - kernel) / stride) + 1;
    add({ what: "convolution", layer: i + 1, window: kernel, channels: [incoming, channels] }, convolved);
    if (!pool) continue;
    const pooling = { what: "pooling", layer: i + 1, window: POOL, channels: [channels, channels] } as const;
    add(pooling, (size) => Math.floor(size / POOL));
  }
  return all;
}

/** How much of an image, from its upper left corner, reaches the last maps: windows leave out what fills none. */
function usedSize(settings: CnnSettings, image: Image): Size {
  const [height, width] = image;
  const layers = layersOf(settings).convolutions;
  if (layers.some(({ padding }) => padding === "same")) return [height, width]; // the borders would move
  const before = (used: number, { what, window, layer }: Step) =>
    (used - 1) * (what === "pooling" ? POOL : layers[layer - 1]!.stride) + window;
  const all = steps(settings, image);
  return all.reduceRight<Size>(
    (used, step) => [before(used[0], step), before(used[1], step)],
    all.at(-1)?.to ?? [height, width],
  );
}

function convolutions(settings: CnnSettings, image: Image): Step[] {
  return steps(settings, image).filter(({ what }) => what === "convolution");
}

/** Inputs and units of each dense layer, the head included. */
function denseSizes(settings: CnnSettings, image: Image, classes: number): [from: number, to: number][] {
  const last = steps(settings, image).at(-1);
  const [height, width] = last?.to ?? image;
  const sizes = [height * width * (last?.channels[1] ?? image[2]), ...layersOf(settings).dense, classes];
  return sizes.slice(1).map((to, i) => [sizes[i]!, to]);
}

/** The settings that a step of repeated convolutions hangs on. */
function blockClash({ padding }: CnnSettings, { what, layer }: Step): string[] {
  // the first convolution hangs on nothing before it
  if (what === "convolution" && layer === 1) return ["architecture.kernel", "architecture.padding"];
  return [
    "architecture.depth",
    ...padding === "valid" ? ["architecture.kernel"] : [],
    "architecture.stride",
    "architecture.padding",
    "architecture.pool",
  ];
}

/** The settings that a step of listed convolutions hangs on: those of its convolution, then those of the ones before it. */
function listClash({ convolutions = [] }: CnnSettings, { what, layer }: Step): string[] {
  const each = convolutions.slice(0, layer).map(({ padding }, i) => {
    const isWhole = what === "pooling" || i + 1 < layer; // of a convolution that does not fit, its window alone counts
    const names = [
      ...padding === "valid" ? ["kernel"] : [],
      ...isWhole ? ["stride"] : [],
      "padding",
      ...isWhole ? ["pool"] : [],
    ];
    return names.map((name) => `architecture.convolutions.${i + 1}.${name}`);
  });
  return each.reverse().flat();
}

function layerOf(parameters: readonly Tensor[], layer: number): [kernel: Tensor, bias: Tensor1D] {
  return [parameters[2 * layer]!, parameters[2 * layer + 1] as Tensor1D];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
