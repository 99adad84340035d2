import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs";
import type { VitSettings } from "../../artifacts/settings.ts";
import { loadTfjs } from "../backend.ts";
import { type Drop, keepAll } from "../dropout.ts";
import { scaledGelu } from "../ops.ts";
import { denseTensors, embeddingTensor, normTensors } from "./layers.ts";
import type { Image, Model, TensorSpec } from "./model.ts";
import {
  attend,
  cutPatches,
  denseOnNormalized,
  embed,
  firstOfEach,
  meanOfEach,
  type Norm,
  residual,
} from "./tokens.ts";

/**
 * Vision transformer: embedded patches and learned positions, `depth` pre-norm blocks of attention and an MLP with GELU, a
 * last normalization, the class token or the mean of all tokens, linear head.
 * @see Dosovitskiy and others, An image is worth 16x16 words (2021), section 3.1
 */
export const vit: Model<VitSettings> = {
  name: "vit",
  evaluationBatch: 100,
  violation: (settings, [height, width]) => {
    const { patch, heads, mlp_ratio } = settings;
    const dim = dimOf(settings);
    if (height % patch !== 0 || width % patch !== 0) {
      return {
        why: `a patch of ${patch} does not divide an image of ${height} x ${width}`,
        settings: ["architecture.patch"],
      };
    }
    if (dim % heads !== 0) {
      return {
        why: `${heads} heads do not divide a dimension of ${dim}`,
        settings: ["architecture.heads", "architecture.dim"],
      };
    }
    if (hiddenUnits(settings) < 1) {
      return {
        why: `an MLP ratio of ${mlp_ratio} leaves no hidden unit in a dimension of ${dim}`,
        settings: [
          "architecture.mlp_ratio",
          ...settings.head_dim === undefined
            ? ["architecture.dim"]
            : ["architecture.heads", "architecture.head_dim"],
        ],
      };
    }
    return undefined;
  },
  tensors: (settings, image, classes) => {
    const { patch, depth, pooling } = settings;
    const dim = dimOf(settings);
    return [
      ...denseTensors("patch_embedding", patch * patch * image[2], dim),
      ...pooling === "class" ? [embeddingTensor("class_token", [dim])] : [],
      embeddingTensor("position", [tokenCount(settings, image), dim]),
      ...Array.from({ length: depth }, (_, i) => blockTensors(`block_${i + 1}`, settings)).flat(),
      ...normTensors("norm", dim),
      ...denseTensors("dense_1", dim, classes),
    ];
  },
  multiplyAdds: (settings, image, classes) => {
    const { patch, depth } = settings;
    const dim = dimOf(settings);
    const [patchCount, tokens] = [patchesOf(settings, image), tokenCount(settings, image)];
    const perToken = 4 * dim * dim + 2 * dim * hiddenUnits(settings); // query, key, value, output; MLP
    const betweenTokens = 2 * tokens * tokens * dim; // scores, and the mean of values
    return patchCount * patch * patch * image[2] * dim + depth * (tokens * perToken + betweenTokens) +
      dim * classes;
  },
  attentionScores: (settings, image) => settings.depth * settings.heads * tokenCount(settings, image) ** 2,
  forward: (settings, parameters, images, image, drop = keepAll) => {
    const { patch, depth, heads, pooling } = settings;
    const next = taker(parameters);
    const tokens = tokenCount(settings, image);
    const [kernel, bias] = [next<Tensor2D>(), next<Tensor1D>()];
    const token = pooling === "class" ? next<Tensor1D>() : undefined;
    const embedding = { kernel, bias, position: next<Tensor2D>(), ...token && { token } };
    let rows = embed(cutPatches(images, image, patch), embedding, drop);
    for (let block = 0; block < depth; block++) rows = transform(rows, { tokens, heads, next, drop });
    const norm = { scale: next<Tensor1D>(), bias: next<Tensor1D>() };
    // The head reads the mean of the normalized tokens, which gives the mean of what it reads in each.
    const read = pooling === "class" ? firstOfEach(rows, tokens) : rows;
    const logits = denseOnNormalized(read, norm, next<Tensor2D>(), next<Tensor1D>());
    return pooling === "class" ? logits : meanOfEach(logits, tokens);
  },
};

/** Length of a token: as it is given, or that of all heads side by side. */
function dimOf({ dim, heads, head_dim = 0 }: VitSettings): number {
  return dim ?? heads * head_dim;
}

/** Units of the hidden layer of a block's MLP. */
function hiddenUnits(settings: VitSettings): number {
  return Math.round(settings.mlp_ratio * dimOf(settings));
}

function patchesOf({ patch }: VitSettings, [height, width]: Image): number {
  return (height / patch) * (width / patch);
}

function tokenCount(settings: VitSettings, image: Image): number {
  return patchesOf(settings, image) + (settings.pooling === "class" ? 1 : 0);
}

function blockTensors(block: string, settings: VitSettings): TensorSpec[] {
  const dim = dimOf(settings);
  const hidden = hiddenUnits(settings);
  return [
    ...normTensors(`${block}/norm_1`, dim),
    ...["query", "key", "value", "output"].flatMap((part) =>
      denseTensors(`${block}/attention/${part}`, dim, dim)
    ),
    ...normTensors(`${block}/norm_2`, dim),
    ...denseTensors(`${block}/mlp/dense_1`, dim, hidden),
    ...denseTensors(`${block}/mlp/dense_2`, hidden, dim),
  ];
}

type Taker = <Kind extends Tensor>() => Kind;

interface Block {
  readonly tokens: number;
  readonly heads: number;
  readonly next: Taker;
  readonly drop: Drop;
}

/** One block: what attention and then the MLP find in the normalized tokens is added to them. */
function transform(rows: Tensor2D, { tokens, heads, next, drop }: Block): Tensor2D {
  const tf = loadTfjs();
  const norm = (): Norm => ({ scale: next<Tensor1D>(), bias: next<Tensor1D>() });
  const layer = () => [next<Tensor2D>(), next<Tensor1D>()] as const;
  const before = norm();
  const [queries, keys, values] = [layer(), layer(), layer()];
  const scale = 1 / Math.sqrt(rows.shape[1] / heads);
  const kernel = tf.concat([tf.mul(queries[0], scale), keys[0], values[0]], 1) as Tensor2D;
  const bias = tf.concat([tf.mul(queries[1], scale), keys[1], values[1]]) as Tensor1D;
  const projected = denseOnNormalized(rows, before, kernel, bias);
  const attended = residual(rows, attend(projected, tokens, heads), layer(), drop);
  const hidden = scaledGelu(denseOnNormalized(attended, norm(), ...layer(), Math.SQRT1_2));
  return residual(attended, hidden, layer(), drop, Math.SQRT1_2);
}

/** Gives the parameters one after the other, in the order of `tensors`. */
function taker(parameters: readonly Tensor[]): Taker {
  let taken = 0;
  return <Kind extends Tensor>() => parameters[taken++] as Kind;
}
