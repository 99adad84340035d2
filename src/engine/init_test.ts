import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { INIT_SCHEMES, type InitSettings } from "../artifacts/settings.ts";
import { elementCount } from "../core/shape.ts";
import { initialWeights } from "./init.ts";
import { mlp } from "./models/mlp.ts";
import type { TensorSpec } from "./models/model.ts";
import { vit } from "./models/vit.ts";

const SEED = "0000000000000001";
const tensors = mlp.tensors({ kind: "mlp", depth: 1, width: 300, activation: "relu" }, [20, 20, 1], 10);
const [FAN_IN, FAN_OUT] = [400, 300]; // of the first kernel

/** Standard deviation that each scheme promises for the first kernel; null: all values are equal. */
const PROMISED: Record<
  typeof INIT_SCHEMES[number],
  { settings?: Partial<InitSettings>; std: number | null }
> = {
  zeros: { std: null },
  constant: { settings: { value: 0.1 }, std: null },
  normal: { settings: { std: 0.02 }, std: 0.02 },
  truncated_normal: { settings: { std: 0.02 }, std: 0.02 * 0.8796256610342398 },
  uniform: { settings: { limit: 0.3 }, std: 0.3 / Math.sqrt(3) },
  glorot_normal: { std: Math.sqrt(2 / (FAN_IN + FAN_OUT)) },
  glorot_uniform: { std: Math.sqrt(2 / (FAN_IN + FAN_OUT)) },
  he_normal: { std: Math.sqrt(2 / FAN_IN) },
  he_uniform: { std: Math.sqrt(2 / FAN_IN) },
  lecun_normal: { std: Math.sqrt(1 / FAN_IN) },
  orthogonal: { std: Math.sqrt(1 / FAN_IN) }, // each column has length 1
};

for (const scheme of INIT_SCHEMES) {
  Deno.test(`initialWeights() by ${scheme} has the spread that its paper gives, and zero biases`, () => {
    const { settings, std } = PROMISED[scheme];
    const [kernel, bias] = initialWeights(tensors, { scheme, scale: 1, ...settings }, SEED);
    assert(bias!.every((value) => value === 0));
    if (std === null) return assert(kernel!.every((value) => value === Math.fround(settings?.value ?? 0)));
    const { mean, deviation } = moments(kernel!);
    assertAlmostEquals(mean, 0, 4 * std / Math.sqrt(kernel!.length));
    assertAlmostEquals(deviation / std, 1, 0.01);
  });
}

Deno.test("initialWeights() starts scales at one, and embeddings with a deviation of 0.02, whatever the scheme", () => {
  const settings = {
    kind: "vit",
    patch: 1,
    dim: 64,
    depth: 1,
    heads: 2,
    mlp_ratio: 1,
    pooling: "class",
  } as const;
  const specs = vit.tensors(settings, [20, 20, 1], 10);
  const weights = initialWeights(specs, { scheme: "zeros", scale: 3 }, SEED);
  const start = (name: string) => weights[specs.findIndex((spec) => spec.name === name)]!;
  assert(["norm/scale", "block_1/norm_1/scale"].every((name) => start(name).every((value) => value === 1)));
  assert(["norm/bias", "patch_embedding/kernel"].every((name) => start(name).every((value) => value === 0)));
  assertAlmostEquals(moments(start("position")).deviation / 0.02, 1, 0.02);
  assertAlmostEquals(moments(start("class_token")).deviation / 0.02, 1, 0.3);
});

Deno.test("initialWeights() multiplies every value by the scale", () => {
  const [one] = initialWeights(tensors, { scheme: "normal", std: 1, scale: 1 }, SEED);
  const [half] = initialWeights(tensors, { scheme: "normal", std: 1, scale: 0.5 }, SEED);
  assertEquals([...half!], Array.from(one!, (value) => value / 2));
});

Deno.test("initialWeights() draws other weights for another seed, and other ones for each tensor", () => {
  const weights = initialWeights(tensors, { scheme: "he_normal", scale: 1 }, SEED);
  const others = initialWeights(tensors, { scheme: "he_normal", scale: 1 }, "0000000000000002");
  assert(weights[0]![0] !== others[0]![0]);
  assert(weights[0]![0]! / weights[0]![1]! !== weights[2]![0]! / weights[2]![1]!);
});

Deno.test("initialWeights() by orthogonal gives orthonormal columns, or, of a wide kernel, orthonormal rows", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 14 }), { minLength: 2, maxLength: 4 });
  fc.assert(fc.property(shapes, fc.nat(2 ** 32), (shape, number) => {
    const seed = number.toString(16).padStart(16, "0");
    const [columns, rows] = [shape.at(-1)!, elementCount(shape.slice(0, -1))];
    const kernel = orthogonalKernel(shape, seed);
    const vectors = rows < columns
      ? Array.from({ length: rows }, (_, row) => kernel.slice(row * columns, (row + 1) * columns))
      : Array.from({ length: columns }, (_, column) => kernel.filter((_, i) => i % columns === column));
    for (const [i, vector] of vectors.entries()) {
      for (const [j, other] of vectors.slice(0, i + 1).entries()) {
        const product = vector.reduce((sum, value, k) => sum + value * other[k]!, 0);
        assertAlmostEquals(product, i === j ? 1 : 0, 3e-7);
      }
    }
  }));
});

Deno.test("initialWeights() by orthogonal gives each orthogonal matrix with equal probability", () => {
  // Of such matrices of 4 x 4 or more, the trace has the first moments of a standard normal variate, and that of the
  // square the mean 1 (Diaconis and Shahshahani, On the eigenvalues of random matrices, 1994, theorem 4).
  const count = 4000;
  const kernels = Array.from(
    { length: count },
    (_, i) => orthogonalKernel([4, 4], i.toString(16).padStart(16, "0")),
  );
  const mean = (of: (kernel: Float32Array) => number) =>
    kernels.reduce((sum, kernel) => sum + of(kernel), 0) / count;
  const trace = (q: Float32Array) => q[0]! + q[5]! + q[10]! + q[15]!;
  const traceOfSquare = (q: Float32Array) =>
    Array.from(q, (value, i) => value * q[4 * (i % 4) + Math.floor(i / 4)]!).reduce(
      (sum, value) => sum + value,
      0,
    );
  const tolerance = (variance: number) => 4 * Math.sqrt(variance / count);
  assertAlmostEquals(mean(trace), 0, tolerance(1));
  assertAlmostEquals(mean((q) => trace(q) ** 2), 1, tolerance(2));
  assertAlmostEquals(mean((q) => trace(q) ** 4), 3, tolerance(96));
  assertAlmostEquals(mean(traceOfSquare), 1, tolerance(2));
});

Deno.test("initialWeights() refuses constant without a value", () => {
  const constant = { scheme: "constant", scale: 1 } as const;
  assertThrows(() => initialWeights(tensors, constant, SEED), TypeError, '"value" is not given');
});

Deno.test("initialWeights() refuses normal without a standard deviation", () => {
  assertThrows(
    () => initialWeights(tensors, { scheme: "normal", scale: 1 }, SEED),
    TypeError,
    '"std" is not given',
  );
});

function orthogonalKernel(shape: readonly number[], seed: string): Float32Array {
  const spec: TensorSpec = { name: "kernel", shape, role: "kernel", fanIn: 1, fanOut: 1 };
  return initialWeights([spec], { scheme: "orthogonal", scale: 1 }, seed)[0]!;
}

function moments(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}
