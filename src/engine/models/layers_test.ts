import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs";
import { fillNormal } from "../../core/random/arrays.ts";
import { stream } from "../../core/random/keyed.ts";
import { elementCount } from "../../core/shape.ts";
import { loadTfjs } from "../backend.ts";
import { keepAll } from "../dropout.ts";
import { convolve, convolveAndPool, crop, flatten, maxPool, toMaps } from "./images.ts";
import { convolveAndPoolPatches } from "./patches.ts";
import { attend, cutPatches, denseOnNormalized, embed, firstOfEach, meanOfEach, residual } from "./tokens.ts";

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
  assertEquals(result.shape, [2 * 6, 12]);
  await assertEach(result, ([patchOfAll, value]) => {
    const [n, patch] = [Math.floor(patchOfAll! / 6), patchOfAll! % 6];
    const [row, column] = [2 * Math.floor(patch / 3), 2 * (patch % 3)];
    const [i, j, channel] = [Math.floor(value! / 6), Math.floor(value! / 3) % 2, value! % 3];
    return x([n, ((row + i) * 6 + column + j) * 3 + channel]);
  });
});

Deno.test("embed() adds to each patch what its place has, and the bias, puts the learned token first, where firstOfEach() finds it, and centers all", async () => {
  const [patches, kernel, token] = [
    normal("patches", [2 * 3, 5]),
    normal("kernel", [5, 4]),
    normal("t", [4]),
  ];
  const [position, longer] = [normal("position", [3, 4]), normal("position", [4, 4])];
  const bias = normal("bias", [4]) as Tensor1D;
  const x = at(loadTfjs().matMul(patches as Tensor2D, kernel as Tensor2D));
  const layer = { kernel: kernel as Tensor2D, bias };
  const patch = (row: number, j: number) => x([row, j]) + at(bias)([j]);
  const alone = ([row, j]: readonly number[]) => patch(row!, j!) + at(position)([row! % 3, j!]);
  const behindToken = ([row, j]: readonly number[]) => {
    const [n, i] = [Math.floor(row! / 4), row! % 4];
    return (i === 0 ? at(token)([j!]) : patch(3 * n + i - 1, j!)) + at(longer)([i, j!]);
  };
  for (const drop of [keepAll, asItIs]) {
    await assertEach(
      embed(patches as Tensor2D, { ...layer, position: position as Tensor2D }, drop),
      centered(alone, 4),
    );
    const embedding = { ...layer, position: longer as Tensor2D, token: token as Tensor1D };
    const result = embed(patches as Tensor2D, embedding, drop);
    assertEquals(result.shape, [2 * 4, 4]);
    await assertEach(result, centered(behindToken, 4));
    await assertEach(firstOfEach(result, 4), ([n, j]) => centered(behindToken, 4)([4 * n!, j!]));
  }
});

Deno.test("residual() adds to rows the centered rows of a dense layer on a multiple of x", async () => {
  const [rows, x, kernel] = [normal("rows", [6, 4]), normal("x", [6, 3]), normal("kernel", [3, 4])];
  const bias = normal("bias", [4]);
  const product = at(loadTfjs().matMul(x as Tensor2D, kernel as Tensor2D));
  const dense = ([i, j]: readonly number[]) => 0.7 * product([i!, j!]) + at(bias)([j!]);
  for (const drop of [keepAll, asItIs]) {
    const layer = [kernel as Tensor2D, bias as Tensor1D] as const;
    const result = residual(rows as Tensor2D, x as Tensor2D, layer, drop, 0.7);
    await assertEach(result, (index) => at(rows)(index) + centered(dense, 4)(index));
  }
});

Deno.test("meanOfEach() averages the tokens of each image", async () => {
  const rows = normal("rows", [2 * 3, 4]);
  await assertEach(
    meanOfEach(rows as Tensor2D, 3),
    ([n, j]) => indices([3]).reduce((sum, [i]) => sum + at(rows)([3 * n! + i!, j!]) / 3, 0),
  );
});

Deno.test("denseOnNormalized() gives each centered row variance 1, then scale and bias, and multiplies it", async () => {
  const [rows, kernel] = [normal("rows", [6, 8]), normal("kernel", [8, 5])];
  const [scale, shift, bias] = [normal("scale", [8]), normal("shift", [8]), normal("bias", [5])];
  const tf = loadTfjs();
  const centeredRows = tf.sub<Tensor2D>(rows, tf.mean(rows, 1, true));
  const x = at(centeredRows);
  const norm = { scale: scale as Tensor1D, bias: shift as Tensor1D };
  for (const factor of [1, 0.7]) {
    const result = denseOnNormalized(centeredRows, norm, kernel as Tensor2D, bias as Tensor1D, factor);
    await assertEach(result, ([i, unit]) => {
      const row = indices([8]).map(([k]) => x([i!, k!]));
      const variance = row.reduce((sum, value) => sum + value ** 2, 0) / 8;
      const normal = row.map((value, k) =>
        value / Math.sqrt(variance + 1e-6) * at(scale)([k]) + at(shift)([k])
      );
      const start = at(bias)([unit!]);
      return factor * normal.reduce((sum, value, k) => sum + value * at(kernel)([k, unit!]), start);
    });
  }
});

Deno.test("attend() mixes values by the softmax of products, each head in its part of the dimension", async () => {
  const rows = normal("rows", [2 * 5, 3 * 6]);
  const x = at(rows);
  const [q, k, v] = [0, 1, 2].map((part) => (n: number, token: number, j: number) =>
    x([5 * n + token, 6 * part + j])
  );
  for (const heads of [1, 2, 3]) {
    const size = 6 / heads;
    await assertEach(attend(rows as Tensor2D, 5, heads), ([row, j]) => {
      const [n, token] = [Math.floor(row! / 5), row! % 5];
      const part = size * Math.floor(j! / size);
      const scores = indices([5]).map(([other]) =>
        indices([size]).reduce((sum, [i]) => sum + q!(n, token, part + i!) * k!(n, other!, part + i!), 0)
      );
      const weights = scores.map(Math.exp);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.reduce((sum, weight, other) => sum + weight / total * v!(n, other, j!), 0);
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

/** What keeps all values too, but is not known to. */
function asItIs<Kind extends Tensor>(x: Kind): Kind {
  return x;
}

/** Of rows with `length` values, each less the mean of its row. */
function centered(
  value: (index: readonly number[]) => number,
  length: number,
): (index: readonly number[]) => number {
  return ([row, j]) =>
    value([row!, j!]) - indices([length]).reduce((sum, [k]) => sum + value([row!, k!]) / length, 0);
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
