import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs";
import { fillNormal } from "../../core/random/arrays.ts";
import { stream } from "../../core/random/keyed.ts";
import { elementCount } from "../../core/shape.ts";
import { loadTfjs } from "../backend.ts";
import { convolve, convolveAndPool, crop, flatten, maxPool, toMaps } from "./images.ts";
import { convolveAndPoolPatches } from "./patches.ts";
import { attend, cutPatches, denseOnEach, firstOfEach, layerNorm, meanOfEach, prepend } from "./tokens.ts";

// These run on tfjs's cpu backend; gradients_test.ts shows that TensorFlow computes the same.

Deno.test("convolve() sums products over each window, and adds the bias", async () => {
  for (const padding of ["valid", "same"] as const) {
    for (const stride of [1, 2, 3]) {
      const [maps, kernel, bias] = [
        normal("maps", [2, 5, 6, 2]),
        normal("kernel", [3, 3, 2, 4]),
        normal("b", [4]),
      ];
      const result = convolve(maps as Tensor4D, kernel as Tensor4D, bias as Tensor1D, { stride, padding });
      const [x, k, b] = [at(maps), at(kernel), at(bias)];
      const [, height, width] = result.shape;
      // TensorFlow's "same": as many positions as fit at this stride, what is missing shared, the odd one after.
      const before = (size: number, positions: number) =>
        padding === "valid" ? 0 : Math.floor(Math.max((positions - 1) * stride + 3 - size, 0) / 2);
      const [top, left] = [before(5, height), before(6, width)];
      assertEquals(
        [height, width],
        padding === "same" ? [5, 6].map((n) => Math.ceil(n / stride)) : [
          Math.floor((5 - 3) / stride) + 1,
          Math.floor((6 - 3) / stride) + 1,
        ],
      );
      await assertEach(result, ([n, row, column, out]) => {
        let sum = b([out!]);
        for (const [i, j, c] of indices([3, 3, 2])) {
          sum += x([n!, row! * stride + i! - top, column! * stride + j! - left, c!]) * k([i!, j!, c!, out!]);
        }
        return sum;
      });
    }
  }
});

Deno.test("maxPool() takes the largest of each window, and leaves out what fills none", async () => {
  const maps = normal("maps", [2, 5, 4, 3]);
  const result = maxPool(maps as Tensor4D, 2);
  assertEquals(result.shape, [2, 2, 2, 3]);
  const x = at(maps);
  await assertEach(
    result,
    ([n, i, j, c]) => Math.max(...indices([2, 2]).map(([k, l]) => x([n!, 2 * i! + k!, 2 * j! + l!, c!]))),
  );
});

for (const form of [convolveAndPool, convolveAndPoolPatches]) {
  Deno.test(`${form.name}() gives the largest of each window of what convolve() gives`, async () => {
    for (const padding of ["valid", "same"] as const) {
      for (const stride of [1, 2, 3]) {
        for (const window of [1, 2, 3]) {
          const maps = normal("maps", [2, 11, 13, 2]) as Tensor4D;
          const [kernel, bias] = [normal("kernel", [3, 3, 2, 4]) as Tensor4D, normal("b", [4]) as Tensor1D];
          const moves = { stride, padding };
          const expected = maxPool(convolve(maps, kernel, bias, moves), window);
          const result = form(maps, kernel, bias, moves, window);
          assertEquals(result.shape, expected.shape);
          await assertEach(result, at(expected));
        }
      }
    }
  });
}

Deno.test("crop() keeps the upper left part of each channel", async () => {
  const maps = normal("maps", [2, 5, 4, 3]) as Tensor4D;
  const result = crop(maps, 4, 3);
  assertEquals(result.shape, [2, 4, 3, 3]);
  await assertEach(result, at(maps));
});

Deno.test("toMaps() and flatten() keep the order of values: rows, columns, channels", async () => {
  const images = normal("images", [2, 24]);
  const maps = toMaps(images as Tensor2D, [4, 3, 2]);
  const x = at(images);
  await assertEach(maps, ([n, row, column, channel]) => x([n!, (row! * 3 + column!) * 2 + channel!]));
  await assertEach(flatten(maps), (index) => x(index));
});

Deno.test("cutPatches() gives the patches row by row, the pixels of each row by row", async () => {
  const images = normal("images", [2, 4 * 6 * 3]);
  const x = at(images);
  const result = cutPatches(images as Tensor2D, [4, 6, 3], 2);
  assertEquals(result.shape, [2, 6, 12]);
  await assertEach(result, ([n, patch, value]) => {
    const [row, column] = [2 * Math.floor(patch! / 3), 2 * (patch! % 3)];
    const [i, j, channel] = [Math.floor(value! / 6), Math.floor(value! / 3) % 2, value! % 3];
    return x([n!, ((row + i) * 6 + column + j) * 3 + channel]);
  });
});

Deno.test("denseOnEach() multiplies each token alone", async () => {
  const [tokens, kernel, bias] = [normal("tokens", [2, 3, 4]), normal("kernel", [4, 5]), normal("bias", [5])];
  const [x, k, b] = [at(tokens), at(kernel), at(bias)];
  await assertEach(
    denseOnEach(tokens as Tensor3D, kernel as Tensor2D, bias as Tensor1D),
    ([n, token, out]) =>
      indices([4]).reduce((sum, [i]) => sum + x([n!, token!, i!]) * k([i!, out!]), b([out!])),
  );
});

Deno.test("prepend() puts the token before those of each image, where firstOfEach() finds it", async () => {
  const [token, tokens] = [normal("token", [4]), normal("tokens", [2, 3, 4])];
  const result = prepend(token as Tensor1D, tokens as Tensor3D);
  assertEquals(result.shape, [2, 4, 4]);
  await assertEach(result, ([n, i, j]) => i === 0 ? at(token)([j!]) : at(tokens)([n!, i! - 1, j!]));
  await assertEach(firstOfEach(result), ([, j]) => at(token)([j!]));
  await assertEach(
    meanOfEach(tokens as Tensor3D),
    ([n, j]) => indices([3]).reduce((sum, [i]) => sum + at(tokens)([n!, i!, j!]) / 3, 0),
  );
});

Deno.test("layerNorm() gives each token mean 0 and variance 1, then scale and bias", async () => {
  const [tokens, scale, bias] = [normal("tokens", [2, 3, 8]), normal("scale", [8]), normal("bias", [8])];
  const x = at(tokens);
  await assertEach(layerNorm(tokens as Tensor3D, scale as Tensor1D, bias as Tensor1D), ([n, i, j]) => {
    const token = indices([8]).map(([k]) => x([n!, i!, k!]));
    const mean = token.reduce((sum, value) => sum + value, 0) / 8;
    const variance = token.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 8;
    return (token[j!]! - mean) / Math.sqrt(variance + 1e-6) * at(scale)([j!]) + at(bias)([j!]);
  });
});

Deno.test("attend() mixes values by the softmax of scaled products, each head in its part of the dimension", async () => {
  const [queries, keys, values] = ["queries", "keys", "values"].map((name) =>
    normal(name, [2, 5, 6]) as Tensor3D
  );
  const [q, k, v] = [at(queries!), at(keys!), at(values!)];
  for (const heads of [1, 2, 3]) {
    const size = 6 / heads;
    await assertEach(attend(queries!, keys!, values!, heads), ([n, token, j]) => {
      const part = size * Math.floor(j! / size);
      const scores = indices([5]).map(([other]) =>
        indices([size]).reduce((sum, [i]) => sum + q([n!, token!, part + i!]) * k([n!, other!, part + i!]), 0)
      );
      const weights = scores.map((score) => Math.exp(score / Math.sqrt(size)));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.reduce((sum, weight, other) => sum + weight / total * v([n!, other, j!]), 0);
    });
  }
});

function normal(name: string, shape: number[]): Tensor {
  const values = new Float32Array(elementCount(shape));
  fillNormal(values, stream("0000000000000003", name));
  return loadTfjs().tensor(values, shape);
}

/** Reads a value by its index; zero beyond the borders. */
function at(tensor: Tensor): (index: readonly number[]) => number {
  const values = tensor.dataSync();
  return (index) => {
    if (index.some((i, axis) => i < 0 || i >= tensor.shape[axis]!)) return 0;
    return values[index.reduce((offset, i, axis) => offset * tensor.shape[axis]! + i, 0)]!;
  };
}

function indices(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (all, size) => all.flatMap((index) => Array.from({ length: size }, (_, i) => [...index, i])),
    [[]],
  );
}

async function assertEach(tensor: Tensor, expected: (index: readonly number[]) => number): Promise<void> {
  const values = await tensor.data();
  for (const [i, index] of indices(tensor.shape).entries()) {
    assertAlmostEquals(values[i]!, expected(index), 1e-5, `[${index}]`);
  }
}
